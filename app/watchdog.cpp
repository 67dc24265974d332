#include "app/watchdog.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace dirbridge::app {

Watchdog::Watchdog(boost::asio::io_context& loop, WatchdogSettings settings, std::function<void()> abort_process)
    : settings_(settings),
      abort_process_(std::move(abort_process)),
      interval_(std::clamp(settings.limit > 0ms ? settings.limit / (2 * periods) : 250ms, 5ms, 250ms)),
      timer_(loop) {
  expected_ = std::chrono::steady_clock::now() + interval_;
  tick();
  if (settings_.limit > 0ms) thread_ = std::thread{[this] { watch(); }};
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::stop() {
  is_stopped_ = true;  // a tick that is on its way is not cancelled any more
  timer_.cancel();
}

void Watchdog::tick() {
  timer_.expires_at(expected_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || is_stopped_) return;
    const TimePoint now = std::chrono::steady_clock::now();
    const auto lag = std::chrono::duration_cast<milliseconds>(now - expected_);
    if (lag > settings_.lag_warning) log::warn("loop.lag", {{"ms", lag.count()}});
    ticks_.fetch_add(1, std::memory_order_relaxed);
    expected_ = now + interval_;
    tick();
  });
}

void Watchdog::watch() {
  StallCounter counter{periods};
  std::unique_lock lock{mutex_};
  while (!wake_.wait_for(lock, settings_.limit / periods, [this] { return stopping_; })) {
    if (!counter.stalled(ticks_.load(std::memory_order_relaxed))) continue;
    log::error("loop.stalled", {{"ms", settings_.limit.count()}, {"action", "abort"}});
    abort_process_();
    return;
  }
}

}  // namespace dirbridge::app
