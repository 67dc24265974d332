#include "net/deadline.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <stdexcept>

#include "run.hpp"

namespace dirbridge::net {
namespace {

using std::chrono::steady_clock;

asio::awaitable<int> forever(bool& ended) {
  struct Flag {
    bool& flag;
    ~Flag() { flag = true; }
  } on_exit{ended};
  co_await sleep_until(TimePoint::max());
  co_return 1;
}
asio::awaitable<int> at_once() { co_return 7; }
asio::awaitable<int> broken() {
  throw std::runtime_error("broken");
  co_return 0;
}

TEST(Deadline, AnOperationThatEndsInTimeGivesItsValue) {
  const auto value = run([]() -> asio::awaitable<std::optional<int>> {
    co_return co_await with_deadline(at_once(), steady_clock::now() + 1h);
  });
  EXPECT_EQ(value, 7);
}

TEST(Deadline, AnOperationThatDoesNotEndIsCancelledAndHasEndedOnReturn) {
  bool ended = false;
  const auto value = run([&]() -> asio::awaitable<std::optional<int>> {
    co_return co_await with_deadline(forever(ended), steady_clock::now() + 5ms);
  });
  EXPECT_EQ(value, std::nullopt);
  EXPECT_TRUE(ended);
}

TEST(Deadline, WhatTheOperationThrowsDoesNotWaitForTheDeadline) {
  EXPECT_THROW(run([]() -> asio::awaitable<std::optional<int>> {
                 co_return co_await with_deadline(broken(), steady_clock::now() + 1h);
               }),
               std::runtime_error);
}

TEST(Deadline, AnEarlierDeadlineOutsideCancelsTheOneInside) {
  bool ended = false;
  const bool in_time = run([&]() -> asio::awaitable<bool> {
    auto inner = with_deadline(forever(ended), steady_clock::now() + 1h);
    co_return (co_await with_deadline(std::move(inner), steady_clock::now() + 5ms)).has_value();
  });
  EXPECT_FALSE(in_time);
  EXPECT_TRUE(ended);
}

TEST(Signal, NotifyWakesEverybodyWhoWaits) {
  int woken = 0;
  run([&]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Signal signal{executor};
    const auto waiter = [](Signal& s, int& count) -> asio::awaitable<void> {
      if (co_await s.wait(steady_clock::now() + 1h)) ++count;
    };
    asio::co_spawn(executor, waiter(signal, woken), asio::detached);
    asio::co_spawn(executor, waiter(signal, woken), asio::detached);
    co_await asio::post(executor, asio::use_awaitable);
    signal.notify();
    while (woken < 2) co_await asio::post(executor, asio::use_awaitable);
  });
  EXPECT_EQ(woken, 2);
}

TEST(Signal, WaitIsFalseAtItsDeadline) {
  const bool notified = run([]() -> asio::awaitable<bool> {
    Signal signal{co_await asio::this_coro::executor};
    co_return co_await signal.wait(steady_clock::now() + 2ms);
  });
  EXPECT_FALSE(notified);
}

TEST(Signal, ItsEndWakesThoseWhoWait) {
  bool woken = false;
  run([&]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    auto signal = std::make_unique<Signal>(executor);
    const auto waiter = [](Signal& s, bool& flag) -> asio::awaitable<void> {
      co_await s.wait();
      flag = true;
    };
    asio::co_spawn(executor, waiter(*signal, woken), asio::detached);
    co_await asio::post(executor, asio::use_awaitable);
    signal.reset();
    while (!woken) co_await asio::post(executor, asio::use_awaitable);
  });
  EXPECT_TRUE(woken);
}

}  // namespace
}  // namespace dirbridge::net
