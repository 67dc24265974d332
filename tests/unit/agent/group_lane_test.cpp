#include "agent/group_lane.hpp"

#include <gtest/gtest.h>

#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;

std::vector<std::uint64_t> numbers(const std::vector<JobPtr>& jobs) {
  std::vector<std::uint64_t> result;
  for (const auto& job : jobs) result.push_back(job->lease.counter);
  return result;
}
using Numbers = std::vector<std::uint64_t>;

struct GroupLaneTest : testing::Test {
  GroupLane lane{{.max_values = 4, .max_bytes = 1000}};
  void push(std::initializer_list<JobPtr> jobs) {
    for (const auto& job : jobs) lane.push(job);
  }
  std::vector<JobPtr> batch(TimePoint now = t0) { return lane.take_batch(now); }
};

TEST_F(GroupLaneTest, WaitingJobsThatDoNotContradictGoTogetherInOrder) {
  push({add(1, {"a"}), remove(2, {"b"}), add(3, {"c"})});
  EXPECT_EQ(numbers(batch()), (Numbers{1, 2, 3}));
}

TEST_F(GroupLaneTest, AContradictionEndsTheRunAndKeepsItsPlace) {
  push({add(1, {"a"}), remove(2, {"a"}), add(3, {"b"})});
  EXPECT_EQ(numbers(batch()), (Numbers{1})) << "3 must not overtake 2";
  lane.reopen();
  EXPECT_EQ(numbers(batch()), (Numbers{2, 3}));
}

TEST_F(GroupLaneTest, SpellingDoesNotHideAContradiction) {
  push({add(1, {"a"}), remove(2, {"UID=A, OU=people,dc=Example,dc=org"})});
  EXPECT_EQ(numbers(batch()), (Numbers{1}));
}

TEST_F(GroupLaneTest, TheSameValueAddedTwiceIsNoContradictionAndCountsOnce) {
  push({add(1, {"a", "b", "c", "d"}), add(2, {"a", "b", "c", "d"})});
  EXPECT_EQ(numbers(batch()), (Numbers{1, 2}));
}

TEST_F(GroupLaneTest, ItIsShutWhileABatchIsUnderWay) {
  push({add(1, {"a"})});
  EXPECT_EQ(batch().size(), 1u);
  push({add(2, {"b"})});
  EXPECT_TRUE(lane.is_shut());
  EXPECT_TRUE(batch().empty());
  lane.reopen();
  EXPECT_EQ(numbers(batch()), (Numbers{2}));
}

TEST_F(GroupLaneTest, ABatchStopsAtTheLimitOfValues) {
  push({add(1, {"a", "b"}), add(2, {"c", "d"}), add(3, {"e"})});
  EXPECT_EQ(numbers(batch()), (Numbers{1, 2}));
}

TEST_F(GroupLaneTest, ABatchStopsAtTheLimitOfBytes) {
  GroupLane narrow{{.max_values = 100, .max_bytes = 100}};
  for (std::uint64_t i = 1; i <= 5; ++i) narrow.push(add(i, {"user" + std::to_string(i)}));
  EXPECT_EQ(numbers(narrow.take_batch(t0)), (Numbers{1, 2}));
}

TEST_F(GroupLaneTest, AJobOverTheLimitsGoesAlone) {
  push({add(1, {"a", "b", "c", "d", "e", "f"}), add(2, {"g"})});
  EXPECT_EQ(numbers(batch()), (Numbers{1}));
}

TEST_F(GroupLaneTest, DifferentAttributesAndNamesOfTheGroupDoNotMix) {
  push({add(1, {"a"}), add(2, {"b"}, {.attribute = "uniqueMember"}), add(3, {"c"}, {.attribute = "UNIQUEMEMBER"}),
        add(4, {"d"}, {.group = "renamed", .attribute = "uniqueMember"})});
  EXPECT_EQ(numbers(batch()), (Numbers{1}));
  lane.reopen();
  EXPECT_EQ(numbers(batch()), (Numbers{2, 3}));
  lane.reopen();
  EXPECT_EQ(numbers(batch()), (Numbers{4}));
}

TEST_F(GroupLaneTest, TheDeadAreTakenOutAndNeverGoIntoABatch) {
  const auto late = add(1, {"a"}, {.remaining = 1s});
  const auto lapsed = add(2, {"b"}, {.lease = 1s});
  const auto cancelled = add(3, {"c"});
  const auto well = add(4, {"d"});
  push({late, lapsed, cancelled, well});
  cancelled->cancelled = true;
  EXPECT_EQ(lane.next_wake(), t0 + 750ms);
  EXPECT_TRUE(batch(t0 + 2s).empty()) << "not even when nobody asked for the dead";
  EXPECT_EQ(numbers(lane.take_dead(t0 + 2s)), (Numbers{1, 2, 3}));
  EXPECT_EQ(numbers(batch(t0 + 2s)), (Numbers{4}));
}

TEST_F(GroupLaneTest, AJobToBeReconciledGoesAloneAndEvenPastItsDeadline) {
  push({add(1, {"a"}), add(2, {"b"}, {.remaining = 0ms, .reconcile = true}), add(3, {"c"})});
  EXPECT_TRUE(lane.take_dead(t0 + 1s).empty());
  EXPECT_EQ(numbers(batch()), (Numbers{1}));
  lane.reopen();
  EXPECT_EQ(numbers(batch()), (Numbers{2}));
  lane.reopen();
  EXPECT_EQ(numbers(batch()), (Numbers{3}));
}

TEST_F(GroupLaneTest, WhatContradictsAHoldWaitsForItsEndAndEqualChangesDoNot) {
  lane.hold({add(1, {"a"})}, t0 + 5s);
  push({add(2, {"a"}), remove(3, {"b"}), remove(4, {"a"}), add(5, {"c"})});
  EXPECT_EQ(numbers(batch()), (Numbers{2, 3}));
  lane.reopen();
  EXPECT_TRUE(batch(t0 + 4'999ms).empty());
  EXPECT_EQ(lane.next_wake(), t0 + 5s);
  EXPECT_EQ(numbers(batch(t0 + 5s)), (Numbers{4, 5}));
}

TEST_F(GroupLaneTest, ALaneWithAHoldIsNotForgotten) {
  EXPECT_TRUE(lane.is_idle(t0));
  lane.hold({add(1, {"a"})}, t0 + 5s);
  EXPECT_FALSE(lane.is_idle(t0));
  EXPECT_TRUE(lane.is_idle(t0 + 5s));
}

TEST_F(GroupLaneTest, AWaitingJobCanBeDropped) {
  push({add(1, {"a"}), add(2, {"b"})});
  EXPECT_TRUE(lane.drop({1, 1}));
  EXPECT_FALSE(lane.drop({1, 1}));
  EXPECT_EQ(numbers(batch()), (Numbers{2}));
}

TEST_F(GroupLaneTest, NamesThatCannotBeParsedDoNotContradictEachOther) {
  push({add(1, {"=x="}), remove(2, {"=y="})});
  EXPECT_EQ(numbers(batch()), (Numbers{1, 2}));
}

}  // namespace
}  // namespace dirbridge::agent
