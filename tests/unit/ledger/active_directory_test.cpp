// What an import says of Active Directory, in the views, and files from before it did.
#include <SQLiteCpp/Database.h>

#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class Windows : public LedgerTest {
 protected:
  static proto::ImportedUser windows_user(const std::string& name) {
    auto made = user(name);
    made.sam_account_name = name;
    made.upn = name + "@example.org";
    made.object_sid = "S-1-5-21-1-2-3-1104";
    return made;
  }
  static proto::ImportedGroup windows_group(const std::string& name, const std::vector<std::string>& members) {
    auto made = group(name, members);
    made.sam_account_name = "sam-" + name;
    made.object_sid = "S-1-5-21-1-2-3-1177";
    made.domain = "CORP";
    made.type = proto::GroupType::security;
    made.scope = proto::GroupScope::universal;
    return made;
  }
  // ann in the group g, with what only Active Directory has.
  void import_windows(const std::string& id, WallTime at, const std::string& kind = "AD") {
    append(ImportStarted{ImportId{id}, agent, ""}, at);
    ImportStaged batch{ImportId{id}};
    batch.users.emplace_back(user_id("ann"), windows_user("ann"));
    batch.groups.emplace_back(group_id("g"), windows_group("g", {"ann"}));
    append(batch, at);
    append(ImportApplied{ImportId{id}, 1, 1, kind}, at);
  }
  void expect_windows() {
    const auto ann = views->user(user_id("ann"));
    ASSERT_TRUE(ann);
    EXPECT_EQ(ann->user, windows_user("ann"));
    auto wanted = windows_group("g", {});
    EXPECT_EQ(views->group(group_id("g"))->group, wanted);
    EXPECT_EQ(views->groups_of(user_id("ann")).front().group, wanted);
    EXPECT_EQ(views->groups(directory, "g", {"", 10}).front().group, wanted);
    EXPECT_EQ(views->members(group_id("g"), {"", 10}).front().user->user, windows_user("ann"));
    for (const auto& row : {*views->group(group_id("g")), views->groups_of(user_id("ann")).front(),
                            views->groups(directory, "", {"", 10}).front(), views->groups({}, "g", {"", 10}).front()})
      EXPECT_EQ(row.kind, "AD");
  }
};

TEST_F(Windows, AnImportSaysWhatTheDirectoryIs) {
  open_with_directory();
  EXPECT_EQ(views->directory(directory)->kind, "LDAP");
  import_windows("imp1", t0);
  EXPECT_EQ(views->directory(directory)->kind, "AD");
  expect_windows();
  expect_views_equal_a_replay();
}

TEST_F(Windows, AnImportThatDoesNotSayLeavesItAsItWas) {
  open_with_directory();
  import("imp1", {"ann"}, {{ "g", { "ann" } }});
  EXPECT_EQ(views->directory(directory)->kind, "LDAP");
  import_windows("imp2", t0 + 1h);
  import("imp3", {"ann"}, {{ "g", { "ann" } }}, t0 + 2h);
  EXPECT_EQ(views->directory(directory)->kind, "AD");
  append(ImportStarted{ImportId{"imp4"}, agent, ""});
  append(ImportApplied{ImportId{"imp4"}, 0, 0, "LDAP"});
  EXPECT_EQ(views->directory(directory)->kind, "LDAP");
  expect_views_equal_a_replay();
}

TEST_F(Windows, WhatIsKnownForTheFirstTimeIsAChangeAndTheSameAgainIsNone) {
  open_with_directory();
  import("imp1", {"ann"}, {{ "g", { "ann" } }}, t0);
  import_windows("imp2", t0 + 1h);
  import_windows("imp3", t0 + 2h);
  EXPECT_EQ(views->user(user_id("ann"))->updated, t0 + 1h);
  EXPECT_EQ(views->group(group_id("g"))->updated, t0 + 1h);
  EXPECT_EQ(views->group(group_id("g"))->membership_updated, t0);
}

TEST_F(Windows, AFileOfTheVersionBeforeOpensAndWorks) {
  open_with_directory();
  import("imp1", {"ann", "bob"}, {{ "g", { "ann" } }}, t0);
  modify("ADS1", proto::Action::add, "g", {"bob"});
  views.reset();
  ledger.reset();
  {
    SQLite::Database file{settings.path, SQLite::OPEN_READWRITE};
    // As version 4 made it; its records are written as today's of an LDAP directory are.
    for (const auto* column :
         {"users DROP COLUMN sam_account_name", "users DROP COLUMN upn", "users DROP COLUMN object_sid",
          "groups DROP COLUMN sam_account_name", "groups DROP COLUMN object_sid", "groups DROP COLUMN domain",
          "groups DROP COLUMN type", "groups DROP COLUMN scope"})
      file.exec(std::string{"ALTER TABLE "} + column);
    ASSERT_EQ(
        file.execAndGet("SELECT count(*) FROM records WHERE body LIKE '%sam_account%' OR body LIKE '%kind\":\"AD%'")
            .getInt(),
        0);
    file.exec("PRAGMA user_version = 4");
  }
  open();
  EXPECT_EQ(views->user(user_id("ann"))->user, user("ann"));
  EXPECT_EQ(views->group(group_id("g"))->created, t0);
  EXPECT_EQ(members("g"), keys({"ann", "bob"}));
  EXPECT_EQ(views->directory(directory)->kind, "LDAP");
  import_windows("imp2", t0 + 1h);
  EXPECT_EQ(views->directory(directory)->kind, "AD");
  expect_windows();
  expect_views_equal_a_replay();
}

}  // namespace dirbridge::ledger::test
