#include "hub/access.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "hub/oauth/scopes.hpp"
#include "hub/oauth/token_service.hpp"

namespace dirbridge::hub {
namespace {

constexpr std::size_t max_cached = 4096;
constexpr std::size_t max_token_bytes = 256;

}  // namespace

bool scope::is_known(std::string_view name) {
  return name == manage_directories || name == read_groups || name == read_users || name == read_agent_pools ||
         name == operate || oauth::is_known_scope(name);
}

bool Principal::may(std::string_view wanted) const {
  return std::ranges::any_of(
      scopes, [&](const std::string& held) { return oauth::covers(held, wanted) || held == scope::operate; });
}

result<Principal> Access::authenticate(const net::HttpRequest& request) {
  // It is no list (RFC 9110 section 11.6.2): of two, each reader between the caller and us may take another.
  if (request.headers.count("Authorization") > 1) return Error{errc::denied, "there are two Authorization headers"};
  const auto authorization = trim(request.header("Authorization"));
  if (authorization.empty()) return Error{errc::unauthenticated, "no Authorization header"};
  for (const std::string_view scheme : {"SSWS", "Bearer", "DPoP"}) {
    if (!equals_ignore_case(authorization.substr(0, scheme.size()), scheme)) continue;
    const auto token = trim(authorization.substr(scheme.size()));
    if (scheme == "SSWS") return authenticate_api_token(token);
    if (!tokens_) break;
    auto grant = tokens_->check(request, scheme, token);
    if (!grant) return grant.error();
    return Principal{TokenId{grant->client.str()}, grant->client.str(), std::move(grant->scopes)};
  }
  return Error{errc::denied, "the Authorization scheme is not SSWS, Bearer or DPoP"};
}

result<Principal> Access::authenticate_api_token(std::string_view token) {
  if (token.empty() || token.size() > max_token_bytes) return Error{errc::denied, "not a token"};
  auto hash = sha256_hex(token);
  if (const auto known = known_.find(hash); known != known_.end()) return known->second;
  const auto row = store_.views().token_by_hash(hash);
  if (!row || row->revoked) return Error{errc::denied, "the token is unknown or revoked"};
  Principal principal{row->id, row->name, row->scopes, true};
  if (known_.size() >= max_cached) known_.clear();
  known_.emplace(std::move(hash), principal);
  return principal;
}

Access::NewToken Access::make_token(std::string name, std::vector<std::string> scopes) {
  NewToken made;
  made.id = new_id<TokenId>("00T");
  made.token = Secret{random_id("00", 42)};
  made.record = {made.id, std::move(name), sha256_hex(made.token.reveal()), std::move(scopes)};
  return made;
}

}  // namespace dirbridge::hub
