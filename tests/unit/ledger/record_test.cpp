// Every record survives being written as text.
#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {
namespace {

std::vector<Body> one_of_each() {
  proto::Finding refused{proto::Verdict::refused, proto::Evidence::result, 50, "no \"access\"\n", "ask", {}};
  proto::Finding done{proto::Verdict::applied, proto::Evidence::read_back, 0, "", "", {}};
  const auto outcome = proto::Outcome::from_values({done, refused, done});
  ImportStaged batch{ImportId{"imp1"}};
  batch.users.emplace_back(user_id("ann"), user("ann"));
  batch.groups.emplace_back(group_id("g"), group("g", {"ann", "bob"}));
  batch.user_heritage.push_back({t0, t0 + 1s, {}, 0});
  batch.group_heritage.push_back({t0, t0 + 1s, t0 + 2s, -77});
  JobClosed closing{JobId{"ADS1"}, "refused", outcome, agent, "modify", {{t0, "leased"}, {t0 + 5ms, "closed"}}};
  closing.member_keys = {"uid=a", "", "uid=c"};
  return {EpochStarted{7},
          DirectoryCreated{"Pe\xc3\xb6ple", "LDAP"},
          TokenCreated{TokenId{"00T1"}, "ci", "abcd", {"okta.groups.read", "dirbridge.operator"}},
          TokenRevoked{TokenId{"00T1"}},
          EnrolCodeCreated{"beef", t0 + 1h},
          AgentEnrolled{agent, "host", "key", "beef"},
          AgentRevoked{agent},
          accepted("ADS1", change(proto::Action::remove, "g", {"ann", "bob", "cid"})),
          JobJoined{JobId{"ADS1"}, RequestId{"r2"}, t0 + 40s},
          closing,
          JobEvidence{JobId{"ADS1"}, agent, "3.17", "late", outcome},
          ImportStarted{ImportId{"imp1"}, agent, "req"},
          batch,
          ImportApplied{ImportId{"imp1"}, 1, 1, "AD"},
          ImportDropped{ImportId{"imp1"}, "because"},
          AppCreated{ClientId{"0oaApp"}, "ci", {"okta.groups.read"}, true, "k1", R"({"kty":"EC"})"},
          AppKeyRotated{ClientId{"0oaApp"}, "k2", R"({"kty":"RSA"})", t0 + 1h},
          AppRevoked{ClientId{"0oaApp"}},
          OktaGroupCreated{GroupId{"00gOwn"}, "own", "ours"},
          OktaGroupChanged{GroupId{"00gOwn"}, "own 2", ""},
          OktaGroupDeleted{GroupId{"00gOwn"}},
          OktaMembershipChanged{GroupId{"00gOwn"}, UserId{"00uann"}, true},
          EventLogged{R"({"eventType":"system.import.start"})"},
          EventHookCreated{EventHookId{"who1"}, R"({"name":"h"})"},
          EventHookChanged{EventHookId{"who1"}, R"({"name":"h2"})"},
          EventHookDeleted{EventHookId{"who1"}},
          AssertionUsed{"abcd", t0 + 1h},
          AgentSoftware{agent, "dirbridge 1.2"}};
}

}  // namespace

TEST(Records, EveryKindSurvivesBeingWrittenAsText) {
  const auto all = one_of_each();
  ASSERT_EQ(all.size(), std::variant_size_v<AnyFact>) << "a kind is not tested";
  for (const auto& body : all) {
    const auto text = to_json(body);
    const auto back = from_json(type_of(body), text);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->index(), body.index());
    EXPECT_EQ(to_json(*back), text);
  }
}

TEST(Records, TheMembersOfAJobAndItsVerdictsSurvive) {
  const auto all = one_of_each();
  const auto job = std::get<JobAccepted>(*from_json("job_accepted", to_json(all[7])));
  EXPECT_EQ(job.change, std::get<JobAccepted>(all[7]).change);
  EXPECT_EQ(job.deadline, t0 + 30s);
  const auto closing = std::get<JobClosed>(*from_json("job_closed", to_json(all[9])));
  EXPECT_EQ(closing.outcome, std::get<JobClosed>(all[9]).outcome);
  EXPECT_EQ(closing.member_keys, std::get<JobClosed>(all[9]).member_keys);
  ASSERT_EQ(closing.story.size(), 2u);
  EXPECT_EQ(closing.story[1].at, t0 + 5ms);
  const auto batch = std::get<ImportStaged>(*from_json("import_staged", to_json(all[12])));
  EXPECT_EQ(batch.users, std::get<ImportStaged>(all[12]).users);
  EXPECT_EQ(batch.groups, std::get<ImportStaged>(all[12]).groups);
  EXPECT_EQ(batch.group_heritage, std::get<ImportStaged>(all[12]).group_heritage);
}

TEST(Records, AnImportOfAnOlderProgramSaysNothingOfTheKind) {
  const auto text = to_json(ImportApplied{ImportId{"imp1"}, 3, 2});
  EXPECT_EQ(text, R"({"import":"imp1","users":3,"groups":2})");
  EXPECT_EQ(std::get<ImportApplied>(*from_json("import_applied", text)).kind, "");
  const auto said = to_json(ImportApplied{ImportId{"imp1"}, 3, 2, "AD"});
  EXPECT_EQ(std::get<ImportApplied>(*from_json("import_applied", said)).kind, "AD");
  EXPECT_FALSE(from_json("import_applied", R"({"groups":2,"import":"imp1","users":3,"kind":7})"));
}

TEST(Records, DamagedTextIsAnErrorThatNamesTheKind) {
  for (const auto* text : {"", "{", "[]", "{}", R"({"epoch":"seven"})", R"({"epoch":-1.5)"}) {
    const auto parsed = from_json("epoch_started", text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, errc::malformed);
    EXPECT_NE(parsed.error().detail.find("epoch_started"), std::string::npos);
  }
  EXPECT_FALSE(from_json("epoch_ended", "{}"));
  EXPECT_FALSE(from_json("job_closed", R"({"job":"a","disposition":"applied","outcome":{"count":2,"findings":[]}})"));
}

}  // namespace dirbridge::ledger::test
