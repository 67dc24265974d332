// Sent, and no word: the outcome is read until it is certain.
#include "unit/agent/batch_plan_fixture.hpp"

namespace dirbridge::agent {
namespace {

TEST_F(BatchPlanTest, ASilentDirectoryMakesTheJobUnknownAndTheLateResultSettlesIt) {
  start({add(1, {"a"})});
  sends("+a", fate(pending));
  EXPECT_TRUE(plan->is_unknown());
  EXPECT_EQ(unknown.at(1).verdict(), Verdict::unknown);
  waits(answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(finding(1).evidence, Evidence::result);
}

TEST_F(BatchPlanTest, ALateRefusalIsReadLikeAnyOther) {
  start({add(1, {"a"})});
  sends("+a", fate(pending));
  waits(answered(65));
  reads(1, std::vector<bool>{false});
  done();
  EXPECT_EQ(verdict(1), Verdict::refused);
}

TEST_F(BatchPlanTest, WhileTheServerIsSilentTheOtherStateProvesNothingBeforeSettle) {
  start({add(1, {"a"}, {.remaining = 1s})});
  now = t0 + 750ms;
  plan->next(t0);  // taken in time
  plan->on_reply(fate(pending), now);
  collect();
  waits(fate(pending));
  reads(1, std::vector<bool>{false});
  const auto first_read = now;
  while (now - first_read < 30s) {
    EXPECT_TRUE(final.empty()) << std::chrono::duration_cast<milliseconds>(now - first_read).count();
    waits(fate(pending));
    reads(1, std::vector<bool>{false});
  }
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, AReadThatFailsStartsTheSettlingAgain) {
  start({add(1, {"a"}, {.remaining = 1s})});
  plan->next(t0);
  plan->on_reply(fate(pending), now = t0 + 750ms);
  collect();
  waits(fate(pending));
  reads(1, std::vector<bool>{false});
  now += 29s;
  waits(fate(pending));
  reads(1, Error{errc::timed_out, "no answer"});  // it was stopped, with our modify in its queue
  now += 2s;
  waits(fate(pending));
  reads(1, std::vector<bool>{false});
  EXPECT_TRUE(final.empty());
  waits(fate(pending));
  reads(1, std::vector<bool>{true});
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, SuccessReadWhileTheOperationIsStillOutHoldsItsOpposites) {
  start({add(1, {"a"})});
  sends("+a", fate(pending));
  waits(fate(pending));
  reads(1, std::vector<bool>{true});
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(plan->hold_until(), now + 30s);
}

TEST_F(BatchPlanTest, AfterALostConnectionTheWantedStateIsSuccess) {
  start({add(1, {"a"}), remove(2, {"b"})});
  sends("+a -b", fate(lost));
  reads(2, std::vector<bool>{true, false});
  done();
  EXPECT_TRUE(unknown.empty()) << "the truth was known before anybody had to be told";
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
  EXPECT_EQ(verdict(2), Verdict::applied);
  EXPECT_FALSE(plan->hold_until()) << "a lost operation cannot run any more";
}

TEST_F(BatchPlanTest, AfterALostConnectionTheOtherStateIsSentAgainIfThereIsTime) {
  start({add(1, {"a"})});
  sends("+a", fate(lost));
  reads(1, std::vector<bool>{false});
  sends("+a", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, AfterALostConnectionTheOtherStateIsNotSentWhenTheDeadlinePassed) {
  start({add(1, {"a"}, {.remaining = 1s})});
  sends("+a", fate(lost));
  now = t0 + 5s;
  reads(1, std::vector<bool>{false});
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, TheOtherStateOnAnotherServerProvesNothingBeforeSettle) {
  start({add(1, {"a"}, {.remaining = 1s})});
  sends("+a", fate(lost));
  plan->next(now);
  plan->reads_elsewhere();
  now = t0 + 2s;
  plan->on_read(std::vector<bool>{false}, now);
  collect();
  const auto first_read = now;
  while (now - first_read < 30s) {
    EXPECT_TRUE(final.empty()) << std::chrono::duration_cast<milliseconds>(now - first_read).count();
    EXPECT_EQ(unknown.at(1).verdict(), Verdict::unknown);
    pauses();
    reads(1, std::vector<bool>{false});
  }
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
}

TEST_F(BatchPlanTest, WhileTheDirectoryStaysAwayTheJobStaysUnknown) {
  start({add(1, {"a"}, {.remaining = 1s})});
  sends("+a", fate(lost));
  for (int i = 0; i < 200; ++i) {
    reads(1, Error{errc::unavailable, "connection refused"});
    pauses();
  }
  EXPECT_TRUE(final.empty());
  EXPECT_EQ(unknown.at(1).verdict(), Verdict::unknown);
  reads(1, std::vector<bool>{true});
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, ABatchThatEndsTheConnectionEachTimeIsHalvedAndThenGivenBack) {
  start({add(1, {"a"}), add(2, {"poison"})});
  for (int i = 0; i < 3; ++i) {
    sends("+a +poison", fate(lost));
    reads(2, std::vector<bool>{false, false});
  }
  sends("+a", answered(0));
  for (int i = 0; i < 3; ++i) {
    sends("+poison", fate(lost));
    reads(1, std::vector<bool>{false});
  }
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(verdict(2), Verdict::retryable);
}

TEST_F(BatchPlanTest, JobsBehindAnUnknownPartStillEndInTime) {
  start({add(1, {"a"}), add(2, {"b"}, {.remaining = 2s})});
  sends("+a +b", answered(80));
  reads(2, std::vector<bool>{false, false});
  sends("+a", fate(lost));
  reads(1, Error{errc::unavailable, "connection refused"});
  now = t0 + 3s;
  reads(1, Error{errc::unavailable, "connection refused"});
  EXPECT_EQ(verdict(2), Verdict::not_sent);
  EXPECT_FALSE(final.contains(1));
}

TEST_F(BatchPlanTest, AGroupRenamedWhileTheOutcomeIsUnknownIsReadUnderItsNewName) {
  start({add(1, {"a"})});
  sends("+a", fate(lost));
  reads(1, ldap_error(32));
  locates(Error{errc::timed_out, "no answer"});
  pauses();
  locates(std::optional{dn(group_dn("renamed"))});
  EXPECT_EQ(expect<BatchPlan::Read>().target, dn(group_dn("renamed")));
  plan->on_read(std::vector<bool>{true}, now);
  collect();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

}  // namespace
}  // namespace dirbridge::agent
