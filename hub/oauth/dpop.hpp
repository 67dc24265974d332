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

// Nonces are the same for all callers and change with time: the current and the one before are accepted.
class NonceBook {
 public:
  explicit NonceBook(milliseconds life = milliseconds{3'600'000}) : life_(life) {}
  const std::string& current(WallTime now);
  bool accepts(std::string_view nonce, WallTime now);

 private:
  void turn(WallTime now);
  milliseconds life_;
  WallTime made_{};
  std::string current_;
  std::string previous_;
};

}  // namespace dirbridge::hub::oauth
