#include "agent/hub_clock.hpp"

#include <algorithm>

namespace dirbridge::agent {
namespace {

// A peer's number, used in arithmetic on nanoseconds: beyond a century it is nonsense and would overflow.
constexpr std::int64_t max_at = 100LL * 366 * 24 * 3600 * 1000;

std::int64_t clamp_at(std::int64_t at) { return std::clamp<std::int64_t>(at, 0, max_at); }

}  // namespace

void HubClock::observe(TimePoint sent, std::int64_t at) {
  offsets_.push_back(sent.time_since_epoch() - milliseconds{clamp_at(at)});
  if (offsets_.size() > max_pairs) offsets_.pop_front();
}

TimePoint HubClock::earliest_local(std::int64_t at) const {
  if (offsets_.empty()) return TimePoint::min();
  const auto offset = *std::max_element(offsets_.begin(), offsets_.end());
  // Both instants were cut down to milliseconds: their distance may be one less than it looks.
  return TimePoint{offset + milliseconds{clamp_at(at) - 1}};
}

}  // namespace dirbridge::agent
