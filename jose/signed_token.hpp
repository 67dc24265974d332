// A signed JSON Web Token in its compact form (RFC 7515, RFC 7519): read, judged, made. Pure but for the CPU.
#pragma once
#include <string>
#include <string_view>

#include "jose/jwk.hpp"

namespace dirbridge::jose {

inline constexpr std::size_t max_token_bytes = 16 << 10;

// What somebody sent. Nothing in it is to be believed before is_signed_by() said true.
class SignedToken {
 public:
  // errc::malformed names the part at fault: not three parts of strict base64url, a header or claims that are not one
  // JSON object with each key once, an `alg` outside algorithm.hpp, a `crit` (we know no extension). errc::too_large:
  // more than max_token_bytes.
  static result<SignedToken> parse(std::string_view compact);

  Algorithm algorithm() const { return algorithm_; }
  const std::string& kid() const { return kid_; }    // empty: none
  const std::string& type() const { return type_; }  // `typ`, empty: none
  const Json& header() const { return header_; }
  const Json& claims() const { return claims_; }

  // False also for a key of a type that the header's algorithm does not go with.
  bool is_signed_by(const Jwk& key) const;

 private:
  SignedToken() = default;
  std::string compact_;
  Algorithm algorithm_{};
  std::string kid_;
  std::string type_;
  Json header_;
  Json claims_;
  std::size_t signature_bytes_ = 0;
};

// Header: alg, the key as `header` says (jwk: its public half), and typ if `type` is not empty. errc::malformed if the
// key is no private one or does not go with the algorithm.
result<std::string> sign(const Jwk& key, Algorithm algorithm, std::string_view type, const Json& claims,
                         KeyIn header = KeyIn::kid);

}  // namespace dirbridge::jose
