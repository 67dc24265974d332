#include "hub/oauth/client_assertion.hpp"

#include <algorithm>

namespace dirbridge::hub::oauth {
namespace {

constexpr std::size_t max_claim_bytes = 256;
constexpr double latest_second = 253'402'300'799;  // the end of the year 9999

// Exactly one audience, and exactly ours: a token for two is a token for somebody else, too.
bool is_for_us(const Json& claims, const std::vector<std::string>& ours) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  const auto& audience = found->is_array() && found->size() == 1 ? found->front() : *found;
  return audience.is_string() && std::ranges::find(ours, audience.get_ref<const std::string&>()) != ours.end();
}

}  // namespace

std::optional<WallTime> time_claim(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_number()) return std::nullopt;
  const auto seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= latest_second)) return std::nullopt;
  return from_epoch_ms(static_cast<std::int64_t>(seconds * 1000));
}

std::string text_claim(const Json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end() || !found->is_string()) return {};
  auto text = found->get<std::string>();
  return text.size() <= max_claim_bytes ? text : std::string{};
}

std::vector<jose::Jwk> keys_of(const ledger::AppRow& app, WallTime now) {
  std::vector<jose::Jwk> keys;
  for (const auto& row : app.keys) {
    if (row.expires && *row.expires <= now) continue;
    if (auto key = jose::Jwk::from_json(std::string_view{row.key})) keys.push_back(std::move(*key));
  }
  return keys;
}

Answer<Asserted> check_assertion(std::string_view assertion, const AssertionRules& rules, const FindApp& find,
                                 ReplayGuard& used) {
  const auto token = jose::SignedToken::parse(assertion);
  if (!token) return invalid_client("The client_assertion is not a valid token: " + token.error().message() + ".");
  const auto& claims = token->claims();
  const auto issuer = text_claim(claims, "iss");
  if (issuer.empty() || text_claim(claims, "sub") != issuer)
    return invalid_client("The client_assertion must have the client's id as issuer and as subject.");
  // RFC 7521 section 4.2: not needed, but if it is there it names the same client.
  if (!rules.client_id.empty() && rules.client_id != issuer)
    return invalid_client("The client_id is not the client that the client_assertion is of.");
  auto app = find(ClientId{issuer});
  if (!app || app->revoked) return invalid_client("The client_assertion is of an unknown client.");
  const auto keys = keys_of(*app, rules.now);
  // Python's, Go's and Java's SDKs name the key only if they are told its name: then each of the app's few is tried.
  const auto* key = token->kid().empty() ? nullptr : jose::select_key(keys, token->kid());
  if (!token->kid().empty() && !key) return invalid_client("The client_assertion's kid names no key of the client.");
  const bool is_signed =
      key ? token->is_signed_by(*key)
          : std::ranges::any_of(keys, [&](const jose::Jwk& one) { return token->is_signed_by(one); });
  if (!is_signed) return invalid_client("The client_assertion signature is invalid.");

  if (!is_for_us(claims, rules.audiences))
    return invalid_client("The audience claim for client_assertion must be the endpoint invoked for the request.");
  const auto expires = time_claim(claims, "exp");
  if (!expires) return invalid_client("The client_assertion must have an expiration.");
  if (*expires <= rules.now) return invalid_client("The client_assertion token is expired.");
  if (*expires > rules.now + max_assertion_life + clock_skew)
    return invalid_client("The client_assertion token has an expiration too far into the future.");
  for (const auto* name : {"iat", "nbf"}) {
    if (!claims.contains(name)) continue;
    const auto at = time_claim(claims, name);
    if (!at || *at > rules.now + clock_skew) return invalid_client("The client_assertion token is not valid yet.");
  }
  std::optional<ledger::AssertionUsed> spent;
  if (claims.contains("jti")) {
    const auto jti = text_claim(claims, "jti");
    if (jti.empty()) return invalid_client("The client_assertion's jti is not a short text.");
    switch (used.use(issuer, jti, *expires, rules.now)) {
      case ReplayGuard::Verdict::first: break;
      case ReplayGuard::Verdict::used: return invalid_client("The client_assertion token has already been used.");
      case ReplayGuard::Verdict::full:
        return OAuthError{503, "temporarily_unavailable", "Too many assertions are remembered; try again later.", {}};
    }
    spent = ledger::AssertionUsed{ReplayGuard::key_of(issuer, jti), *expires};
  }
  return Asserted{std::move(*app), std::move(spent)};
}

}  // namespace dirbridge::hub::oauth
