#include "proto/membership_change.hpp"

#include <gtest/gtest.h>

namespace dirbridge::proto {
namespace {

MembershipChange change(Action action, std::vector<std::string> users, std::string group = "00g1",
                        std::string attribute = "member") {
  MembershipChange made{{std::move(group), "cn=g", "g-1"}, action, std::move(attribute), {}};
  for (auto& user : users) made.members.push_back({user, "uid=" + user, "s-" + user});
  return made;
}

TEST(MembershipChange, EqualMeansTheSameSetWhateverTheOrder) {
  const auto a = change(Action::add, {"u1", "u2", "u3"});
  EXPECT_TRUE(is_equal_change(a, change(Action::add, {"u3", "u1", "u2"})));
  EXPECT_TRUE(is_equal_change(a, change(Action::add, {"u3", "u1", "u2"}, "00g1", "MEMBER")));
  EXPECT_FALSE(is_equal_change(a, change(Action::add, {"u1", "u2"})));
  EXPECT_FALSE(is_equal_change(a, change(Action::add, {"u1", "u2", "u4"})));
  EXPECT_FALSE(is_equal_change(a, change(Action::remove, {"u1", "u2", "u3"})));
  EXPECT_FALSE(is_equal_change(a, change(Action::add, {"u1", "u2", "u3"}, "00g2")));
  EXPECT_FALSE(is_equal_change(a, change(Action::add, {"u1", "u2", "u3"}, "00g1", "uniqueMember")));
}

TEST(MembershipChange, OneUserEqualsOnlyItself) {
  EXPECT_TRUE(is_equal_change(change(Action::add, {"u1"}), change(Action::add, {"u1"})));
  EXPECT_FALSE(is_equal_change(change(Action::add, {"u1"}), change(Action::add, {"u2"})));
  EXPECT_FALSE(is_equal_change(change(Action::add, {"u1"}), change(Action::add, {"u1", "u2"})));
}

TEST(MembershipChange, ARenameOfTheGroupOrAUserDoesNotMakeItAnotherChange) {
  auto renamed = change(Action::add, {"u1", "u2"});
  renamed.group.dn = "cn=other";
  renamed.members[0].dn = "uid=other";
  EXPECT_TRUE(is_equal_change(change(Action::add, {"u1", "u2"}), renamed));
}

TEST(MembershipChange, OppositeActionsOnASharedMemberContradict) {
  const auto add = change(Action::add, {"u1", "u2", "u3"});
  EXPECT_TRUE(contradicts(add, change(Action::remove, {"u3"})));
  EXPECT_TRUE(contradicts(change(Action::remove, {"u3"}), add));
  EXPECT_TRUE(contradicts(add, change(Action::remove, {"u9", "u2"})));
  EXPECT_TRUE(contradicts(add, change(Action::remove, {"u9", "u2"}, "00g1", "Member")));
  EXPECT_FALSE(contradicts(add, change(Action::remove, {"u9", "u8"})));
  EXPECT_FALSE(contradicts(add, change(Action::remove, {"u9"})));
  EXPECT_FALSE(contradicts(add, change(Action::add, {"u3"})));
  EXPECT_FALSE(contradicts(add, change(Action::remove, {"u3"}, "00g2")));
  EXPECT_FALSE(contradicts(add, change(Action::remove, {"u3"}, "00g1", "uniqueMember")));
}

}  // namespace
}  // namespace dirbridge::proto
