// Remembers what may be used once (the jti of an assertion or a proof) until it would be refused for its age. Pure.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace dirbridge::hub::oauth {

// In memory: a restart forgets. `max` entries; when they are all still alive, nothing more is let in: forgetting one of
// them would let it be used again.
class ReplayGuard {
 public:
  explicit ReplayGuard(std::size_t max = 100'000) : max_(max) {}
  enum class Verdict { first, used, full };
  Verdict use(std::string_view owner, std::string_view jti, WallTime until, WallTime now);
  std::size_t size() const { return seen_.size(); }

 private:
  std::size_t max_;
  std::set<std::string, std::less<>> seen_;
  std::multimap<WallTime, std::string> by_end_;
};

}  // namespace dirbridge::hub::oauth
