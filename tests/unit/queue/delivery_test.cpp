// Who is given what: order, one agent per group, leases and fences, back-off, parking.
#include "unit/queue/fixture.hpp"

namespace dirbridge::queue::test {

class Delivering : public QueueTest {};

TEST_F(Delivering, JobsOfOneGroupAreLeasedInTheirOrder) {
  for (const auto* id : {"1", "2", "3"}) queue.enqueue(job(id, add("g", {id})));
  EXPECT_EQ(lease_ids(ann, t0), (Ids{"1", "2", "3"}));
}

TEST_F(Delivering, CreditIsTheMostThatIsLeased) {
  for (const auto* id : {"1", "2", "3"}) queue.enqueue(job(id, add("g", {id})));
  EXPECT_EQ(lease_ids(ann, t0, 2), (Ids{"1", "2"}));
  EXPECT_EQ(lease_ids(ann, t0, 2), (Ids{"3"}));
  EXPECT_EQ(lease_ids(ann, t0, 2), Ids{});
}

TEST_F(Delivering, TheOldestComesFirstOverAllGroups) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", add("h", {"u"})));
  queue.enqueue(job("3", add("g", {"v"})));
  EXPECT_EQ(lease_ids(ann, t0), (Ids{"1", "2", "3"}));
}

TEST_F(Delivering, AGroupIsLeasedToOneAgentAtATime) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", add("g", {"v"})));
  queue.enqueue(job("3", add("h", {"w"})));
  const auto first = lease_one(ann, t0);
  EXPECT_EQ(first.job->id.str(), "1");
  EXPECT_EQ(lease_ids(bob, t0), Ids{"3"}) << "another group runs in parallel";
  EXPECT_FALSE(queue.has_work(bob, directory, t0));
  EXPECT_TRUE(queue.has_work(ann, directory, t0));
  report(ann, first, all(Verdict::applied), t0);
  EXPECT_EQ(lease_ids(bob, t0), Ids{"2"}) << "nobody holds the group any more";
}

TEST_F(Delivering, AnAgentOfAnotherDirectoryIsGivenNothing) {
  queue.enqueue(job("1", add("g", {"u"})));
  EXPECT_FALSE(queue.has_work(ann, DirectoryId{"0oaOther"}, t0));
  EXPECT_TRUE(queue.lease(ann, DirectoryId{"0oaOther"}, 9, t0).empty());
}

TEST_F(Delivering, FencesGrowAndCarryTheEpoch) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", add("h", {"u"})));
  const auto first = lease_one(ann, t0);
  const auto second = lease_one(ann, t0);
  EXPECT_EQ(first.lease.epoch, 7u);
  EXPECT_LT(first.lease, second.lease);
  EXPECT_EQ(first.lease_until, t0 + 12s);
  EXPECT_EQ(first.delivery, 1);
  EXPECT_FALSE(first.reconcile);
}

TEST_F(Delivering, AFullQueueRefusesAndKeepsWhatItHas) {
  JobQueue small{{.max_open_jobs = 1}, 1};
  EXPECT_TRUE(small.enqueue(job("1", add("g", {"u"}))));
  EXPECT_FALSE(small.enqueue(job("2", add("g", {"v"}))));
  EXPECT_EQ(small.size(), 1u);
}

TEST_F(Delivering, AJobIsNotEnqueuedTwice) {
  EXPECT_TRUE(queue.enqueue(job("1", add("g", {"u"}))));
  EXPECT_FALSE(queue.enqueue(job("1", add("g", {"u"}))));
}

TEST_F(Delivering, ASuccessClosesTheJobAsApplied) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", add("g", {"v"})));
  EXPECT_EQ(report(ann, lease_one(ann, t0), all(Verdict::applied), t0), AckStatus::accepted);
  EXPECT_EQ(report(ann, lease_one(ann, t0), all(Verdict::already), t0), AckStatus::accepted);
  EXPECT_EQ(closed(), "1:applied 2:applied");
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.next_expiry(), TimePoint::max());
}

TEST_F(Delivering, ARefusalOfOneValueRefusesTheJob) {
  queue.enqueue(job("1", add("g", {"u", "v"})));
  report(ann, lease_one(ann, t0), mixed({Verdict::applied, Verdict::refused}), t0);
  EXPECT_EQ(closed(), "1:refused");
}

TEST_F(Delivering, WhatTheDirectoryCouldNotDoNowWaitsItsBackOffAndComesAgain) {
  queue.enqueue(job("1", add("g", {"u"})));
  report(ann, lease_one(ann, t0), all(Verdict::retryable), t0);
  EXPECT_EQ(state("1"), JobState::queued);
  EXPECT_EQ(lease_ids(ann, t0 + 249ms), Ids{});
  EXPECT_FALSE(queue.has_work(ann, directory, t0 + 249ms));
  EXPECT_EQ(queue.next_expiry(), t0 + 250ms);
  EXPECT_TRUE(queue.has_work(ann, directory, t0 + 250ms)) << "without expire() having been asked";
  const auto again = lease_one(ann, t0 + 250ms);
  EXPECT_EQ(again.delivery, 2);
  EXPECT_FALSE(again.reconcile) << "the directory's word is that nothing changed";
}

TEST_F(Delivering, TheBackOffDoublesUpToItsBound) {
  JobQueue patient{{.max_deliveries = 9, .backoff_base = 100ms, .backoff_max = 300ms}, 1};
  patient.enqueue(job("1", add("g", {"u"})));
  auto now = t0;
  for (const auto pause : {100ms, 200ms, 300ms, 300ms}) {
    const auto delivery = patient.lease(ann, directory, 1, now).at(0);
    patient.report(ann, delivery.job->id, delivery.lease, true, all(Verdict::retryable), now, step);
    EXPECT_EQ(patient.next_expiry(), now + pause);
    now += pause;
    patient.expire(now);
  }
}

TEST_F(Delivering, TheGroupWaitsBehindAJobInBackOff) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", remove("g", {"u"})));
  report(ann, lease_one(ann, t0), all(Verdict::not_sent), t0);
  EXPECT_EQ(lease_ids(ann, t0 + 100ms), Ids{});
  EXPECT_EQ(lease_ids(ann, t0 + 250ms), (Ids{"1", "2"}));
}

TEST_F(Delivering, ABackOffInOneGroupHoldsUpNoOther) {
  queue.enqueue(job("1", add("g", {"u"})));
  report(ann, lease_one(ann, t0), all(Verdict::retryable), t0);
  queue.enqueue(job("2", add("h", {"u"})));
  EXPECT_EQ(lease_ids(ann, t0), Ids{"2"});
}

TEST_F(Delivering, APoisonedJobIsParkedAndBlocksNothing) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", add("g", {"v"})));
  auto now = t0;
  for (int delivery = 1; delivery <= 3; ++delivery) {
    report(ann, lease_one(ann, now), all(Verdict::retryable), now);
    now += 1s;
  }
  EXPECT_EQ(closed(), "1:parked");
  EXPECT_EQ(step.close.at(0).outcome.verdict(), Verdict::retryable) << "with its reason";
  EXPECT_EQ(lease_ids(ann, now), Ids{"2"});
}

TEST_F(Delivering, AJobThatEveryAgentDiesOfIsParked) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1h));
  auto now = t0;
  for (int delivery = 1; delivery <= 3; ++delivery) {
    lease_one(delivery % 2 ? ann : bob, now);
    now += 12s;
    step = queue.expire(now);
  }
  EXPECT_EQ(closed(), "1:parked");
  EXPECT_EQ(step.close.at(0).outcome.verdict(), Verdict::unknown);
}

TEST_F(Delivering, ALapsedJobIsRedeliveredToBeReconciled) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1min));
  lease_one(ann, t0);
  EXPECT_EQ(closed(queue.expire(t0 + 12s)), "");
  EXPECT_EQ(state("1"), JobState::queued);
  const auto again = lease_one(bob, t0 + 12s);
  EXPECT_EQ(again.delivery, 2);
  EXPECT_TRUE(again.reconcile);
}

TEST_F(Delivering, RenewingKeepsALease) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1min));
  const auto delivery = lease_one(ann, t0);
  queue.renew(ann, delivery.lease, t0 + 11s);
  queue.expire(t0 + 22s);
  EXPECT_EQ(state("1"), JobState::leased);
  queue.renew(bob, delivery.lease, t0 + 22s);
  queue.renew(ann, Fence{7, 99}, t0 + 22s);
  queue.expire(t0 + 23s);
  EXPECT_EQ(state("1"), JobState::queued) << "neither another agent nor another lease renews it";
}

TEST_F(Delivering, AReportAfterTheJobWasGivenToAnotherAgentIsLateAndChangesNothing) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1min));
  const auto first = lease_one(ann, t0);
  queue.expire(t0 + 12s);
  const auto second = lease_one(bob, t0 + 12s);
  EXPECT_EQ(report(ann, first, all(Verdict::refused), t0 + 13s), AckStatus::late);
  EXPECT_EQ(state("1"), JobState::leased);
  EXPECT_EQ(report(bob, second, all(Verdict::applied), t0 + 14s), AckStatus::accepted);
  EXPECT_EQ(report(bob, second, all(Verdict::applied), t0 + 15s), AckStatus::late) << "it is closed";
  EXPECT_EQ(closed(), "1:applied");
}

TEST_F(Delivering, AReportUnderTheLastLeaseCountsAfterItLapsedWhileNobodyElseWasGivenTheJob) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1min));
  const auto delivery = lease_one(ann, t0);
  queue.expire(t0 + 12s);
  EXPECT_EQ(report(ann, delivery, all(Verdict::applied), t0 + 13s), AckStatus::accepted);
  EXPECT_EQ(closed(), "1:applied");
}

TEST_F(Delivering, InventedReportsAreStale) {
  queue.enqueue(job("1", add("g", {"u"})));
  const auto delivery = lease_one(ann, t0);
  EXPECT_EQ(report(bob, delivery, all(Verdict::applied), t0), AckStatus::stale) << "another agent's lease";
  EXPECT_EQ(queue.report(ann, JobId{"1"}, Fence{7, 2}, true, all(Verdict::applied), t0, step), AckStatus::stale);
  EXPECT_EQ(queue.report(ann, JobId{"1"}, Fence{}, true, all(Verdict::applied), t0, step), AckStatus::stale);
  EXPECT_EQ(queue.report(ann, JobId{"9"}, delivery.lease, true, all(Verdict::applied), t0, step), AckStatus::stale);
  EXPECT_EQ(report(ann, delivery, all(Verdict::applied, Evidence::result, 2), t0), AckStatus::stale)
      << "two verdicts for one value";
  EXPECT_EQ(closed(), "");
  EXPECT_EQ(state("1"), JobState::leased);
}

TEST_F(Delivering, NoWordYetMovesTheJobToReconcilingAndKeepsItsLease) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1min));
  const auto delivery = lease_one(ann, t0);
  EXPECT_EQ(report(ann, delivery, all(Verdict::unknown), t0 + 10s, false), AckStatus::accepted);
  EXPECT_EQ(state("1"), JobState::reconciling);
  queue.expire(t0 + 21s);
  EXPECT_EQ(queue.view(JobId{"1"})->agent, ann);
  report(ann, delivery, all(Verdict::applied, Evidence::read_back), t0 + 21s);
  EXPECT_EQ(closed(), "1:applied");
}

TEST_F(Delivering, AnAgentThatGivesUpOnAnUnknownOutcomeLeavesItToTheNext) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1min));
  report(ann, lease_one(ann, t0), all(Verdict::unknown), t0);
  const auto again = lease_one(bob, t0 + 250ms);
  EXPECT_TRUE(again.reconcile);
}

TEST_F(Delivering, AnEarlierChangeIsNeverExecutedAfterALaterOppositeOneIsDone) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", remove("g", {"u"})));
  const auto deliveries = queue.lease(ann, directory, 2, t0);
  report(ann, deliveries.at(0), all(Verdict::retryable), t0);
  report(ann, deliveries.at(1), all(Verdict::applied), t0);
  EXPECT_EQ(closed(), "2:applied 1:cancelled");
  EXPECT_EQ(lease_ids(ann, t0 + 5s), Ids{});
}

TEST_F(Delivering, WhatCameBackWaitsForTheLaterJobsOfItsGroupThatAreStillOut) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", remove("g", {"u"})));
  const auto deliveries = queue.lease(ann, directory, 2, t0);
  report(ann, deliveries.at(0), all(Verdict::retryable), t0);
  EXPECT_FALSE(queue.has_work(ann, directory, t0 + 1s));
  EXPECT_EQ(lease_ids(ann, t0 + 1s), Ids{});
  report(ann, deliveries.at(1), all(Verdict::not_sent), t0 + 1s);
  EXPECT_EQ(lease_ids(ann, t0 + 1s), Ids{"1"}) << "and 2 waits its back-off behind it";
}

TEST_F(Delivering, AnOvertakenChangeThatMayHaveRunIsParkedAsUnknown) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1min));
  queue.enqueue(job("2", remove("g", {"u"}), t0 + 1min));
  const auto deliveries = queue.lease(ann, directory, 2, t0);
  queue.renew(ann, deliveries.at(1).lease, t0 + 5s);
  queue.expire(t0 + 12s);
  report(ann, deliveries.at(1), all(Verdict::applied), t0 + 13s);
  EXPECT_EQ(closed(), "2:applied 1:parked");
  EXPECT_EQ(step.close.at(1).outcome.verdict(), Verdict::unknown);
}

TEST_F(Delivering, ALaterChangeOfOtherValuesOvertakesNothing) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", remove("g", {"v"})));
  const auto deliveries = queue.lease(ann, directory, 2, t0);
  report(ann, deliveries.at(0), all(Verdict::retryable), t0);
  report(ann, deliveries.at(1), all(Verdict::applied), t0);
  EXPECT_EQ(closed(), "2:applied");
  EXPECT_EQ(lease_ids(ann, t0 + 250ms), Ids{"1"});
}

}  // namespace dirbridge::queue::test
