// Agents that come back, agents that are gone, and jobs of an earlier epoch.
#include "unit/queue/fixture.hpp"

namespace dirbridge::queue::test {

using proto::Holding;

class Reconnecting : public QueueTest {
 protected:
  JobQueue::Settlement back(const AgentId& agent, std::vector<proto::OpenJobs::Held> held, bool same_process,
                            TimePoint now) {
    return queue.reconnect(agent, directory, held, same_process, now, step);
  }
};

TEST_F(Reconnecting, WhatTheAgentStillHoldsIsKeptAndRenewed) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1min));
  const auto delivery = lease_one(ann, t0);
  const auto settled = back(ann, {{JobId{"1"}, delivery.lease, Holding::sent}}, true, t0 + 10s);
  EXPECT_EQ(settled.keep, std::vector{delivery.lease});
  EXPECT_TRUE(settled.drop.empty());
  EXPECT_EQ(state("1"), JobState::reconciling);
  queue.expire(t0 + 21s);
  EXPECT_EQ(queue.view(JobId{"1"})->agent, ann);
}

TEST_F(Reconnecting, WhatNeverReachedTheSameProcessIsDeliveredAsIfForTheFirstTime) {
  queue.enqueue(job("1", add("g", {"u"})));
  const auto lost = lease_one(ann, t0);
  back(ann, {}, true, t0 + 1s);
  const auto again = lease_one(bob, t0 + 1s);
  EXPECT_EQ(again.delivery, 1);
  EXPECT_FALSE(again.reconcile);
  EXPECT_EQ(report(ann, lost, all(Verdict::applied), t0 + 2s), AckStatus::late);
}

TEST_F(Reconnecting, WhatNeverReachedTheAgentByTheDeadlineIsNotStarted) {
  queue.enqueue(job("1", add("g", {"u"})));
  lease_one(ann, t0);
  queue.expire(t0 + 10s);
  back(ann, {}, true, t0 + 11s);
  EXPECT_EQ(closed(), "1:not_started");
}

TEST_F(Reconnecting, WhatARestartedProcessForgotMayHaveRun) {
  queue.enqueue(job("1", add("g", {"u"})));
  lease_one(ann, t0);
  back(ann, {}, false, t0 + 1s);
  const auto again = lease_one(ann, t0 + 1s);
  EXPECT_EQ(again.delivery, 2);
  EXPECT_TRUE(again.reconcile);
}

TEST_F(Reconnecting, AKeptJobPastItsDeadlineIsCancelledAgain) {
  queue.enqueue(job("1", add("g", {"u"})));
  const auto delivery = lease_one(ann, t0);
  queue.expire(t0 + 10s);
  back(ann, {{JobId{"1"}, delivery.lease, Holding::waiting}}, true, t0 + 11s);
  ASSERT_EQ(step.cancel.size(), 1u);
  EXPECT_EQ(step.cancel.at(0).lease, delivery.lease);
}

TEST_F(Reconnecting, ALapsedLeaseIsTakenUpAgainUnlessSomebodyElseHasTheGroup) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 1min));
  queue.enqueue(job("2", add("h", {"u"}), t0 + 1min));
  const auto deliveries = queue.lease(ann, directory, 2, t0);
  queue.expire(t0 + 12s);
  ASSERT_EQ(lease_ids(bob, t0 + 12s, 1), Ids{"1"});
  const auto settled = back(
      ann,
      {{JobId{"1"}, deliveries.at(0).lease, Holding::waiting}, {JobId{"2"}, deliveries.at(1).lease, Holding::waiting}},
      true, t0 + 13s);
  EXPECT_EQ(settled.drop, std::vector{deliveries.at(0).lease});
  EXPECT_EQ(settled.keep, std::vector{deliveries.at(1).lease});
  EXPECT_EQ(queue.view(JobId{"2"})->agent, ann);
}

TEST_F(Reconnecting, UnknownJobsAndOtherAgentsLeasesAreDropped) {
  queue.enqueue(job("1", add("g", {"u"})));
  const auto delivery = lease_one(ann, t0);
  const auto settled = back(
      bob, {{JobId{"1"}, delivery.lease, Holding::sent}, {JobId{"9"}, Fence{6, 1}, Holding::sent}}, false, t0 + 1s);
  EXPECT_TRUE(settled.keep.empty());
  EXPECT_EQ(settled.drop.size(), 2u);
  EXPECT_EQ(queue.view(JobId{"1"})->agent, ann);
}

TEST_F(Reconnecting, TheLeasesOfAnAgentThatIsGoneLapseNow) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", add("h", {"u"}), t0 + 1min));
  queue.lease(ann, directory, 2, t0);
  queue.expire(t0 + 10s);
  queue.agent_gone(ann, t0 + 11s);
  EXPECT_EQ(state("1"), JobState::reconciling);
  EXPECT_EQ(state("2"), JobState::queued);
  EXPECT_EQ(lease_ids(bob, t0 + 11s), (Ids{"1", "2"}));
}

class Restarted : public Reconnecting {
 protected:
  // Leases given before the hub was restarted.
  const Fence before{6, 41};
  const Fence later{6, 42};
  void recover(const std::string& id, const std::string& group, TimePoint deadline = t0 + 1min) {
    queue.recover(job(id, add(group, {id}), deadline), t0 + 30s);
  }
};

TEST_F(Restarted, AnOpenJobIsNeitherLeasedNorCalledNotStartedUntilItIsSettled) {
  recover("1", "g", t0 + 10s);
  queue.enqueue(job("2", add("g", {"u"}), t0 + 1min));
  EXPECT_EQ(lease_ids(ann, t0), Ids{});
  const auto now = queue.expire(t0 + 10s);
  EXPECT_EQ(closed(now), "");
  EXPECT_EQ(now.due, std::vector{JobId{"1"}});
  EXPECT_EQ(lease_ids(ann, t0 + 29s), Ids{}) << "and its group waits: who holds it may be at it";
  EXPECT_TRUE(queue.has_work(ann, directory, t0 + 30s));
  const auto deliveries = queue.lease(ann, directory, 9, t0 + 30s);
  ASSERT_EQ(deliveries.size(), 2u);
  EXPECT_TRUE(deliveries.at(0).reconcile);
  EXPECT_FALSE(deliveries.at(1).reconcile);
}

TEST_F(Restarted, WhatAnAgentHoldsIsAdoptedUnderItsOldFence) {
  recover("1", "g");
  const auto settled = back(ann, {{JobId{"1"}, before, Holding::sent}}, true, t0 + 1s);
  EXPECT_EQ(settled.keep, std::vector{before});
  EXPECT_EQ(queue.view(JobId{"1"})->lease, before);
  EXPECT_EQ(queue.report(ann, JobId{"1"}, before, true, all(Verdict::applied), t0 + 2s, step), AckStatus::accepted);
  EXPECT_EQ(closed(), "1:applied");
}

TEST_F(Restarted, AReportOfAnEarlierEpochIsAdoptedWhileNobodyWasGivenTheJobSince) {
  recover("1", "g");
  recover("2", "h");
  back(ann, {}, true, t0);
  EXPECT_EQ(queue.report(ann, JobId{"1"}, before, true, all(Verdict::refused), t0 + 1s, step), AckStatus::accepted);
  EXPECT_EQ(closed(), "1:refused");
  queue.expire(t0 + 30s);
  ASSERT_EQ(lease_ids(bob, t0 + 30s), Ids{"2"});
  EXPECT_NE(queue.report(ann, JobId{"2"}, later, true, all(Verdict::refused), t0 + 31s, step), AckStatus::accepted);
  EXPECT_TRUE(queue.view(JobId{"2"}));
}

TEST_F(Restarted, NoWordYetUnderAnOldFenceKeepsTheJobWithItsAgent) {
  recover("1", "g");
  back(ann, {}, true, t0);
  EXPECT_EQ(queue.report(ann, JobId{"1"}, before, false, all(Verdict::unknown), t0 + 29s, step), AckStatus::accepted);
  queue.expire(t0 + 40s);
  EXPECT_EQ(queue.view(JobId{"1"})->agent, ann);
  EXPECT_EQ(state("1"), JobState::reconciling);
}

TEST_F(Restarted, AnAgentOfAnotherDirectoryAdoptsNothing) {
  recover("1", "g");
  queue.reconnect(bob, DirectoryId{"0oaOther"}, {{JobId{"1"}, before, Holding::sent}}, true, t0, step);
  EXPECT_EQ(queue.report(bob, JobId{"1"}, before, true, all(Verdict::refused), t0, step), AckStatus::stale);
  EXPECT_TRUE(queue.view(JobId{"1"}));
}

TEST_F(Restarted, OfTwoAgentsThatClaimAJobTheLaterLeaseIsRight) {
  recover("1", "g");
  back(ann, {{JobId{"1"}, before, Holding::sent}}, true, t0);
  back(bob, {}, true, t0);
  EXPECT_EQ(queue.report(bob, JobId{"1"}, later, true, all(Verdict::applied), t0 + 1s, step), AckStatus::accepted);
  EXPECT_EQ(queue.report(ann, JobId{"1"}, before, true, all(Verdict::refused), t0 + 2s, step), AckStatus::late);
  EXPECT_EQ(closed(), "1:applied");
}

TEST_F(Restarted, AGroupIsNotAdoptedByTwoAgents) {
  recover("1", "g");
  recover("2", "g");
  EXPECT_EQ(back(ann, {{JobId{"1"}, before, Holding::sent}}, true, t0).keep.size(), 1u);
  EXPECT_EQ(back(bob, {{JobId{"2"}, later, Holding::sent}}, true, t0).drop.size(), 1u);
  EXPECT_EQ(queue.report(bob, JobId{"2"}, later, true, all(Verdict::applied), t0 + 1s, step), AckStatus::accepted)
      << "what was sent is reported all the same";
}

TEST_F(Restarted, NotSentUnderAnOldFenceIsNotProofThatNobodyElseSentIt) {
  recover("1", "g", t0 + 5s);
  back(ann, {{JobId{"1"}, before, Holding::waiting}}, true, t0);
  queue.expire(t0 + 5s);
  queue.report(ann, JobId{"1"}, before, true, all(Verdict::not_sent), t0 + 6s, step);
  EXPECT_EQ(closed(), "");
  EXPECT_EQ(state("1"), JobState::reconciling);
}

TEST_F(Restarted, OnceEveryAgentHasSpokenTheRestIsReleased) {
  recover("1", "g");
  recover("2", "h");
  recover("3", "i", t0 + 1s);
  back(ann, {{JobId{"1"}, before, Holding::sent}}, true, t0);
  queue.expire(t0 + 1s);
  queue.release_recovered(directory, false, t0 + 2s, step);
  EXPECT_EQ(closed(), "3:not_started") << "every agent is the process it was, and none has it";
  const auto delivery = lease_one(ann, t0 + 2s);
  EXPECT_EQ(delivery.job->id.str(), "2");
  EXPECT_FALSE(delivery.reconcile);
}

TEST_F(Restarted, ReleasedByARestartedAgentItIsReadFirst) {
  recover("1", "g");
  queue.release_recovered(directory, true, t0, step);
  EXPECT_TRUE(lease_one(ann, t0).reconcile);
}

}  // namespace dirbridge::queue::test
