#include "ldap/message_framer.hpp"

#include <array>

namespace dirbridge::ldap {

void MessageFramer::append(std::string_view bytes) {
  buffer_.erase(0, start_);
  start_ = 0;
  buffer_.append(bytes);
  // One large answer must not cost its memory for the rest of the connection's life.
  if (buffer_.capacity() > 1u << 20 && buffer_.size() < 1u << 16) buffer_.shrink_to_fit();
}

result<std::optional<std::string_view>> MessageFramer::next() {
  constexpr unsigned char sequence_tag = 0x30;
  const std::string_view waiting = std::string_view{buffer_}.substr(start_);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(waiting[i]); };
  if (waiting.empty()) return std::nullopt;
  if (byte(0) != sequence_tag) {
    static constexpr std::string_view hex = "0123456789abcdef";
    const std::array<char, 2> tag{hex[byte(0) >> 4], hex[byte(0) & 15]};
    return Error{errc::protocol,
                 "the peer does not speak LDAP: a message begins with byte 0x" + std::string{tag.data(), tag.size()}};
  }
  if (waiting.size() < 2) return std::nullopt;

  std::size_t header = 2;
  std::uint64_t length = byte(1);
  if (length >= 0x80) {
    const std::size_t octets = length & 0x7f;
    // 0x80 is the indefinite form, which LDAP forbids; no length in use needs more than four octets.
    if (octets == 0 || octets > 8) return Error{errc::protocol, "an LDAP message has an impossible length"};
    header += octets;
    if (waiting.size() < header) return std::nullopt;
    length = 0;
    for (std::size_t i = 2; i < header; ++i) length = length << 8 | byte(i);
  }
  if (length > max_message_bytes_)
    return Error{errc::too_large, "an LDAP message of " + std::to_string(length) +
                                      " bytes exceeds max_message_bytes (" + std::to_string(max_message_bytes_) + ")"};
  if (waiting.size() - header < length) return std::nullopt;
  start_ += header + length;
  return waiting.substr(0, header + length);
}

}  // namespace dirbridge::ldap
