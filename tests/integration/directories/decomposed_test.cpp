// Names whose letters are stored decomposed (an accent as a combining mark), as some systems write them. To OpenLDAP
// they are the composed ones spelled otherwise; 389 DS takes the two for different names, and can hold both; Samba is
// told GUIDs.
#include <algorithm>

#include "agent/import_map.hpp"
#include "base/guid.hpp"
#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/stage.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::directories {
namespace {

const std::string decomposed = "Zoe\xCC\x88";
const std::string composed = "Zo\xC3\xAB";

class Decomposed : public OnEachServer {
 protected:
  // As an import names the entry to the hub.
  Stage::Value imported(const std::string& dn) {
    const auto kind = server().protocol_kind();
    const auto id = server().stable_id(dn);
    ldap::Entry entry{dn, {{std::string{ldap::stable_id_attribute(kind)}, {id}}}};
    if (kind == ldap::ServerKind::active_directory) entry.attributes.front().values = {guid_from_text(id)};
    return {agent::to_user(entry, kind).value().dn, id};
  }
  std::string group_named(const std::string& cn) {
    std::vector<std::string> members;
    if (GetParam() == Server::openldap) members.push_back(server().person(200));
    return server().make_group(cn, members);
  }
  // Each of these on its own, in the order of a life.
  void expect_changed(const Stage::Value& group, const Stage::Value& user, const std::string& group_dn,
                      const std::string& user_dn) {
    Stage stage{server()};
    const auto told = stage.preview(Stage::add(group, {user}));
    EXPECT_EQ(to_text(told.outcome.verdict()), "applied");
    EXPECT_EQ(stage.play({Stage::add(group, {user})}), "applied") << why(stage);
    EXPECT_TRUE(server().holds(group_dn, "member", user_dn));
    EXPECT_EQ(stage.play({Stage::add(group, {user})}), "applied; already") << why(stage);
    EXPECT_EQ(stage.play({Stage::remove(group, {user})}), "applied; already; applied") << why(stage);
    EXPECT_FALSE(server().holds(group_dn, "member", user_dn));
    EXPECT_EQ(stage.play({Stage::remove(group, {user})}), "applied; already; applied; already") << why(stage);
  }
  static std::string why(const Stage& stage) {
    std::string text = stage.codes();
    for (std::size_t i = 0; i < stage.delivered(); ++i)
      text += "; " + stage.outcome(i).of(0).diagnostic + " " + stage.outcome(i).of(0).advice;
    return text;
  }
};
DIRBRIDGE_ON_EACH_SERVER(Decomposed);

TEST_P(Decomposed, UsersAndGroupsAreChangedLikeOthers) {
  const auto user = server().make_person(decomposed + " of this");
  const auto group = group_named("group of " + decomposed);
  expect_changed(imported(group), imported(user), group, user);
}

// As imports did before: the entry is found by its id, and named as it is stored.
TEST_P(Decomposed, AComposedNameOfAnEarlierImportIsFoundByItsId) {
  const auto user = server().make_person(decomposed + " of old");
  const auto group = group_named("old group of " + decomposed);
  const auto composed_name = [this](const std::string& dn) {
    return Stage::Value{ldap::Dn::parse(dn).value().text(), server().stable_id(dn)};
  };
  expect_changed(composed_name(group), composed_name(user), group, user);
}

TEST_P(Decomposed, AUserIsFoundAfterARenameFromOneFormToTheOther) {
  const auto before = server().make_person(decomposed + " to be renamed");
  const auto user = imported(before);
  const auto after = server().rename(before, "cn=" + composed + " renamed");
  const auto group = group_named("group of renamed " + decomposed);
  expect_changed(imported(group), user, group, after);
}

// 389 DS keeps some escapes as they were written, and takes the name without them for another one.
TEST_P(Decomposed, NamesWithEscapesGoBackAsTheServerGaveThem) {
  const auto& people = server().people_base();
  for (const std::string escaped : {R"(e\3Dq)", R"(e\20\20q)", R"(e\2Cq)", R"(\23e)"}) {
    const auto plain = ldap::Dn::parse("cn=" + escaped + ",dc=x").value().rdn_value();
    const std::string account = server().kind() == Server::samba
                                    ? "objectClass: user\nsAMAccountName: esc" + std::to_string(escaped.size()) +
                                          escaped.substr(escaped.size() - 1) + std::to_string(escaped[2]) + "\n"
                                    : "objectClass: inetOrgPerson\nsn: x\n";
    server().change("dn: cn=" + escaped + "," + people + "\n" + account + lab::ldif_line("cn", plain));
    const auto user = "cn=" + escaped + "," + people;
    const auto group = "cn=g" + escaped + "," + server().groups_base();
    std::string ldif = "dn: " + group + "\n";
    ldif += server().kind() == Server::samba ? "objectClass: group\n" : "objectClass: groupOfNames\n";
    server().change(ldif + lab::ldif_line("cn", "g" + plain) +
                    (server().kind() == Server::openldap ? lab::ldif_line("member", server().person(200)) : ""));
    SCOPED_TRACE(escaped);
    expect_changed(imported(group), imported(user), group, user);
  }
}

// ---- two entries that differ in nothing else ----

class DecomposedTwins : public Decomposed {};
INSTANTIATE_TEST_SUITE_P(On, DecomposedTwins, ::testing::Values(Server::ds389), test_name);

TEST_P(DecomposedTwins, AreTwoMembersAndOneIsNeverTakenForTheOther) {
  const auto first = server().make_person(composed + " twin");
  const auto second = server().make_person(decomposed + " twin");
  const auto group = group_named("group of twins");
  const auto one = imported(first);
  const auto other = imported(second);
  ASSERT_NE(one.stable_id, other.stable_id);
  Stage stage{server()};
  const auto in = imported(group);
  EXPECT_EQ(stage.play({Stage::add(in, {one, other})}), "applied") << why(stage);
  EXPECT_TRUE(server().holds(group, "member", first));
  EXPECT_TRUE(server().holds(group, "member", second));
  EXPECT_EQ(server().admin().values(group, "member").value().size(), 2u);
  stage.play({Stage::remove(in, {other})});
  EXPECT_EQ(to_text(stage.outcome(1).verdict()), "applied") << why(stage);
  EXPECT_TRUE(server().holds(group, "member", first));
  EXPECT_FALSE(server().holds(group, "member", second));
  stage.play({Stage::remove(in, {other})});
  EXPECT_EQ(to_text(stage.outcome(2).verdict()), "already") << why(stage);
  EXPECT_TRUE(server().holds(group, "member", first));
}

TEST_P(DecomposedTwins, AStandInOfTheLastMemberIsNeverTakenForItsTwin) {
  const auto real = server().make_person(composed + " who stays");
  const auto stand_in = server().make_person(decomposed + " who stays");
  const auto group = server().make_group("group of a stand-in", {real, stand_in});
  Stage stage{server()};
  stage.settings.plan.last_member = agent::LastMember::parse(stand_in).value();
  EXPECT_EQ(stage.play({Stage::add(imported(group), {stage.person(1)})}), "applied") << why(stage);
  EXPECT_TRUE(server().holds(group, "member", real));
  EXPECT_FALSE(server().holds(group, "member", stand_in));
}

TEST_P(DecomposedTwins, AreTwoUsersOfAnImportAndOneMember) {
  const auto first = ldap::Dn::parse(server().make_person(composed + " of an import")).value();
  const auto second = ldap::Dn::parse(server().make_person(decomposed + " of an import")).value();
  const auto kind = server().protocol_kind();
  const auto group = server().make_group("group of one twin", {second.as_spelled()});
  const auto members = server().admin().values(group, "member").value();
  ASSERT_EQ(members.size(), 1u);
  const auto key = agent::member_key(members.front(), "member", kind);
  EXPECT_EQ(key, second.key_as_spelled());
  EXPECT_NE(key, first.key_as_spelled());
}

}  // namespace
}  // namespace dirbridge::directories
