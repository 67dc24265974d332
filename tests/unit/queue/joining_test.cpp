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
  auto other = add("g", {"u", "v"});
  other->attribute = "uniqueMember";
  EXPECT_EQ(joins(*other), "");
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

TEST_F(Joining, AJobThatIsBeingReconciledIsJoinedAClosedOneIsNot) {
  queue.enqueue(job("1", add("g", {"u"})));
  const auto delivery = lease_one(ann, t0);
  queue.expire(t0 + 10s);
  EXPECT_EQ(joins(*add("g", {"u"})), "1");
  queue.expire(t0 + 12s);
  EXPECT_EQ(joins(*add("g", {"u"})), "1");
  report(ann, delivery, all(Verdict::not_sent), t0 + 13s);
  EXPECT_EQ(closed(), "1:cancelled");
  EXPECT_EQ(joins(*add("g", {"u"})), "") << "the retry is a new job";
}

}  // namespace dirbridge::queue::test
