// Deadlines over Asio: nothing waits without one.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace dirbridge::net {

namespace asio = boost::asio;

inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Runs `operation` until `deadline` and cancels it then (terminal). False: the deadline came first; the operation has
// ended all the same when this returns. What the operation throws is thrown here, unless the deadline came first.
asio::awaitable<bool> with_deadline(asio::awaitable<void> operation, TimePoint deadline);

namespace detail {
template <class T>
asio::awaitable<void> store(asio::awaitable<T> operation, std::optional<T>& value) {
  value.emplace(co_await std::move(operation));
}
}  // namespace detail

// The same for operations with a value. nullopt: the deadline came first.
template <class T>
asio::awaitable<std::optional<T>> with_deadline(asio::awaitable<T> operation, TimePoint deadline) {
  std::optional<T> value;
  const bool in_time = co_await with_deadline(detail::store(std::move(operation), value), deadline);
  if (!in_time) value.reset();
  co_return value;
}

// A condition that coroutines of one thread wait for: notify() wakes everybody who waits now. Destroying it wakes them
// too.
class Signal {
 public:
  explicit Signal(asio::any_io_executor executor);
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  // True if notified, false at `deadline`. Spurious wake-ups are possible: ask again.
  asio::awaitable<bool> wait(TimePoint deadline = TimePoint::max());
  // Waits until `done()`, asked now and after each notify(). False: the deadline came first.
  // Use it rather than a loop of one's own. In loops g++ 12 miscompiles an await inside a condition: `while (a &&
  // co_await b)` awaits whatever `a` says, `while (a) { if (!co_await b) break; }` traps. Name the awaited value first.
  asio::awaitable<bool> until(std::function<bool()> done, TimePoint deadline = TimePoint::max());
  void notify();

 private:
  struct Waiter;
  asio::any_io_executor executor_;
  std::shared_ptr<std::vector<Waiter*>> waiters_;  // shared: a waiter may outlive the signal by one turn of the loop
};

asio::awaitable<void> sleep_until(TimePoint when);

}  // namespace dirbridge::net
