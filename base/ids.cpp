#include "base/ids.hpp"

#include "base/crypto.hpp"

namespace dirbridge {

std::string random_id(std::string_view prefix, std::size_t length) {
  static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string id{prefix};
  while (id.size() < length) {
    for (const unsigned char byte : random_bytes(32)) {
      // 248 is the largest multiple of 62 in a byte: what lies above would favour the first letters.
      if (byte < 248 && id.size() < length) id += alphabet[byte % alphabet.size()];
    }
  }
  return id;
}

RequestId new_request_id() { return RequestId{to_hex(random_bytes(16))}; }

}  // namespace dirbridge
