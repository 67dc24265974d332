// What both sides of the bench do: take one user in and out of one group, and count.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dirbridge::bench {

using Duration = std::chrono::steady_clock::duration;
using SteadyTime = std::chrono::steady_clock::time_point;

// One user's place in one group. Every change turns it around: an ADD if the user is out, a REMOVE if the user is in.
// One owner at a time, so that what the directory must hold is known whenever nothing is under way.
struct Seat {
  std::string group_dn;
  std::string user_dn;
  std::string group;  // Okta ids; empty until the import
  std::string user;
  bool taken = false;
  bool certain = true;  // false: the last change had no clear answer; the directory may hold either
  std::uint64_t changes = 0;

  void turn() {
    taken = !taken;
    ++changes;
  }
};

// What one side did in one round.
struct Sample {
  std::uint64_t changes = 0;            // acknowledged before the round's end
  Duration elapsed{};                   // the round: from the first change to its end
  std::vector<Duration> latencies;      // of those changes, where they were waited for one by one
  std::map<std::string, int> failures;  // anything but success, by what was said

  double per_second() const {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    return seconds > 0 ? static_cast<double>(changes) / seconds : 0;
  }
  // Milliseconds below which `share` (0…1) of the latencies lie; 0 without any.
  double latency_ms(double share) const {
    if (latencies.empty()) return 0;
    std::vector<Duration> sorted = latencies;
    const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(sorted.size() - 1));
    std::nth_element(sorted.begin(), nth, sorted.end());
    return std::chrono::duration<double, std::milli>(*nth).count();
  }
};

}  // namespace dirbridge::bench
