// A key as JSON Web Key (RFC 7517): RSA of 2048 to 4096 bits, or EC on P-256, P-384, P-521. cjose and OpenSSL stay in
// the sources.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "jose/algorithm.hpp"
#include "json/json.hpp"

namespace dirbridge::jose {

inline constexpr std::size_t max_jwk_bytes = 8 << 10;  // an RSA-4096 private key takes 3.3 KiB
inline constexpr std::size_t max_kid_bytes = 256;

// How a token's header names the key that signed it.
enum class KeyIn { kid, jwk, nothing };

// Immutable, cheap to copy. Use it on one thread at a time: cjose counts references without a lock.
class Jwk {
 public:
  // Blocks while it makes a key: RSA-2048 takes tens to hundreds of milliseconds, P-256 none to speak of. `kid` is the
  // thumbprint.
  static Jwk generate(KeyType type);
  // A public or private key somebody else made. Only the members that the type needs are looked at, and `kid`. Refused
  // with errc::malformed, naming the member: other types ("oct" among them), sizes and curves, points off the curve,
  // private RSA keys without their primes, numbers that are not base64url.
  static result<Jwk> from_json(const Json& json);
  static result<Jwk> from_json(std::string_view text);

  KeyType type() const;
  bool is_private() const;
  // As given, or the thumbprint if none was.
  const std::string& kid() const;
  Jwk with_kid(std::string kid) const;
  // RFC 7638, SHA-256, base64url: the same for a key and its public half.
  const std::string& thumbprint() const;

  Json public_json() const;        // kty, kid and the public numbers
  Secret private_json() const;     // the same with the private ones; is_private() only
  std::string public_pem() const;  // SubjectPublicKeyInfo
  Secret private_pem() const;      // PKCS#8, not encrypted; is_private() only
  Jwk public_half() const;

 private:
  friend class SignedToken;
  friend result<std::string> sign(const Jwk& key, Algorithm algorithm, std::string_view type, const Json& claims,
                                  KeyIn header);
  struct Impl;
  explicit Jwk(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  static result<Jwk> make(Json members, std::string kid);
  std::shared_ptr<const Impl> impl_;
};

// The key named `kid`; without a name the only one there is. nullptr if there is no such key, or no telling which.
const Jwk* select_key(std::span<const Jwk> keys, std::string_view kid);

}  // namespace dirbridge::jose
