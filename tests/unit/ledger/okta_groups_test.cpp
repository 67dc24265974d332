// Okta's own groups: what their records do, beside the groups of directories, and after a replay.
#include <SQLiteCpp/Database.h>

#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class OktaGroups : public LedgerTest {
 protected:
  void SetUp() override {
    open_with_directory();
    append(OktaGroupCreated{own, "Own", "ours"});
  }
  std::vector<std::string> members() {
    std::vector<std::string> keys;
    for (const auto& member : views->members(own, {"", 10})) keys.push_back(member.key);
    return keys;
  }
  const GroupId own{"00gOwn"};
};

TEST_F(OktaGroups, OneIsFoundByIdAndAmongAllGroupsButInNoDirectory) {
  const auto row = views->group(own);
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->directory.empty());
  EXPECT_EQ(row->group.name, "Own");
  EXPECT_EQ(row->group.description, "ours");
  EXPECT_EQ(row->created, t0);
  EXPECT_FALSE(views->group(directory, own));
  EXPECT_EQ(views->groups({}, "oW", {"", 10}).size(), 1u);
  EXPECT_TRUE(views->groups(directory, "ow", {"", 10}).empty());
  EXPECT_TRUE(views->groups({}, "", {own.str(), 10}).empty()) << "nothing is behind it";
}

TEST_F(OktaGroups, ANameIsTakenOnceWhateverItsCase) {
  EXPECT_EQ(try_append(OktaGroupCreated{GroupId{"00gTwo"}, "OWN", ""}).error().code, errc::conflict);
  append(OktaGroupCreated{GroupId{"00gTwo"}, "Two", ""});
  EXPECT_EQ(try_append(OktaGroupChanged{GroupId{"00gTwo"}, "own", ""}).error().code, errc::conflict);
  append(OktaGroupChanged{own, "OWN", "renamed to itself"});
  EXPECT_EQ(views->group(own)->group.name, "OWN");
}

TEST_F(OktaGroups, MembersComeAndGoOnceAndOnlyAChangeIsDated) {
  append(OktaMembershipChanged{own, user_id("ann"), true}, t0 + 1s);
  append(OktaMembershipChanged{own, user_id("ann"), true}, t0 + 2s);
  EXPECT_EQ(members(), std::vector<std::string>{"00uann"});
  EXPECT_EQ(views->group(own)->members, 1u);
  EXPECT_EQ(views->group(own)->membership_updated, t0 + 1s);
  EXPECT_EQ(views->group(own)->updated, t0);
  append(OktaMembershipChanged{own, user_id("ann"), false}, t0 + 3s);
  append(OktaMembershipChanged{own, user_id("ann"), false}, t0 + 4s);
  EXPECT_TRUE(members().empty());
  EXPECT_EQ(views->group(own)->members, 0u);
  EXPECT_EQ(views->group(own)->membership_updated, t0 + 3s);
}

TEST_F(OktaGroups, AnImportedUserIsShownAsMemberAndHasGroupsOfBothKinds) {
  append(OktaMembershipChanged{own, user_id("ann"), true});
  EXPECT_FALSE(views->members(own, {"", 10}).at(0).user) << "not imported yet";
  import("imp1", {"ann"}, {{ "g", { "ann" } }});
  EXPECT_EQ(views->members(own, {"", 10}).at(0).user->user.login, "ann");
  std::vector<std::string> groups;
  for (const auto& group : views->groups_of(user_id("ann"))) groups.push_back(group.id.str());
  EXPECT_EQ(groups, (std::vector<std::string>{"00gOwn", "00gg"}));
  EXPECT_EQ(views->groups({}, "", {"", 10}).size(), 2u);
  EXPECT_EQ(views->groups({}, "", {"00gOwn", 10}).size(), 1u);
}

TEST_F(OktaGroups, ADeletedGroupIsGoneWithItsMembersAndItsNameIsFree) {
  append(OktaMembershipChanged{own, user_id("ann"), true});
  append(OktaGroupDeleted{own});
  EXPECT_FALSE(views->group(own));
  EXPECT_TRUE(views->groups_of(user_id("ann")).empty());
  EXPECT_EQ(try_append(OktaGroupDeleted{own}).error().code, errc::conflict);
  EXPECT_EQ(try_append(OktaGroupChanged{own, "x", ""}).error().code, errc::conflict);
  EXPECT_EQ(try_append(OktaMembershipChanged{own, user_id("ann"), true}).error().code, errc::conflict);
  append(OktaGroupCreated{GroupId{"00gNew"}, "own", ""});
  EXPECT_TRUE(views->members(GroupId{"00gNew"}, {"", 10}).empty());
}

TEST_F(OktaGroups, AReplayGivesTheSameGroupsAndMembers) {
  append(OktaMembershipChanged{own, user_id("ann"), true});
  append(OktaMembershipChanged{own, user_id("bob"), true});
  append(OktaMembershipChanged{own, user_id("bob"), false});
  append(OktaGroupChanged{own, "Other", ""});
  append(OktaGroupCreated{GroupId{"00gTwo"}, "Two", ""});
  append(OktaGroupDeleted{GroupId{"00gTwo"}});
  expect_views_equal_a_replay();
}

TEST_F(OktaGroups, VerificationSeesAMemberThatNoRecordMade) {
  views.reset();
  ledger.reset();
  {
    SQLite::Database file{settings.path, SQLite::OPEN_READWRITE};
    file.exec("INSERT INTO okta_members(group_id, user_id) VALUES('00gOwn', '00uEve')");
  }
  const auto found = verify_sqlite_ledger(settings.path);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->differences.size(), 1u);
  EXPECT_EQ(found->differences[0], "okta_members 00gOwn 00uEve: stored, but no record says so");
}

}  // namespace dirbridge::ledger::test
