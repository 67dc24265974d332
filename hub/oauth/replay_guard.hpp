// Remembers what may be used once (the jti of an assertion or a proof) until it would be refused for its age. Pure.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace dirbridge::hub::oauth {

// In memory: whoever must still know after a restart writes keys down and remembers them again. `max` entries; when
// they are all still alive, nothing more is let in: forgetting one of them would let it be used again.
class ReplayGuard {
 public:
  explicit ReplayGuard(std::size_t max = 100'000) : max_(max) {}
  enum class Verdict { first, used, full };
  Verdict use(std::string_view owner, std::string_view jti, WallTime until, WallTime now);
  // What use() knows a use by: a hash in hex, as long for a long jti as for a short one. Kept for ever in ledgers.
  static std::string key_of(std::string_view owner, std::string_view jti);
  // As if it had been used: `key` is of key_of(). Of an earlier run, whatever `max` is.
  void remember(std::string key, WallTime until);
  std::size_t size() const { return seen_.size(); }

 private:
  std::size_t max_;
  std::set<std::string, std::less<>> seen_;
  std::multimap<WallTime, std::string> by_end_;
};

}  // namespace dirbridge::hub::oauth
