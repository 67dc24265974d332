#include "net/deadline.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <exception>

namespace dirbridge::net {

asio::awaitable<bool> with_deadline(asio::awaitable<void> operation, TimePoint deadline) {
  if (deadline == TimePoint::max()) {
    co_await std::move(operation);
    co_return true;
  }
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer{executor, deadline};
  // Not `operation || timer`: that one keeps waiting for the timer when the operation throws.
  auto [order, failure, timer_ec] =
      co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(operation), asio::deferred),
                                                       timer.async_wait(asio::deferred))
          .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  // The timer may also end first because somebody cancels us both; then the operation tells how it ended.
  if (order[0] == 1 && !timer_ec) co_return false;
  if (failure) std::rethrow_exception(failure);
  co_return true;
}

struct Signal::Waiter {
  asio::steady_timer timer;
  bool notified = false;
};

Signal::Signal(asio::any_io_executor executor)
    : executor_(std::move(executor)), waiters_(std::make_shared<std::vector<Waiter*>>()) {}

Signal::~Signal() { notify(); }

asio::awaitable<bool> Signal::wait(TimePoint deadline) {
  const auto waiters = waiters_;
  struct Entry {
    Waiter waiter;
    std::vector<Waiter*>& list;
    ~Entry() { std::erase(list, &waiter); }
  } entry{{asio::steady_timer{executor_, deadline}}, *waiters};
  waiters->push_back(&entry.waiter);
  const auto [ec] = co_await entry.waiter.timer.async_wait(as_result);
  co_return entry.waiter.notified || ec;
}

asio::awaitable<bool> Signal::until(std::function<bool()> done, TimePoint deadline) {
  while (!done()) {
    const bool notified = co_await wait(deadline);  // named first: see until()'s contract
    if (!notified) co_return done();
  }
  co_return true;
}

void Signal::notify() {
  for (Waiter* waiter : *waiters_) {
    waiter->notified = true;
    waiter->timer.cancel();
  }
}

asio::awaitable<void> sleep_until(TimePoint when) {
  asio::steady_timer timer{co_await asio::this_coro::executor, when};
  co_await timer.async_wait(as_result);
}

}  // namespace dirbridge::net
