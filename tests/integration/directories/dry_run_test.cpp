// Dry runs on real servers: nothing of the entry changes, and the LDIF that was shown is what ldapmodify can do as
// well. That verdicts and modifies are those of the change itself is held in every row of the conformance suite.
#include <map>
#include <set>

#include "integration/directories/conformance_cases.hpp"
#include "integration/directories/directories_fixture.hpp"

namespace dirbridge::directories {

bool can_be_read(const std::string& id, Server server) {
  // Rights come before classes there, and are told of the attributes of the classes only: refused is told, with
  // another code.
  static const std::map<std::string, std::set<Server>> unreadable{
      {"PersonAsGroup", {Server::ds389}},
      {"NoSuchAttribute", {Server::ds389, Server::samba}},
  };
  const auto found = unreadable.find(id);
  return found == unreadable.end() || !found->second.contains(server);
}

namespace {

class DryRun : public OnEachServer {
 protected:
  // What the server writes down about the latest change of an entry, and all of its members.
  std::vector<std::string> trace_of(const std::string& dn) {
    std::vector<std::string> trace;
    for (const char* attribute : {"entryCSN", "modifyTimestamp", "uSNChanged", "whenChanged", "entryusn", "member"}) {
      const auto values = server().admin().values(dn, attribute);
      EXPECT_TRUE(values) << values.error().message();
      if (values) trace.insert(trace.end(), values->begin(), values->end());
    }
    EXPECT_GT(trace.size(), 1u) << "nothing would show a change";
    return trace;
  }
  static std::string ldif_of(const proto::PreviewResult& told) {
    std::string ldif = "version: 1\n";
    for (const auto& one : told.changes) ldif += "\n" + one.ldif;
    return ldif;
  }
};

TEST_P(DryRun, NothingOfTheGroupChangesWhateverIsAsked) {
  Stage stage{server()};
  stage.settings.plan.last_member = agent::LastMember::parse("placeholder").value();
  const auto group = stage.group({1, 2});
  const auto gone = stage.known(server().make_person("gone before a dry run"));
  server().remove_entry(gone.dn);
  const auto before = trace_of(group.dn);
  std::vector<Stage::Value> many;
  for (int i = 1; i <= 150; ++i) many.push_back(stage.person(i));
  for (const auto& change :
       {Stage::add(group, {stage.person(3)}), Stage::add(group, {stage.person(1), stage.person(3)}),
        Stage::add(group, {gone}), Stage::add(group, many), Stage::remove(group, {stage.person(1), stage.person(9)}),
        Stage::remove(group, {stage.person(1), stage.person(2), stage.person(200)})}) {
    const auto told = stage.preview(change);
    EXPECT_EQ(told.status, proto::PreviewStatus::told) << told.reason;
  }
  EXPECT_EQ(trace_of(group.dn), before);
  EXPECT_EQ(stage.modifies(), 0u);
}

TEST_P(DryRun, TheLdifBringsAboutWhatWasToldInTheHandsOfLdapmodify) {
  Stage stage{server()};
  const auto group = stage.group({1});
  std::vector<Stage::Value> users;
  for (int i = 1; i <= 150; ++i) users.push_back(stage.person(i));
  // Names that need base64, folding and escapes.
  users.push_back(stage.known(server().make_person("M\xC3\xBCller \xE5\xB1\xB1\xE7\x94\xB0")));
  users.push_back(stage.known(server().make_person("Smith, John " + std::string(40, 'n'))));
  const auto add = stage.preview(Stage::add(group, users));
  ASSERT_EQ(add.status, proto::PreviewStatus::told) << add.reason;
  EXPECT_EQ(add.outcome.of(0).verdict, proto::Verdict::already);
  EXPECT_EQ(add.outcome.of(151).verdict, proto::Verdict::applied);
  EXPECT_EQ(add.changes.size(), GetParam() == Server::ds389 ? 2u : 1u);
  const auto added = server().admin().modify(ldif_of(add));
  ASSERT_TRUE(added) << added.error().message() << ldif_of(add);
  for (const auto& user : users) EXPECT_TRUE(stage.holds(group, user.dn)) << user.dn;

  const auto remove = stage.preview(Stage::remove(group, users));
  ASSERT_EQ(remove.status, proto::PreviewStatus::told) << remove.reason;
  const auto removed = server().admin().modify(ldif_of(remove));
  ASSERT_TRUE(removed) << removed.error().message();
  for (const auto& user : users) EXPECT_FALSE(stage.holds(group, user.dn)) << user.dn;
}

TEST_P(DryRun, ADirectoryThatIsAwayIsSaidSoAndNotGuessed) {
  Stage stage{server()};
  auto away = server().agent_settings();
  away.urls = {"ldaps://127.0.0.1:9"};
  stage.connect_with(away);
  auto change = Stage::add(stage.group({1}), {stage.person(2)});
  change.remaining = milliseconds{500};
  const auto told = stage.preview(change);
  EXPECT_EQ(told.status, proto::PreviewStatus::unavailable);
  EXPECT_FALSE(told.reason.empty());
}

DIRBRIDGE_ON_EACH_SERVER(DryRun);

}  // namespace
}  // namespace dirbridge::directories
