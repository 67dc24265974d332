// The few cryptographic words the domain needs; OpenSSL stays in crypto.cpp.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace dirbridge {

// `count` bytes of the system's CSPRNG. Throws std::runtime_error if there is none (start-up, never later).
std::string random_bytes(std::size_t count);
std::string to_hex(std::string_view bytes);
std::string sha256(std::string_view bytes);  // 32 raw bytes
std::string sha256_hex(std::string_view bytes);
// Unpadded base64url (RFC 4648 section 5) and its strict inverse.
std::string to_base64url(std::string_view bytes);
result<std::string> from_base64url(std::string_view text);
// Padded base64 (RFC 4648 section 4).
std::string to_base64(std::string_view bytes);
// True if equal, in time that depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

// An Ed25519 key pair: the agent's identity after enrolment. Movable, any thread for const members.
class SigningKey {
 public:
  static SigningKey generate();
  // PEM as written by private_pem(); the error names what is wrong with it.
  static result<SigningKey> from_pem(std::string_view pem);
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  std::string private_pem() const;                   // PKCS#8; a secret
  std::string public_key() const;                    // 32 raw bytes, base64url
  std::string sign(std::string_view message) const;  // 64 raw bytes, base64url

 private:
  struct Impl;
  explicit SigningKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// True if `signature` (base64url) over `message` was made by the private half of `public_key` (base64url, Ed25519).
bool verify_signature(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace dirbridge
