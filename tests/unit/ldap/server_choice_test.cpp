#include "ldap/server_choice.hpp"

#include <gtest/gtest.h>

namespace dirbridge::ldap {
namespace {

using Order = std::vector<std::size_t>;
const TimePoint t0{std::chrono::hours{1}};

TEST(ServerChoice, WithoutPrioritiesTheOrderOfTheListHolds) {
  const ServerChoice choice{3, {}};
  EXPECT_EQ(choice.current(), 0u);
  EXPECT_EQ(choice.order(t0), (Order{0, 1, 2}));
}

TEST(ServerChoice, TheSmallestPriorityIsTriedFirst) {
  const ServerChoice choice{3, {.priorities = {20, 10, 20}}};
  EXPECT_EQ(choice.current(), 1u);
  EXPECT_EQ(choice.order(t0), (Order{1, 0, 2}));
}

TEST(ServerChoice, OneThatIsAwayIsTriedLastUntilItsTimeHasCome) {
  ServerChoice choice{3, {.return_after = 60s}};
  choice.is_away(0, "refused", t0);
  EXPECT_EQ(choice.order(t0 + 59s), (Order{1, 2, 0}));
  EXPECT_EQ(choice.order(t0 + 60s), (Order{0, 1, 2}));
}

TEST(ServerChoice, TheBetterServerIsTriedAgainOnlyAfterAWhileAndKeptAwayIfItFailsAgain) {
  ServerChoice choice{2, {.return_after = 60s}};
  choice.is_away(0, "refused", t0);
  EXPECT_TRUE(choice.serves(1, t0));
  EXPECT_EQ(choice.better(t0 + 59s), std::nullopt);
  EXPECT_EQ(choice.better(t0 + 60s), 0u);
  choice.is_away(0, "still refused", t0 + 60s);
  EXPECT_EQ(choice.better(t0 + 119s), std::nullopt);
  ASSERT_EQ(choice.passed_over().size(), 1u);
  EXPECT_EQ(choice.passed_over()[0].why, "still refused");
  EXPECT_TRUE(choice.serves(0, t0 + 119s));
  EXPECT_TRUE(choice.passed_over().empty());
}

TEST(ServerChoice, EqualServersAreNotChangedForEachOther) {
  ServerChoice choice{2, {.priorities = {1, 1}, .return_after = 60s}};
  choice.is_away(0, "refused", t0);
  choice.serves(1, t0);
  EXPECT_EQ(choice.better(t0 + 600s), std::nullopt);
  EXPECT_EQ(choice.order(t0 + 600s), (Order{1, 0}));
}

TEST(ServerChoice, ACopyGivesWayToOneThatMayTakeWrites) {
  ServerChoice choice{2, {.return_after = 60s}};
  EXPECT_TRUE(choice.is_read_only(0, "referral", t0));
  EXPECT_EQ(choice.current(), 1u);
  EXPECT_EQ(choice.better(t0 + 60s), 0u);
}

TEST(ServerChoice, ACopyIsNotToldOfAnyLongerWhenItIsBackAndMayHaveBecomeAPrimary) {
  ServerChoice choice{2, {.return_after = 60s}};
  choice.is_read_only(0, "referral", t0);
  choice.is_away(1, "refused", t0 + 1s);
  EXPECT_TRUE(choice.serves(0, t0 + 2s));
  EXPECT_EQ(choice.passed_over().size(), 1u) << "it was asked a moment ago";
  choice.serves(1, t0 + 3s);
  EXPECT_TRUE(choice.serves(0, t0 + 60s));
  EXPECT_TRUE(choice.passed_over().empty());
}

TEST(ServerChoice, WhenAllAreCopiesOrAwayTheOneInUseStays) {
  ServerChoice choice{3, {.return_after = 60s}};
  choice.is_away(2, "refused", t0);
  EXPECT_TRUE(choice.is_read_only(0, "referral", t0));
  EXPECT_FALSE(choice.is_read_only(1, "referral", t0 + 1s));
  EXPECT_EQ(choice.current(), 1u);
  // Better a copy that serves reads than nothing.
  EXPECT_EQ(choice.order(t0 + 1s), (Order{0, 1, 2}));
}

TEST(ServerChoice, TheOneInUseIsToldOfWhenItTakesNoChanges) {
  ServerChoice choice{1, {}};
  EXPECT_FALSE(choice.is_read_only(0, "it refers to ldap://primary", t0));
  ASSERT_EQ(choice.passed_over().size(), 1u);
  EXPECT_TRUE(choice.passed_over().front().read_only);
  EXPECT_EQ(choice.passed_over().front().why, "it refers to ldap://primary");
  choice.takes_changes(0);
  EXPECT_TRUE(choice.passed_over().empty());
}

TEST(ServerChoice, EveryServerThatFailedIsNamedWhateverItsPriority) {
  ServerChoice choice{3, {}};
  choice.is_away(2, "refused", t0);
  EXPECT_TRUE(choice.passed_over().empty());
  ASSERT_EQ(choice.failing().size(), 1u);
  EXPECT_EQ(choice.failing().front().server, 2u);
}

TEST(ServerChoice, AnotherServerIsUsableOnlyWhenTheLastWriteHadTimeToReachIt) {
  ServerChoice choice{2, {.replica_lag = 2s}};
  EXPECT_LE(choice.usable_from(1), t0);
  choice.wrote(0, t0);
  EXPECT_LE(choice.usable_from(0), t0);
  EXPECT_EQ(choice.usable_from(1), t0 + 2s);
}

}  // namespace
}  // namespace dirbridge::ldap
