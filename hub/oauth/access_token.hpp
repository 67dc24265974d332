// The tokens we hand out: signed, with the claims Okta's have (contract A6), and read by nobody but us. Pure.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "jose/signed_token.hpp"

namespace dirbridge::hub::oauth {

inline constexpr milliseconds access_token_life{3'600'000};

struct Grant {
  ClientId client;
  std::vector<std::string> scopes;
  std::string thumbprint;  // of the key the token is bound to (DPoP); empty: a bearer token
};

// RS256 with `key`. `issuer` is the org's URL, also the audience.
std::string make_access_token(const jose::Jwk& key, const std::string& issuer, const Grant& grant, WallTime now);

// The grant of a token that one of `keys` signed and that has not expired; errc::denied otherwise.
result<Grant> read_access_token(std::string_view text, std::span<const jose::Jwk> keys, WallTime now);

}  // namespace dirbridge::hub::oauth
