#include "hub/oauth/dpop.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/hmac.hpp"
#include "base/text.hpp"
#include "hub/oauth/client_assertion.hpp"
#include "net/http_client.hpp"

namespace dirbridge::hub::oauth {
namespace {

// Java's SDK claims the path decoded, others as it was sent.
bool same_path(const std::string& claimed, const std::string& ours) {
  if (claimed == ours) return true;
  const auto left = percent_decode(claimed), right = percent_decode(ours);
  return right && (claimed == *right || (left && *left == *right));
}

// RFC 9449 section 4.3: without query and fragment, default ports and the case of the host made no difference of.
bool same_url(std::string_view claimed, std::string_view ours) {
  claimed = claimed.substr(0, claimed.find_first_of("?#"));
  const auto left = net::parse_url(claimed), right = net::parse_url(ours);
  return left && right && to_lower(left->scheme) == to_lower(right->scheme) &&
         equals_ignore_case(left->host, right->host) && left->port == right->port && same_path(left->path, right->path);
}

}  // namespace

Answer<Proof> check_proof(std::string_view proof, const ProofRules& rules, ReplayGuard& used) {
  if (proof.empty()) return invalid_dpop_proof("The DPoP proof JWT header is missing.");
  const auto token = jose::SignedToken::parse(proof);
  if (!token) return invalid_dpop_proof("The DPoP proof is not a valid token: " + token.error().message() + ".");
  if (token->type() != "dpop+jwt") return invalid_dpop_proof("The DPoP proof's typ must be dpop+jwt.");
  const auto embedded = token->header().find("jwk");
  if (embedded == token->header().end()) return invalid_dpop_proof("The DPoP proof has no jwk.");
  const auto key = jose::Jwk::from_json(*embedded);
  if (!key) return invalid_dpop_proof("The DPoP proof's jwk is not usable: " + key.error().message() + ".");
  if (embedded->contains("d")) return invalid_dpop_proof("The DPoP proof's jwk is a private key.");
  if (!token->is_signed_by(*key)) return invalid_dpop_proof("The DPoP proof's signature is invalid.");

  const auto& claims = token->claims();
  if (text_claim(claims, "htm") != rules.method)
    return invalid_dpop_proof("The DPoP proof's htm is not the method of the request.");
  const auto url = claims.find("htu");
  if (url == claims.end() || !url->is_string() || std::ranges::none_of(rules.urls, [&](const auto& ours) {
        return same_url(url->template get_ref<const std::string&>(), ours);
      }))
    return invalid_dpop_proof("The DPoP proof's htu is not the URL of the request.");
  const auto issued = time_claim(claims, "iat");
  if (!issued || *issued > rules.now + clock_skew || *issued <= rules.now - max_proof_age)
    return invalid_dpop_proof("The DPoP proof was not made within the last 5 minutes.");
  if (!rules.access_token.empty() && text_claim(claims, "ath") != to_base64url(sha256(rules.access_token)))
    return invalid_dpop_proof("The DPoP proof's ath is not of the access token.");
  const auto jti = text_claim(claims, "jti");
  if (jti.empty()) return invalid_dpop_proof("The DPoP proof has no jti.");
  switch (used.use(key->thumbprint(), jti, *issued + max_proof_age, rules.now)) {
    case ReplayGuard::Verdict::first: break;
    case ReplayGuard::Verdict::used: return invalid_dpop_proof("The DPoP proof has already been used.");
    case ReplayGuard::Verdict::full:
      return OAuthError{503, "temporarily_unavailable", "Too many proofs are remembered; try again later.", {}};
  }
  return Proof{key->thumbprint(), text_claim(claims, "nonce")};
}

std::string NonceBook::make(std::int64_t turn) const {
  const auto number = std::to_string(turn);
  return to_base64url(number + "." + hmac_sha256(secret_, "dpop nonce " + number).substr(0, 16));
}

bool NonceBook::accepts(std::string_view nonce, WallTime now) const {
  constexpr std::int64_t kept = 3;
  const auto today = turn_of(now);
  for (auto turn = today; turn >= today - kept; --turn)
    if (constant_time_equal(nonce, make(turn))) return true;
  return false;
}

}  // namespace dirbridge::hub::oauth
