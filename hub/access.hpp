// Who calls, and what they may do: API tokens, OAuth access tokens, and their scopes.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"
#include "hub/store.hpp"
#include "net/http.hpp"

namespace dirbridge::hub {

namespace oauth {
class TokenService;
}

namespace scope {
inline constexpr std::string_view manage_directories = "okta.directories.groups.manage";
inline constexpr std::string_view read_directories = "okta.directories.groups.read";
inline constexpr std::string_view read_groups = "okta.groups.read";
inline constexpr std::string_view read_users = "okta.users.read";
inline constexpr std::string_view read_agent_pools = "okta.agentPools.read";
inline constexpr std::string_view operate = "dirbridge.operator";  // everything
bool is_known(std::string_view name);
}  // namespace scope

struct Principal {
  TokenId token;  // of an access token: the id of its app
  std::string name;
  std::vector<std::string> scopes;
  bool is_api_token = false;  // SSWS; else an access token
  bool may(std::string_view wanted) const;
};

// Loop thread only.
class Access {
 public:
  explicit Access(Store& store) : store_(store) {}

  // The value of the Authorization header: "SSWS <token>", and "SSWS<token>" as okta-sdk-python sends it (contract A5).
  // errc::unauthenticated: no credentials at all; errc::denied: credentials that are not valid.
  // "Bearer <token>" and "DPoP <token>" with its DPoP header are access tokens, with or without the blank, too.
  result<Principal> authenticate(const net::HttpRequest& request);
  // Before the first request. `tokens` outlives this.
  void connect(oauth::TokenService& tokens) { tokens_ = &tokens; }

  struct NewToken {
    TokenId id;
    Secret token;
    ledger::TokenCreated record;  // to be appended by the caller before the token is shown
  };
  static NewToken make_token(std::string name, std::vector<std::string> scopes);
  void forget_cached() { known_.clear(); }

 private:
  result<Principal> authenticate_api_token(std::string_view token);
  Store& store_;
  oauth::TokenService* tokens_ = nullptr;
  std::unordered_map<std::string, Principal> known_;  // by hash; bounded, emptied when a token is revoked
};

}  // namespace dirbridge::hub
