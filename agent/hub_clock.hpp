// When, on our clock, did something happen on the hub's? A bound that is never late, whatever sat in a buffer
// meanwhile. Pure.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.hpp"

namespace dirbridge::agent {

// The hub wrote `at` only after we had sent what it answers: so the local time of hub instant h is at least
// sent + (h - at). The largest such bound over recent pairs is the tightest. A process that was frozen (SIGSTOP)
// between the arrival of a frame and its reading therefore finds its leases as old as they are.
class HubClock {
 public:
  // `sent`: local time before the frame was handed to the socket; `at`: the hub's milliseconds in its answer.
  void observe(TimePoint sent, std::int64_t at);
  // A new connection may be to another hub, with another clock.
  void reset() { offsets_.clear(); }
  bool is_set() const { return !offsets_.empty(); }
  // Earliest local time at which hub instant `at` can have been. TimePoint::min() (everything is long over) before the
  // first observation.
  TimePoint earliest_local(std::int64_t at) const;

 private:
  // Two clocks drift apart by some 100 ppm at worst: a minute or two of heartbeats keeps the error below lease margins.
  static constexpr std::size_t max_pairs = 16;
  std::deque<TimePoint::duration> offsets_;  // sent - at
};

}  // namespace dirbridge::agent
