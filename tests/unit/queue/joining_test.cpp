// Rule 6: which open job an equal change joins.
#include "unit/queue/fixture.hpp"

namespace dirbridge::queue::test {

class Joining : public QueueTest {
 protected:
  std::string joins(const proto::MembershipChange& what, const std::string& principal = "00Tprincipal") {
    const auto found = queue.find_joinable(directory, principal, what);
    return found ? found->str() : "";
  }
};

TEST_F(Joining, AnEqualChangeJoinsWhateverTheOrderOfItsMembers) {
  queue.enqueue(job("1", add("g", {"u", "v"})));
  EXPECT_EQ(joins(*add("g", {"v", "u"})), "1");
}

TEST_F(Joining, AnythingThatDiffersDoesNotJoin) {
  queue.enqueue(job("1", add("g", {"u", "v"})));
  EXPECT_EQ(joins(*add("g", {"u"})), "");
  EXPECT_EQ(joins(*add("h", {"u", "v"})), "");
  EXPECT_EQ(joins(*remove("g", {"u", "v"})), "");
  EXPECT_EQ(joins(*add("g", {"u", "v"}), "00Tother"), "");
  EXPECT_EQ(queue.find_joinable(DirectoryId{"0oaOther"}, "00Tprincipal", *add("g", {"u", "v"})), std::nullopt);
  auto other = *add("g", {"u", "v"});
  other.attribute = "uniqueMember";
  EXPECT_EQ(joins(other), "");
}

TEST_F(Joining, ALaterContradictingChangeForbidsIt) {
  queue.enqueue(job("1", add("g", {"u"})));
  queue.enqueue(job("2", remove("g", {"v"})));
  EXPECT_EQ(joins(*add("g", {"u"})), "1");
  queue.enqueue(job("3", remove("g", {"w", "u"})));
  EXPECT_EQ(joins(*add("g", {"u"})), "") << "it wants u back after 3 has removed it";
  queue.enqueue(job("4", add("g", {"u"})));
  EXPECT_EQ(joins(*add("g", {"u"})), "4");
}

TEST_F(Joining, AnotherPrincipalsContradictionCountsToo) {
  queue.enqueue(job("1", add("g", {"u"})));
  auto opposite = job("2", remove("g", {"u"}));
  opposite.principal = "00Tother";
  queue.enqueue(opposite);
  EXPECT_EQ(joins(*add("g", {"u"})), "");
}

TEST_F(Joining, AJobInDoubtIsJoinedBeforeItsDeadline) {
  queue.enqueue(job("1", add("g", {"u"}), t0 + 15s));
  const auto delivery = lease_one(ann, t0);
  report(ann, delivery, all(Verdict::unknown), t0 + 1s, false);
  EXPECT_EQ(state("1"), JobState::reconciling);
  EXPECT_EQ(joins(*add("g", {"u"})), "1");
  queue.expire(t0 + 13s);
  EXPECT_EQ(joins(*add("g", {"u"})), "1") << "its lease has lapsed";
  report(ann, delivery, all(Verdict::applied), t0 + 14s);
  EXPECT_EQ(closed(), "1:applied");
  EXPECT_EQ(joins(*add("g", {"u"})), "");
}

TEST_F(Joining, AJobPastItsDeadlineIsNotJoinedBecauseNobodyWillExecuteIt) {
  queue.enqueue(job("1", add("g", {"u"})));
  lease_one(ann, t0);
  queue.expire(t0 + 10s);
  EXPECT_EQ(state("1"), JobState::overdue);
  EXPECT_EQ(joins(*add("g", {"u"})), "");
  queue.expire(t0 + 12s);
  EXPECT_EQ(state("1"), JobState::reconciling);
  EXPECT_EQ(joins(*add("g", {"u"})), "");
}

TEST_F(Joining, ARetryBehindAJobPastItsDeadlineIsJoinedItself) {
  queue.enqueue(job("1", add("g", {"u"})));
  lease_one(ann, t0);
  queue.expire(t0 + 10s);
  queue.enqueue(job("2", add("g", {"u"}), t0 + 20s));
  EXPECT_EQ(joins(*add("g", {"u"})), "2");
}

TEST_F(Joining, ARetryAfterA504IsExecutedOnceTheAgentIsBackAndTheLateWordIsOfTheOlderJobAlone) {
  queue.enqueue(job("1", add("g", {"u"})));
  const auto late = lease_one(ann, t0);
  queue.expire(t0 + 10s);  // the agent is frozen: no report
  ASSERT_EQ(joins(*add("g", {"u"})), "");
  queue.enqueue(job("2", add("g", {"u"}), t0 + 20s));
  const auto retry = lease_one(ann, t0 + 10s);
  EXPECT_EQ(retry.job->id, JobId{"2"});
  EXPECT_FALSE(retry.reconcile);
  report(ann, late, all(Verdict::not_sent), t0 + 11s);
  EXPECT_EQ(closed(), "1:cancelled");
  report(ann, retry, all(Verdict::applied), t0 + 12s);
  EXPECT_EQ(closed(), "1:cancelled 2:applied");
}

TEST_F(Joining, ARetryWaitsForTheSettlingOfWhatMayHaveRunAndIsThenHandedOut) {
  queue.enqueue(job("1", add("g", {"u"})));
  lease_one(ann, t0);
  queue.expire(t0 + 10s);
  queue.enqueue(job("2", add("g", {"u"}), t0 + 40s));
  queue.expire(t0 + 12s);  // the lease of 1 lapses: somebody else is to read what became of it
  const auto settling = lease_one(bob, t0 + 12s);
  EXPECT_EQ(settling.job->id, JobId{"1"});
  EXPECT_TRUE(settling.reconcile);
  EXPECT_EQ(lease_ids(ann, t0 + 12s), Ids{}) << "one agent has the group";
  const auto retry = lease_one(bob, t0 + 12s);
  EXPECT_EQ(retry.job->id, JobId{"2"});
  report(bob, settling, all(Verdict::unknown), t0 + 13s);
  report(bob, retry, all(Verdict::already), t0 + 14s);
  EXPECT_EQ(closed(), "2:applied");
  const auto again = lease_one(bob, t0 + 15s);
  EXPECT_EQ(again.job->id, JobId{"1"});
  report(bob, again, all(Verdict::not_sent, Evidence::read_back), t0 + 16s);
  EXPECT_EQ(closed(), "2:applied 1:cancelled");
}

}  // namespace dirbridge::queue::test
