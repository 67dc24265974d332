// What each record makes of the views.
#include <SQLiteCpp/Database.h>

#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class Viewing : public LedgerTest {
 protected:
  void SetUp() override { open_with_directory(); }
};

TEST_F(Viewing, ATokenIsFoundByItsHashUntilItIsRevoked) {
  append(TokenCreated{TokenId{"00T1"}, "ci", "abcd", {"okta.groups.read", "dirbridge.operator"}});
  const auto token = views->token_by_hash("abcd");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->scopes, (std::vector<std::string>{"okta.groups.read", "dirbridge.operator"}));
  EXPECT_FALSE(token->revoked);
  append(TokenRevoked{TokenId{"00T1"}});
  EXPECT_TRUE(views->token_by_hash("abcd")->revoked);
  EXPECT_EQ(views->tokens().size(), 1u);
  EXPECT_FALSE(views->token_by_hash("ab"));
}

TEST_F(Viewing, AnEnrolCodeIsUsedOnce) {
  append(EnrolCodeCreated{"beef", t0 + 1h});
  EXPECT_FALSE(views->enrol_code("beef")->used);
  append(AgentEnrolled{agent, "host", "key", "beef"});
  EXPECT_TRUE(views->enrol_code("beef")->used);
  EXPECT_EQ(try_append(AgentEnrolled{AgentId{"a53Bob"}, "host", "key", "beef"}).error().code, errc::conflict);
  EXPECT_FALSE(views->agent(AgentId{"a53Bob"}));
  EXPECT_EQ(views->agents(directory).at(0).public_key, "key");
  append(AgentRevoked{agent});
  EXPECT_TRUE(views->agent(agent)->revoked);
}

TEST_F(Viewing, TheSoftwareOfAnAgentIsTheLastItSaid) {
  append(AgentEnrolled{agent, "host", "key", ""});
  EXPECT_EQ(views->agent(agent)->software, "");
  append(AgentSoftware{agent, "dirbridge 1.0"});
  append(AgentSoftware{agent, "dirbridge 1.1"});
  EXPECT_EQ(views->agent(agent)->software, "dirbridge 1.1");
  EXPECT_EQ(views->agents(directory).at(0).software, "dirbridge 1.1");
  EXPECT_EQ(try_append(AgentSoftware{AgentId{"a53Nobody"}, "x"}).error().code, errc::conflict);
  expect_views_equal_a_replay();
}

TEST_F(Viewing, NamesAreFoundHoweverTheyAreWritten) {
  auto batch = staged("imp1", {"M\xC3\xBCller", "Mueller"}, {{"M\xC3\xBCllers", {}}, {"Others", {}}});
  append(ImportStarted{ImportId{"imp1"}, agent, ""});
  append(batch);
  append(ImportApplied{ImportId{"imp1"}, 2, 2});
  append(OktaGroupCreated{GroupId{"00gOwn"}, "M\xC3\x9CLLEREI", ""});
  for (const auto* name : {"m\xC3\xBCll", "M\xC3\x9CLL", "Mu\xCC\x88ll"}) {
    EXPECT_EQ(views->users({}, name, {}).size(), 1u) << name;
    EXPECT_EQ(views->groups({}, name, {}).size(), 2u) << name;
  }
  EXPECT_EQ(views->users({}, "mull", {}).size(), 0u);
  expect_views_equal_a_replay();
}

TEST_F(Viewing, NamesOfAFileThatFoldedAsciiOnlyAreFoundAfterTheMigration) {
  append(ImportStarted{ImportId{"imp1"}, agent, ""});
  append(staged("imp1", {"M\xC3\x9CLLER"}, {}));
  append(ImportApplied{ImportId{"imp1"}, 1, 0});
  views.reset();
  ledger.reset();
  {
    SQLite::Database file{settings.path, SQLite::OPEN_READWRITE};
    file.exec("UPDATE users SET login_folded = 'm\xC3\x9Cller'; ALTER TABLE agents DROP COLUMN software");
    file.exec("PRAGMA user_version = 5");
  }
  open();
  EXPECT_EQ(views->users({}, "m\xC3\xBCller", {}).size(), 1u);
  expect_views_equal_a_replay();
}

TEST_F(Viewing, AnEpochIsNeverRepeated) {
  append(EpochStarted{3});
  EXPECT_FALSE(try_append(EpochStarted{3}));
  EXPECT_FALSE(try_append(EpochStarted{2}));
  EXPECT_EQ(views->last_epoch(), 3u);
}

TEST_F(Viewing, AJobTellsItsWholeStory) {
  append(accepted("ADS1", change(proto::Action::add, "g", {"ann", "bob"})));
  append(JobJoined{JobId{"ADS1"}, RequestId{"again"}, t0 + 10s});
  const auto open = views->job(JobId{"ADS1"});
  ASSERT_TRUE(open);
  EXPECT_EQ(open->disposition, "open");
  EXPECT_EQ(open->deadline, t0 + 30s) << "the latest of its callers'";
  EXPECT_FALSE(open->closed);
  append(closed("ADS1", applied(2), "applied_late"), t0 + 40s);
  append(JobEvidence{JobId{"ADS1"}, agent, "1.2", "late", applied(2)});
  const auto job = views->job_by_request(RequestId{"again"});
  ASSERT_TRUE(job);
  EXPECT_EQ(job->id.str(), "ADS1");
  EXPECT_EQ(job->disposition, "applied_late");
  EXPECT_EQ(job->closed, t0 + 40s);
  EXPECT_EQ(job->outcome, applied(2));
  EXPECT_EQ(job->change.members.size(), 2u);
  EXPECT_EQ(job->operation, "modify cn=g");
  EXPECT_EQ(job->story.at(0).what, "leased");
  EXPECT_EQ(job->evidence.at(0).lease, "1.2");
  EXPECT_EQ(try_append(JobEvidence{JobId{"none"}, agent, "1.2", "stale", applied()}).error().code, errc::conflict);
}

TEST_F(Viewing, JobsAreListedNewestFirstPageByPage) {
  for (int i = 1; i <= 5; ++i) append(accepted("ADS" + std::to_string(i), change(proto::Action::add, "g", {"ann"})));
  append(closed("ADS4", proto::Outcome::all(1, proto::Verdict::not_sent), "not_started"));
  const auto ids = [](const std::vector<JobRow>& rows) {
    std::string text;
    for (const auto& row : rows) text += row.id.str() + " ";
    return text;
  };
  EXPECT_EQ(ids(views->jobs({}, false, {}, 2)), "ADS5 ADS4 ");
  EXPECT_EQ(ids(views->jobs({}, false, JobId{"ADS4"}, 2)), "ADS3 ADS2 ");
  EXPECT_EQ(ids(views->jobs(directory, true, {}, 9)), "ADS5 ADS3 ADS2 ADS1 ");
  EXPECT_EQ(ids(views->jobs(DirectoryId{"0oaOther"}, false, {}, 9)), "");
  EXPECT_EQ(ids(views->open_jobs()), "ADS1 ADS2 ADS3 ADS5 ");
}

TEST_F(Viewing, AnImportIsSeenAllAtOnce) {
  append(ImportStarted{ImportId{"imp1"}, agent, ""});
  append(staged("imp1", {"ann", "bob"}, {{"g", {"ann", "svc"}}}));
  EXPECT_EQ(views->running_imports().size(), 1u);
  EXPECT_FALSE(views->user(user_id("ann")));
  EXPECT_EQ(views->directory(directory)->generation, 0u);
  append(ImportApplied{ImportId{"imp1"}, 2, 1}, t0 + 1s);
  EXPECT_EQ(views->directory(directory)->generation, 1u);
  EXPECT_EQ(views->directory(directory)->users, 2u);
  EXPECT_EQ(views->directory(directory)->imported, t0 + 1s);
  EXPECT_EQ(views->user(directory, user_id("ann"))->user, user("ann"));
  EXPECT_FALSE(views->user(DirectoryId{"0oaOther"}, user_id("ann")));
  EXPECT_EQ(views->user_by_stable_id(directory, "bob-uuid"), user_id("bob"));
  EXPECT_EQ(views->group_by_stable_id(directory, "g-uuid"), group_id("g"));
  EXPECT_EQ(views->group(group_id("g"))->members, 2u);
  const auto members = views->members(group_id("g"), {});
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0].user->id, user_id("ann"));
  EXPECT_FALSE(members[1].user) << "not imported as a user";
  EXPECT_EQ(views->groups_of(user_id("ann")).at(0).id, group_id("g"));
  EXPECT_EQ(views->import(ImportId{"imp1"})->state, "applied");
}

TEST_F(Viewing, PagesComeInTheOrderOfIdsAndPrefixesIgnoreCase) {
  import("imp1", {"ann", "Anna", "bob", "cid", "ANTON"}, {{"g1", {}}, {"G2", {}}, { "h", {} }});
  const auto names = [&](std::string_view prefix, const Page& page) {
    std::string text;
    for (const auto& row : views->users(directory, prefix, page)) text += row.user.login + " ";
    return text;
  };
  EXPECT_EQ(names("", {"", 3}), "ANTON Anna ann ");
  EXPECT_EQ(names("", {"00uann", 3}), "bob cid ");
  EXPECT_EQ(names("AN", {}), "ANTON Anna ann ");
  EXPECT_EQ(names("anna", {}), "Anna ");
  EXPECT_EQ(names("%", {}), "");
  EXPECT_EQ(views->groups({}, "G", {}).size(), 2u);
  EXPECT_EQ(views->members(group_id("g1"), {}).size(), 0u);
}

TEST_F(Viewing, TheVerdictsOfAJobChangeTheMembers) {
  import("imp1", {"ann", "bob", "cid"}, {{ "g", { "cid" } }});
  modify("ADS1", proto::Action::add, "g", {"ann", "bob"}, t0 + 1s);
  EXPECT_EQ(members("g"), keys({"ann", "bob", "cid"}));
  EXPECT_EQ(views->group(group_id("g"))->members, 3u);
  EXPECT_EQ(views->group(group_id("g"))->membership_updated, t0 + 1s);
  modify("ADS2", proto::Action::remove, "g", {"bob", "cid"}, t0 + 2s);
  EXPECT_EQ(members("g"), keys({"ann"}));
  // Only what the directory said yes to; already counts, the rest does not.
  append(accepted("ADS3", change(proto::Action::add, "g", {"bob", "cid", "ann"})));
  proto::Finding no{proto::Verdict::refused, proto::Evidence::result, 50, "", "", {}};
  proto::Finding was{proto::Verdict::already, proto::Evidence::read_back, 0, "", "", {}};
  append(closed("ADS3", proto::Outcome::from_values({no, was, was}), "refused"), t0 + 3s);
  EXPECT_EQ(members("g"), keys({"ann", "cid"}));
  append(accepted("ADS4", change(proto::Action::add, "g", {"ann"})));
  append(closed("ADS4", proto::Outcome::all(1, proto::Verdict::already)), t0 + 4s);
  EXPECT_EQ(views->group(group_id("g"))->membership_updated, t0 + 3s) << "nothing changed";
  expect_views_equal_a_replay();
}

TEST_F(Viewing, NamesOfManyUsersComeInTheOrderOfTheirIds) {
  import("imp1", {"ann", "bob"}, {});
  const std::vector<UserId> ids{user_id("bob"), user_id("nobody"), user_id("ann"), user_id("bob")};
  const auto names = views->user_names(directory, ids);
  ASSERT_EQ(names.size(), 4u);
  EXPECT_EQ(names[0]->dn, user("bob").dn);
  EXPECT_EQ(names[0]->stable_id, "bob-uuid");
  EXPECT_FALSE(names[1]);
  EXPECT_EQ(names[2]->dn, user("ann").dn);
  EXPECT_EQ(names[3]->dn, user("bob").dn);
  for (const auto& name : views->user_names(DirectoryId{"0oaOther"}, ids)) EXPECT_FALSE(name);
}

std::string numbered(int number) { return "u" + std::to_string(number); }

// The keys that a large job's closing needs are looked up while its agent is busy: before the import that comes in
// between, after it, or not at all.
TEST_F(Viewing, ALargeJobChangesTheMembersUnderTheNamesOfTheImportThatIsCurrent) {
  constexpr int many = 2'500;
  std::vector<std::string> people{"out"};
  for (int i = 0; i < many; ++i) people.push_back(numbered(i));
  import("imp1", people, {{ "g", { "out" } }});
  auto larger = people;
  larger.erase(larger.begin());
  for (int turn = 0; turn < 4; ++turn) {
    const auto id = "ADS" + std::to_string(turn);
    const auto action = turn % 2 == 0 ? proto::Action::add : proto::Action::remove;
    ASSERT_TRUE(start({record(accepted(id, change(action, "g", larger)))}).get());
    if (turn < 2) {
      auto batch = staged("imp" + id, people, {{"g", {"out"}}});
      for (auto& [user, object] : batch.users) object.key = "moved" + std::to_string(turn) + "," + object.key;
      append(ImportStarted{ImportId{"imp" + id}, agent, ""});
      append(batch);
      append(ImportApplied{ImportId{"imp" + id}, people.size(), 1});
    }
    append(closed(id, applied(many)));
    const auto now = members("g");
    if (action == proto::Action::remove) {
      EXPECT_EQ(now, keys({"out"}));
    } else {
      ASSERT_EQ(now.size(), 1'000u) << "of one page";
      EXPECT_TRUE(now.front().starts_with(turn == 0 ? "moved0,uid=u" : "moved1,uid=u")) << now.front();
    }
  }
  expect_views_equal_a_replay();
}

}  // namespace dirbridge::ledger::test
