#include "hub/oauth/replay_guard.hpp"

#include "base/crypto.hpp"

namespace dirbridge::hub::oauth {

// Owners are ids and thumbprints, which hold no blank.
std::string ReplayGuard::key_of(std::string_view owner, std::string_view jti) {
  return sha256_hex(std::string{owner} + " " + std::string{jti});
}

ReplayGuard::Verdict ReplayGuard::use(std::string_view owner, std::string_view jti, WallTime until, WallTime now) {
  while (!by_end_.empty() && by_end_.begin()->first <= now) {
    seen_.erase(by_end_.begin()->second);
    by_end_.erase(by_end_.begin());
  }
  auto key = key_of(owner, jti);
  if (seen_.contains(key)) return Verdict::used;
  if (seen_.size() >= max_) return Verdict::full;
  remember(std::move(key), until);
  return Verdict::first;
}

void ReplayGuard::remember(std::string key, WallTime until) {
  if (seen_.insert(key).second) by_end_.emplace(until, std::move(key));
}

}  // namespace dirbridge::hub::oauth
