#include "hub/oauth/replay_guard.hpp"

#include "base/crypto.hpp"

namespace dirbridge::hub::oauth {

ReplayGuard::Verdict ReplayGuard::use(std::string_view owner, std::string_view jti, WallTime until, WallTime now) {
  while (!by_end_.empty() && by_end_.begin()->first <= now) {
    seen_.erase(by_end_.begin()->second);
    by_end_.erase(by_end_.begin());
  }
  // A hash is as long for a long jti as for a short one. Owners are ids and thumbprints, which hold no blank.
  auto key = sha256(std::string{owner} + " " + std::string{jti});
  if (seen_.contains(key)) return Verdict::used;
  if (seen_.size() >= max_) return Verdict::full;
  by_end_.emplace(until, key);
  seen_.insert(std::move(key));
  return Verdict::first;
}

}  // namespace dirbridge::hub::oauth
