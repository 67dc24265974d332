#include "jose/signed_token.hpp"

#include <openssl/err.h>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "jose/jwk_impl.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::jose {
namespace {

constexpr proto::JsonLimits limits{.bytes = max_token_bytes, .depth = 8, .values = 1'000};

Error malformed(std::string_view part, std::string_view problem) {
  return {errc::malformed, "token: " + std::string{part} + " " + std::string{problem}};
}

result<Json> object_of(std::string_view part, std::string_view base64url) {
  const auto text = from_base64url(base64url);
  if (!text) return malformed(part, "is not base64url");
  auto json = proto::parse_json(*text, limits);
  if (!json) return malformed(part, "is not JSON: " + json.error().message());
  if (!json->is_object()) return malformed(part, "is not an object");
  return json;
}

// An optional text of the header; false if it is there and something else.
bool read(const Json& header, const char* name, std::string& text) {
  const auto found = header.find(name);
  if (found == header.end()) return true;
  if (!found->is_string()) return false;
  text = found->get<std::string>();
  return text.size() <= max_kid_bytes;
}

// Of r and s together (RFC 7518 section 3.4); 0 for RSA, where OpenSSL compares with the modulus.
std::size_t signature_size(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::es256: return 64;
    case Algorithm::es384: return 96;
    case Algorithm::es512: return 132;
    default: return 0;
  }
}

}  // namespace

result<SignedToken> SignedToken::parse(std::string_view compact) {
  if (compact.size() > max_token_bytes) return Error{errc::too_large, "token: more than 16384 bytes"};
  const auto parts = split(compact, '.');
  if (parts.size() != 3) return malformed("it", "has not three parts");
  auto header = object_of("header", parts[0]);
  if (!header) return header.error();
  SignedToken token;
  std::string name;
  if (!read(*header, "alg", name)) return malformed("alg", "is not a text");
  const auto algorithm = algorithm_of(name);
  if (!algorithm) return malformed("alg", "is not one of RS256, RS384, RS512, ES256, ES384, ES512");
  if (header->contains("crit")) return malformed("crit", "asks for an extension");
  if (!read(*header, "kid", token.kid_)) return malformed("kid", "is not a short text");
  if (!read(*header, "typ", token.type_)) return malformed("typ", "is not a short text");
  auto claims = object_of("claims", parts[1]);
  if (!claims) return claims.error();
  const auto signature = from_base64url(parts[2]);
  if (!signature || signature->empty()) return malformed("signature", "is not base64url");
  token.compact_ = compact;
  token.algorithm_ = *algorithm;
  token.header_ = std::move(*header);
  token.claims_ = std::move(*claims);
  token.signature_bytes_ = signature->size();
  return token;
}

bool SignedToken::is_signed_by(const Jwk& key) const {
  if (!fits(algorithm_, key.type())) return false;
  // cjose halves whatever length it finds.
  if (const auto size = signature_size(algorithm_); size != 0 && size != signature_bytes_) return false;
  const Ptr<cjose_jws_t> token{cjose_jws_import(compact_.data(), compact_.size(), nullptr)};
  const bool good = token && cjose_jws_verify(token.get(), key.impl_->key.get(), nullptr);
  ERR_clear_error();  // a bad signature leaves words in OpenSSL's queue, which the next TLS call would take for its own
  return good;
}

result<std::string> sign(const Jwk& key, Algorithm algorithm, std::string_view type, const Json& claims,
                         KeyIn header_key) {
  if (!key.is_private()) return malformed("key", "is not a private one");
  if (!fits(algorithm, key.type())) return malformed("key", "does not go with the algorithm");
  const Ptr<cjose_header_t> header{cjose_header_new(nullptr)};
  const auto set = [&](const char* name, std::string_view value) {
    return value.empty() || cjose_header_set(header.get(), name, std::string{value}.c_str(), nullptr);
  };
  if (!header || !set("alg", to_text(algorithm)) || !set("typ", type) ||
      (header_key == KeyIn::kid && !set("kid", key.kid())) ||
      (header_key == KeyIn::jwk &&
       !cjose_header_set_raw(header.get(), "jwk", key.public_json().dump().c_str(), nullptr)))
    return malformed("header", "cannot be made");
  const auto text = claims.dump();
  cjose_err problem{};
  const Ptr<cjose_jws_t> token{cjose_jws_sign(
      key.impl_->key.get(), header.get(), reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), &problem)};
  const char* compact = nullptr;
  if (!token || !cjose_jws_export(token.get(), &compact, &problem))
    return malformed("it", problem.message ? problem.message : "cannot be signed");
  return std::string{compact};
}

}  // namespace dirbridge::jose
