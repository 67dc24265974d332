// A delivery after which an earlier one may still run.
#include "unit/agent/batch_plan_fixture.hpp"

namespace dirbridge::agent {
namespace {

TEST_F(BatchPlanTest, AReconcileDeliveryReadsFirstAndTheWantedStateIsSuccess) {
  start({add(1, {"a"}, {.remaining = 0ms, .reconcile = true})});
  EXPECT_TRUE(plan->is_unknown());
  reads(1, std::vector<bool>{true});
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, WithoutTimeLeftAReconcileDeliveryNeverWritesAndSettlesBeforeItSaysNotSent) {
  start({add(1, {"a"}, {.remaining = 0ms, .reconcile = true})});
  reads(1, std::vector<bool>{false});
  EXPECT_EQ(unknown.at(1).verdict(), Verdict::unknown);
  while (now - t0 < 30s) {
    EXPECT_TRUE(final.empty());
    pauses();
    reads(1, std::vector<bool>{false});
  }
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, WithTimeLeftTheSameChangeIsSentAgainAndItsOppositesAreHeld) {
  start({add(1, {"a"}, {.reconcile = true})});
  reads(1, std::vector<bool>{false});
  sends("+a", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(plan->hold_until(), t0 + 30s);
}

TEST_F(BatchPlanTest, AReconcileDeliveryThatCouldNotBeSentInTimeIsSettledByReading) {
  start({add(1, {"a"}, {.remaining = 1s, .reconcile = true})});
  reads(1, std::vector<bool>{false});
  sends("+a", fate(not_sent));
  now = t0 + 2s;
  reads(1, std::vector<bool>{false});
  EXPECT_TRUE(final.empty()) << "an earlier delivery may still run";
  pauses();
  reads(1, std::vector<bool>{true});
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, RetryableIsNotSaidWhileAnEarlierDeliveryMayRun) {
  start({add(1, {"a"}, {.reconcile = true})});
  reads(1, std::vector<bool>{false});
  sends("+a", answered(51));
  EXPECT_TRUE(final.empty());
  pauses();
  reads(1, std::vector<bool>{true});
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, ACancelledReconcileDeliveryIsReadAndNeverWritten) {
  const auto job = add(1, {"a"}, {.reconcile = true});
  job->cancelled = true;
  start({job});
  reads(1, std::vector<bool>{false});
  pauses();
  reads(1, std::vector<bool>{true});
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

}  // namespace
}  // namespace dirbridge::agent
