#include "app/watchdog.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <future>

namespace dirbridge::app {
namespace {

TEST(StallCounter, OnlyPeriodsInARowWithoutATickAreAStall) {
  StallCounter counter{3};
  EXPECT_FALSE(counter.stalled(1));
  EXPECT_FALSE(counter.stalled(1));
  EXPECT_FALSE(counter.stalled(1));
  EXPECT_FALSE(counter.stalled(2));
  EXPECT_FALSE(counter.stalled(2));
  EXPECT_FALSE(counter.stalled(2));
  EXPECT_TRUE(counter.stalled(2));
}

TEST(Watchdog, ALoopThatNeverReturnsFromAStepIsReported) {
  boost::asio::io_context loop{1};
  std::promise<void> shot;
  Watchdog watchdog{loop, {.limit = 40ms, .lag_warning = 10s}, [&] { shot.set_value(); }};
  // The step ends only when the watchdog has spoken: a watchdog that stays silent fails below instead of hanging.
  boost::asio::post(loop, [&] {
    EXPECT_EQ(shot.get_future().wait_for(10s), std::future_status::ready);
    watchdog.stop();
  });
  loop.run();
}

TEST(Watchdog, EndsTheLoopEvenIfATickWasOnItsWayWhenItStopped) {
  boost::asio::io_context loop{1};
  std::promise<void> shot;
  Watchdog watchdog{loop, {.limit = 40ms, .lag_warning = 10s}, [&] { shot.set_value(); }};
  boost::asio::steady_timer first{loop};
  // When this step ends a tick is due, and so is the timer: they are queued together, the tick behind, and what is
  // queued cannot be cancelled.
  boost::asio::post(loop, [&] {
    EXPECT_EQ(shot.get_future().wait_for(10s), std::future_status::ready);
    first.expires_at(TimePoint::min());
    first.async_wait([&](boost::system::error_code) { watchdog.stop(); });
  });
  loop.run_for(2s);
  EXPECT_TRUE(loop.stopped()) << "it ticks on";
}

TEST(Watchdog, ALoopThatTurnsIsLeftAlone) {
  boost::asio::io_context loop{1};
  std::atomic<bool> shot = false;
  {
    // 50 turns of the watchdog's own period: a counter that missed ticks would have fired.
    Watchdog watchdog{loop, {.limit = 400ms, .lag_warning = 10s}, [&] { shot = true; }};
    int turns = 0;
    while (turns < 50 && loop.run_one() > 0) ++turns;
    EXPECT_EQ(turns, 50) << "the loop ran out of ticks";
  }
  EXPECT_FALSE(shot);
}

}  // namespace
}  // namespace dirbridge::app
