#include "hub/oauth/access_token.hpp"

#include "base/crypto.hpp"
#include "hub/oauth/client_assertion.hpp"

namespace dirbridge::hub::oauth {
namespace {

constexpr std::string_view token_type = "application/okta-internal-at+jwt";

}  // namespace

std::string make_access_token(const jose::Jwk& key, const std::string& issuer, const Grant& grant, WallTime now) {
  const auto seconds = to_epoch_ms(now) / 1000;
  Json claims{{"ver", 1},
              {"jti", "AT." + to_base64url(random_bytes(32))},
              {"iss", issuer},
              {"aud", issuer},
              {"sub", grant.client.str()},
              {"cid", grant.client.str()},
              {"iat", seconds},
              {"exp", seconds + access_token_life.count() / 1000},
              {"scp", grant.scopes}};
  if (!grant.thumbprint.empty()) claims["cnf"] = {{"jkt", grant.thumbprint}};
  return jose::sign(key, jose::Algorithm::rs256, token_type, claims).value();
}

result<Grant> read_access_token(std::string_view text, std::span<const jose::Jwk> keys, WallTime now) {
  const auto token = jose::SignedToken::parse(text);
  if (!token) return Error{errc::denied, token.error().message()};
  const auto* key = jose::select_key(keys, token->kid());
  if (token->kid().empty() || !key || token->type() != token_type || !token->is_signed_by(*key))
    return Error{errc::denied, "not a token of ours"};
  // Signed by us: its claims are as make_access_token() wrote them.
  const auto& claims = token->claims();
  const auto expires = time_claim(claims, "exp");
  if (!expires || *expires <= now) return Error{errc::denied, "the token is expired"};
  Grant grant{ClientId{text_claim(claims, "cid")}, claims.value("scp", std::vector<std::string>{}), {}};
  if (claims.contains("cnf")) grant.thumbprint = claims["cnf"].value("jkt", "");
  return grant;
}

}  // namespace dirbridge::hub::oauth
