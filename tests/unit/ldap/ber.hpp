// The few BER messages a scripted directory server says, made by hand: independent of libldap.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dirbridge::ldap::ber {

inline std::string length(std::size_t n) {
  if (n < 0x80) return {static_cast<char>(n)};
  std::string octets;
  for (; n > 0; n >>= 8) octets.insert(octets.begin(), static_cast<char>(n & 0xff));
  return static_cast<char>(0x80 | octets.size()) + octets;
}
inline std::string tlv(int tag, std::string_view content) {
  return static_cast<char>(tag) + length(content.size()) + std::string{content};
}
inline std::string integer(int tag, int value) {
  std::string octets;
  for (int shift = 24; shift >= 0; shift -= 8) octets += static_cast<char>((value >> shift) & 0xff);
  return tlv(tag, octets);
}
inline std::string message(int msgid, std::string_view op, std::string_view controls = {}) {
  std::string content = integer(0x02, msgid) + std::string{op};
  if (!controls.empty()) content += tlv(0xa0, controls);
  return tlv(0x30, content);
}
// An LDAPResult under the application tag of its operation.
inline std::string ldap_result(int tag, int code, std::string_view diagnostic = {}, std::string_view rest = {}) {
  return tlv(tag, integer(0x0a, code) + tlv(0x04, "") + tlv(0x04, diagnostic) + std::string{rest});
}

inline constexpr int bind_response = 0x61;
inline constexpr int search_entry = 0x64;
inline constexpr int search_done = 0x65;
inline constexpr int modify_response = 0x67;
inline constexpr int search_reference = 0x73;
inline constexpr int extended_response = 0x78;

inline std::string bound(int msgid, int code = 0, std::string_view diagnostic = {}) {
  return message(msgid, ldap_result(bind_response, code, diagnostic));
}
inline std::string modified(int msgid, int code = 0, std::string_view diagnostic = {}) {
  return message(msgid, ldap_result(modify_response, code, diagnostic));
}
inline std::string extended(int msgid, int code = 0, std::string_view diagnostic = {}) {
  return message(msgid, ldap_result(extended_response, code, diagnostic));
}
inline std::string attribute(std::string_view name, const std::vector<std::string>& values) {
  std::string set;
  for (const auto& value : values) set += tlv(0x04, value);
  return tlv(0x30, tlv(0x04, name) + tlv(0x31, set));
}
inline std::string entry(int msgid, std::string_view dn, std::string_view attributes = {}) {
  return message(msgid, tlv(search_entry, tlv(0x04, dn) + tlv(0x30, attributes)));
}
inline std::string reference(int msgid, std::string_view url) {
  return message(msgid, tlv(search_reference, tlv(0x04, url)));
}
inline std::string intermediate(int msgid) { return message(msgid, tlv(0x79, tlv(0x80, "1.3.6.1.4.1.4203.1.9.1.4"))); }
inline std::string page_control(std::string_view cookie) {
  return tlv(0x30, tlv(0x04, "1.2.840.113556.1.4.319") + tlv(0x04, tlv(0x30, integer(0x02, 0) + tlv(0x04, cookie))));
}
inline std::string searched(int msgid, int code = 0, std::string_view diagnostic = {}) {
  return message(msgid, ldap_result(search_done, code, diagnostic));
}
inline std::string searched_page(int msgid, std::string_view cookie) {
  return message(msgid, ldap_result(search_done, 0), page_control(cookie));
}
inline std::string notice_of_disconnection(int code, std::string_view diagnostic) {
  return message(0, ldap_result(extended_response, code, diagnostic, tlv(0x8a, "1.3.6.1.4.1.1466.20036")));
}

// What a scripted server must know of a request.
struct Request {
  int msgid = 0;
  int tag = 0;           // application tag of the operation
  std::string content;   // of the operation
  std::string controls;  // of the message
};
// The next whole request in `bytes` (removed from it), or one with tag 0 if it is not all there yet.
inline Request take_request(std::string& bytes) {
  struct Reader {
    std::string_view left;
    bool fine = true;
    std::pair<int, std::string_view> next() {
      if (left.size() < 2) return fine = false, std::pair<int, std::string_view>{};
      const int tag = static_cast<unsigned char>(left[0]);
      std::size_t size = static_cast<unsigned char>(left[1]);
      std::size_t header = 2;
      if (size >= 0x80) {
        const std::size_t octets = size & 0x7f;
        if (left.size() < 2 + octets) return fine = false, std::pair<int, std::string_view>{};
        size = 0;
        for (std::size_t i = 0; i < octets; ++i) size = size << 8 | static_cast<unsigned char>(left[2 + i]);
        header += octets;
      }
      if (left.size() < header + size) return fine = false, std::pair<int, std::string_view>{};
      const auto content = left.substr(header, size);
      left.remove_prefix(header + size);
      return {tag, content};
    }
  };
  Reader outer{bytes};
  const auto [sequence, all] = outer.next();
  if (!outer.fine) return {};
  Reader inner{all};
  const auto [id_tag, id] = inner.next();
  const auto [tag, content] = inner.next();
  Request request;
  for (const char octet : id) request.msgid = request.msgid << 8 | static_cast<unsigned char>(octet);
  request.tag = tag;
  request.content = content;
  request.controls = inner.left;
  bytes.erase(0, bytes.size() - outer.left.size());
  return request;
}

inline constexpr int bind_request = 0x60;
inline constexpr int unbind_request = 0x42;
inline constexpr int search_request = 0x63;
inline constexpr int modify_request = 0x66;
inline constexpr int abandon_request = 0x50;
inline constexpr int extended_request = 0x77;

}  // namespace dirbridge::ldap::ber
