// Nothing could be sent: pauses, deadlines, cancels.
#include "unit/agent/batch_plan_fixture.hpp"

namespace dirbridge::agent {
namespace {

TEST_F(BatchPlanTest, AnUnreachableDirectoryFailsNoJobUntilItsDeadline) {
  start({add(1, {"a"}, {.remaining = 1s})});
  sends("+a", fate(not_sent));
  pauses();
  EXPECT_EQ(now, t0 + 100ms);
  sends("+a", fate(not_sent));
  pauses();
  EXPECT_EQ(now, t0 + 300ms);
  sends("+a", fate(not_sent));
  pauses();
  EXPECT_EQ(now, t0 + 700ms);
  sends("+a", fate(not_sent));
  pauses();
  EXPECT_EQ(now, t0 + 750ms) << "the report must not come after the deadline";
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(finding(1).diagnostic, "connection reset");
}

TEST_F(BatchPlanTest, AnUnreachableDirectoryThatComesBackGetsTheChange) {
  start({add(1, {"a"})});
  sends("+a", fate(not_sent));
  pauses();
  sends("+a", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, ABindProblemIsTheConnectionsFault) {
  for (const int code : {8, 13, 48, 49}) {
    final.clear();
    now = t0;
    start({add(1, {"a"})});
    sends("+a", answered(code));
    pauses();
    EXPECT_TRUE(final.empty()) << code;
    sends("+a", answered(0));
  }
}

TEST_F(BatchPlanTest, ACancelDuringAPauseTakesEffectAtOnce) {
  const auto job = add(1, {"a"});
  const auto other = add(2, {"b"});
  start({job, other});
  sends("+a +b", fate(not_sent));
  expect<BatchPlan::Pause>();
  job->cancelled = true;
  expect<BatchPlan::Pause>();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  pauses();
  sends("+b", answered(0));
  done();
}

TEST_F(BatchPlanTest, WhatDiedBeforeTheSecondAttemptIsLeftOutOfIt) {
  start({add(1, {"a"}, {.lease = 50ms}), add(2, {"b"})});
  sends("+a +b", answered(20));
  now += 60ms;
  reads(2, std::vector<bool>{false, false});
  sends("+b", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
}

}  // namespace
}  // namespace dirbridge::agent
