// Demonstrating proof of possession (RFC 9449, contract A6): the proof that comes with a request, and the nonce that
// the token endpoint wants in it. Pure.
#pragma once
#include <string>
#include <string_view>

#include "hub/oauth/error.hpp"
#include "hub/oauth/replay_guard.hpp"
#include "jose/signed_token.hpp"

namespace dirbridge::hub::oauth {

inline constexpr milliseconds max_proof_age{300'000};

struct ProofRules {
  std::string_view method;        // "POST"
  std::vector<std::string> urls;  // of this request, as the caller may know it, without the query
  WallTime now;
  std::string access_token;  // what `ath` must be of; empty: the token endpoint, no `ath`
};
struct Proof {
  std::string thumbprint;  // of the caller's key
  std::string nonce;       // empty: none
};
// `proof` is the DPoP header. invalid_dpop_proof with the reason. Its jti is used up.
Answer<Proof> check_proof(std::string_view proof, const ProofRules& rules, ReplayGuard& used);

// Nonces are the same for all callers and change once a day; those of the three days before are still accepted, as
// Okta's are, and so they are after a restart: a nonce is its day with a code of the secret. Java's SDK keeps one for
// 22 hours and gives up when it is refused.
class NonceBook {
 public:
  static constexpr milliseconds day{86'400'000};
  explicit NonceBook(std::string secret, milliseconds life = day) : secret_(std::move(secret)), life_(life) {}
  std::string current(WallTime now) const { return make(turn_of(now)); }
  bool accepts(std::string_view nonce, WallTime now) const;

 private:
  std::int64_t turn_of(WallTime now) const { return now.time_since_epoch() / life_; }
  std::string make(std::int64_t turn) const;
  std::string secret_;
  milliseconds life_;
};

}  // namespace dirbridge::hub::oauth
