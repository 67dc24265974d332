// One change held by several.
#include "proto/shared_change.hpp"

#include <gtest/gtest.h>

#include "proto/json_codec.hpp"

namespace dirbridge::proto {
namespace {

MembershipChange some_change() {
  return {{"00g1", "cn=g,dc=x", "g-1"}, Action::remove, "member", {{"00u1", "uid=ann,dc=x", "u-1"}}};
}

TEST(SharedChange, ItsTextIsThatOfTheChange) {
  const SharedChange shared{some_change()};
  EXPECT_EQ(shared.text(), dump(to_json_value(some_change())));
  EXPECT_EQ(&shared.text(), &SharedChange{shared}.text()) << "written once";
}

TEST(SharedChange, WhatOthersHoldIsNotTakenFromThem) {
  SharedChange one{some_change()};
  const SharedChange other = one;
  EXPECT_EQ(std::move(one).take(), some_change());
  EXPECT_EQ(*other, some_change());
  EXPECT_EQ(other, SharedChange{some_change()});
}

TEST(SharedChange, TheLastWhoHoldsItGetsItWithoutACopy) {
  SharedChange one{some_change()};
  const auto* members = one->members.data();
  EXPECT_EQ(std::move(one).take().members.data(), members);
}

TEST(SharedChange, OneOfNothingIsEmpty) {
  EXPECT_EQ(*SharedChange{}, MembershipChange{});
  EXPECT_EQ(SharedChange{}.take(), MembershipChange{});
}

}  // namespace
}  // namespace dirbridge::proto
