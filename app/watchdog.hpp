// Ends a process whose event loop makes no progress (rule 8: nothing waits without a deadline, the loop included).
#pragma once
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/clock.hpp"

namespace dirbridge::app {

// Counts periods in which the loop did not tick. Counting instead of comparing clocks: after SIGSTOP, a suspended
// laptop or a paused virtual machine the loop and its watchdog wake together, and a healthy process must not be shot
// for the gap.
class StallCounter {
 public:
  explicit StallCounter(int allowed) : allowed_(allowed) {}
  // Told the loop's tick count once per period; true: `allowed` periods in a row passed without a tick.
  bool stalled(std::uint64_t ticks) {
    missed_ = ticks == last_ ? missed_ + 1 : 0;
    last_ = ticks;
    return missed_ >= allowed_;
  }

 private:
  int allowed_;
  int missed_ = 0;
  std::uint64_t last_ = ~std::uint64_t{0};
};

struct WatchdogSettings {
  milliseconds limit{30'000};     // 0: never abort
  milliseconds lag_warning{200};  // a step of the loop longer than this is logged
};

// Lives as long as the loop runs. The timer ticks on the loop, a thread of its own counts; `abort_process` is what it
// does when the loop is dead (std::abort by default, so that a core shows where it hangs).
class Watchdog {
 public:
  Watchdog(boost::asio::io_context& loop, WatchdogSettings settings, std::function<void()> abort_process);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  // No more ticks: lets the loop run out of work.
  void stop();

 private:
  static constexpr int periods = 8;
  void tick();
  void watch();

  WatchdogSettings settings_;
  std::function<void()> abort_process_;
  milliseconds interval_;
  boost::asio::steady_timer timer_;
  bool is_stopped_ = false;  // the loop's thread alone
  TimePoint expected_;
  std::atomic<std::uint64_t> ticks_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dirbridge::app
