// What the deadline makes of a job, and what a report is worth after it.
#include "unit/queue/fixture.hpp"

namespace dirbridge::queue::test {

class Deadlines : public QueueTest {
 protected:
  // One job, leased, its deadline passed.
  Delivery overdue() {
    queue.enqueue(job("1", add("g", {"u"})));
    auto delivery = lease_one(ann, t0);
    queue.expire(t0 + 10s);
    return delivery;
  }
};

TEST_F(Deadlines, AJobThatNobodyHadIsNotStartedAndItsCallersAreDue) {
  queue.enqueue(job("1", add("g", {"u"})));
  EXPECT_EQ(queue.next_expiry(), t0 + 10s);
  EXPECT_TRUE(queue.expire(t0 + 9'999ms).due.empty());
  const auto now = queue.expire(t0 + 10s);
  EXPECT_EQ(closed(now), "1:not_started");
  EXPECT_EQ(now.due, std::vector{JobId{"1"}});
  EXPECT_EQ(now.close.at(0).outcome.verdict(), Verdict::not_sent);
  EXPECT_EQ(lease_ids(ann, t0 + 11s), Ids{});
}

TEST_F(Deadlines, AJobIsNotLeasedAtItsDeadlineEvenBeforeExpireIsAsked) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", add("g", {"v"}), t0 + 20s));
  EXPECT_EQ(lease_ids(ann, t0 + 10s), Ids{"2"});
}

TEST_F(Deadlines, ALeasedJobIsOverdueAndItsAgentIsToldToCancel) {
  queue.enqueue(job("1", add("g", {"u"})));
  const auto delivery = lease_one(ann, t0);
  const auto now = queue.expire(t0 + 10s);
  EXPECT_EQ(closed(now), "");
  EXPECT_EQ(now.due, std::vector{JobId{"1"}});
  ASSERT_EQ(now.cancel.size(), 1u);
  EXPECT_EQ(now.cancel.at(0).agent, ann);
  EXPECT_EQ(now.cancel.at(0).lease, delivery.lease);
  EXPECT_EQ(state("1"), JobState::overdue);
  EXPECT_TRUE(queue.view(JobId{"1"})->deadline_passed);
  EXPECT_TRUE(queue.expire(t0 + 11s).due.empty()) << "due once";
}

TEST_F(Deadlines, WhatAnOverdueJobCameToIsToldTruthfully) {
  const std::vector<std::pair<Verdict, std::string>> expected = {{Verdict::applied, "1:applied_late"},
                                                                 {Verdict::already, "1:applied_late"},
                                                                 {Verdict::refused, "1:refused_late"},
                                                                 {Verdict::not_sent, "1:cancelled"},
                                                                 {Verdict::retryable, "1:cancelled"}};
  for (const auto& [verdict, disposition] : expected) {
    step = {};
    queue = JobQueue{settings, 7};
    EXPECT_EQ(report(ann, overdue(), all(verdict), t0 + 11s), AckStatus::accepted);
    EXPECT_EQ(closed(), disposition);
  }
}

TEST_F(Deadlines, AReportThatComesBeforeExpireWasAskedIsLateAllTheSame) {
  queue.enqueue(job("1", add("g", {"u"})));
  report(ann, lease_one(ann, t0), all(Verdict::applied), t0 + 10s);
  EXPECT_EQ(closed(), "1:applied_late");
  EXPECT_EQ(step.due, std::vector{JobId{"1"}});
  EXPECT_TRUE(queue.expire(t0 + 11s).due.empty());
}

TEST_F(Deadlines, PartOfAChangeAfterTheDeadlineIsNotCalledCancelled) {
  queue.enqueue(job("1", add("g", {"u", "v"})));
  const auto delivery = lease_one(ann, t0);
  queue.expire(t0 + 10s);
  report(ann, delivery, mixed({Verdict::applied, Verdict::not_sent}), t0 + 11s);
  EXPECT_EQ(closed(), "1:refused_late");
}

TEST_F(Deadlines, AJobInBackOffIsCancelledNotUnstarted) {
  queue.enqueue(job("1", add("g", {"u"})));
  report(ann, lease_one(ann, t0 + 9'900ms), all(Verdict::retryable), t0 + 9'900ms);
  EXPECT_EQ(closed(queue.expire(t0 + 10s)), "1:cancelled");
}

TEST_F(Deadlines, AJobGivenBackUnsentIsNotStartedAndKeepsTheAgentsWords) {
  queue.enqueue(job("1", add("g", {"u"})));
  const auto refused = proto::Outcome::all(1, Verdict::not_sent, Evidence::none, 0, "the directory refused the bind");
  report(ann, lease_one(ann, t0 + 9'900ms), refused, t0 + 9'900ms);
  const auto ended = queue.expire(t0 + 10s);
  ASSERT_EQ(closed(ended), "1:not_started");
  EXPECT_EQ(ended.close.front().outcome.findings().front().diagnostic, "the directory refused the bind");
}

TEST_F(Deadlines, ALeaseThatLapsesAfterTheDeadlineLeavesTheJobToBeReadByTheNextAgent) {
  overdue();
  EXPECT_FALSE(queue.has_work(bob, directory, t0 + 11s));
  EXPECT_EQ(closed(queue.expire(t0 + 12s)), "");
  EXPECT_EQ(state("1"), JobState::reconciling);
  EXPECT_TRUE(queue.has_work(bob, directory, t0 + 12s));
  const auto again = lease_one(bob, t0 + 12s);
  EXPECT_TRUE(again.reconcile);
  EXPECT_LE(again.job->deadline, t0 + 12s) << "nothing remains: it is read, not executed";
  EXPECT_EQ(state("1"), JobState::reconciling);
}

TEST_F(Deadlines, OnlyAReadBackProvesThatAJobThatMayHaveRunHadNoEffect) {
  overdue();
  queue.expire(t0 + 12s);
  report(bob, lease_one(bob, t0 + 12s), all(Verdict::not_sent), t0 + 13s);
  EXPECT_EQ(closed(), "") << "bob did not send it, but ann may have";
  EXPECT_EQ(state("1"), JobState::reconciling);
  report(bob, lease_one(bob, t0 + 14s), all(Verdict::not_sent, Evidence::read_back), t0 + 44s);
  EXPECT_EQ(closed(), "1:cancelled");
}

TEST_F(Deadlines, TheFrozenAgentsOwnWordIsProofWhenItWasTheOnlyOneWhoHadTheJob) {
  const auto delivery = overdue();
  queue.expire(t0 + 12s);
  EXPECT_EQ(report(ann, delivery, all(Verdict::not_sent), t0 + 20s), AckStatus::accepted);
  EXPECT_EQ(closed(), "1:cancelled");
}

TEST_F(Deadlines, AJobQueuedInDoubtIsReconciledAtItsDeadlineNotClosed) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 15s));
  lease_one(ann, t0);
  queue.expire(t0 + 12s);
  const auto now = queue.expire(t0 + 15s);
  EXPECT_EQ(closed(now), "");
  EXPECT_EQ(now.due, std::vector{JobId{"1"}});
  EXPECT_EQ(state("1"), JobState::reconciling);
  EXPECT_TRUE(lease_one(bob, t0 + 15s).reconcile);
}

TEST_F(Deadlines, NoLaterChangeIsHandedOutBeforeAJobInDoubtWhoseDeadlineIsNow) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 15s));
  queue.enqueue(job("2", remove("g", {"u"}), t0 + 1min));
  queue.lease(ann, directory, 1, t0);
  queue.expire(t0 + 12s);
  EXPECT_EQ(lease_ids(bob, t0 + 15s), Ids{}) << "expire() has not been asked yet";
  queue.expire(t0 + 15s);
  EXPECT_EQ(lease_ids(bob, t0 + 15s), (Ids{"1", "2"}));
}

TEST_F(Deadlines, SettlingIsGivenUpAfterItsOwnCountOfDeliveries) {
  overdue();
  auto now = t0 + 12s;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(closed(queue.expire(now)), "");
    lease_one(bob, now);
    now += 12s;
  }
  EXPECT_EQ(closed(queue.expire(now)), "1:parked");
}

TEST_F(Deadlines, ACallerWhoJoinsMovesTheDeadline) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.extend(JobId{"1"}, t0 + 20s);
  queue.extend(JobId{"1"}, t0 + 5s);
  EXPECT_TRUE(queue.expire(t0 + 19s).due.empty());
  EXPECT_EQ(lease_one(ann, t0 + 19s).job->deadline, t0 + 20s);
  EXPECT_EQ(queue.expire(t0 + 20s).due.size(), 1u);
}

TEST_F(Deadlines, AnOverdueJobStaysOverdueWhateverIsAskedOfIt) {
  overdue();
  queue.extend(JobId{"1"}, t0 + 25s);
  EXPECT_EQ(state("1"), JobState::overdue);
  queue.expire(t0 + 12s);
  EXPECT_EQ(lease_one(bob, t0 + 12s).job->deadline, t0 + 10s) << "never executed after its deadline";
  queue.renew(bob, queue.view(JobId{"1"})->lease, t0 + 20s);
  EXPECT_TRUE(queue.expire(t0 + 25s).due.empty()) << "its callers have been answered";
}

}  // namespace dirbridge::queue::test
