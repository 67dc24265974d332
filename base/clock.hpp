// The two clocks of the project, behind one interface so that tests and labs can turn time.
#pragma once
#include <chrono>
#include <string>

namespace dirbridge {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// Monotonic: leases, deadlines, heartbeats inside one process. Never crosses a wire.
using TimePoint = std::chrono::steady_clock::time_point;
// Wall time, UTC, milliseconds: what is recorded and shown.
using WallTime = std::chrono::sys_time<milliseconds>;

// Asked for domain time only (jobs, leases, tokens); socket deadlines always run on real timers.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual WallTime wall_now() const = 0;
};

// The machine's clocks. Stateless, any thread.
const Clock& system_clock();

// 2026-11-23T18:44:38.000Z, the form of every timestamp in Okta's API (contract B5).
std::string to_iso8601(WallTime time);
// Mon, 23 Nov 2026 18:44:38 GMT, the Date header (RFC 9110 section 5.6.7).
std::string to_http_date(WallTime time);

inline std::int64_t to_epoch_ms(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_epoch_ms(std::int64_t ms) { return WallTime{milliseconds{ms}}; }

}  // namespace dirbridge
