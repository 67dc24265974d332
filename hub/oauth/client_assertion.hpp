// Who asks for a token: the private_key_jwt assertion of a service app (RFC 7523, contract A6). Pure.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hub/oauth/error.hpp"
#include "hub/oauth/replay_guard.hpp"
#include "jose/signed_token.hpp"
#include "ledger/views.hpp"

namespace dirbridge::hub::oauth {

inline constexpr milliseconds max_assertion_life{3'600'000};
// Clocks of callers are a little off, and Go's SDK asks for the full hour.
inline constexpr milliseconds clock_skew{60'000};

struct AssertionRules {
  std::vector<std::string> audiences;  // the token endpoint's URL as callers may know it
  WallTime now;
  std::string client_id{};  // what the request says beside the assertion; empty: nothing
};
using FindApp = std::function<std::optional<ledger::AppRow>(const ClientId&)>;

struct Asserted {
  ledger::AppRow app;
  // To be in the ledger before anybody is told that the assertion was good; nullopt: it has no jti.
  std::optional<ledger::AssertionUsed> used;
};
// The app whose key signed `assertion`, or invalid_client with the reason. Its jti is used up last, by an assertion
// that is good in every other way: a stranger cannot spend an app's jti.
Answer<Asserted> check_assertion(std::string_view assertion, const AssertionRules& rules, const FindApp& find,
                                 ReplayGuard& used);

// The keys of `app` that are good at `now`. Keys that cannot be read are left out.
std::vector<jose::Jwk> keys_of(const ledger::AppRow& app, WallTime now);

// A time of a token's claims (seconds since 1970, RFC 7519 section 2); nullopt if absent or not a sane number.
std::optional<WallTime> time_claim(const Json& claims, const char* name);
// A text of a token's claims of 1 to 256 bytes; empty if absent or anything else.
std::string text_claim(const Json& claims, const char* name);

}  // namespace dirbridge::hub::oauth
