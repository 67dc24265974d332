// Deadlines over Asio: nothing waits without one.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>
#include <variant>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace dirbridge::net {

namespace asio = boost::asio;

inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Runs `operation` until `deadline` and cancels it then (terminal). nullopt: the deadline came first.
template <class T>
asio::awaitable<std::optional<T>> with_deadline(asio::awaitable<T> operation, TimePoint deadline) {
  using namespace asio::experimental::awaitable_operators;
  asio::steady_timer timer{co_await asio::this_coro::executor, deadline};
  auto either = co_await (std::move(operation) || timer.async_wait(as_result));
  if (either.index() == 0) co_return std::get<0>(std::move(either));
  co_return std::nullopt;
}

// A condition that coroutines of one thread wait for: notify() wakes everybody who waits now.
class Signal {
 public:
  explicit Signal(asio::any_io_executor executor) : timer_(std::move(executor), TimePoint::max()) {}
  // True if notified, false at `deadline`. Spurious wake-ups are possible: ask again.
  asio::awaitable<bool> wait(TimePoint deadline = TimePoint::max());
  void notify();

 private:
  asio::steady_timer timer_;
};

asio::awaitable<void> sleep_until(TimePoint when);

}  // namespace dirbridge::net
