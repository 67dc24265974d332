// RFC 2104 with SHA-256, by OpenSSL. Pure.
#pragma once
#include <string>
#include <string_view>

namespace dirbridge {

// 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace dirbridge
