// Groups of which the agent's account may not see all members: what it cannot see is not taken for absent.
#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/stage.hpp"

namespace dirbridge::directories {
namespace {

class HiddenMembers : public OnEachServer {
 protected:
  void TearDown() override {
    if (!before_.empty()) set_rules(before_);
  }
  bool is_openldap() { return server().kind() == Server::openldap; }

  // OpenLDAP: in front of all others. 389 DS: on the group.
  void put_rule(const std::string& group, const std::string& openldap, const std::string& ds389) {
    const auto agent = server().agent_entry();
    if (!is_openldap())
      return server().change("dn: " + group +
                             "\nchangetype: modify\nadd: aci\naci: (targetattr=\"member\")(version 3.0; " +
                             "acl \"hidden\"; " + ds389 + " userdn=\"ldap:///" + agent + "\";)\n");
    before_ = server().admin().values(database_, "olcAccess").value();
    auto rules = before_;
    rules.insert(rules.begin() + 1,
                 "to dn.exact=\"" + group + "\" attrs=member" + openldap + " by dn.exact=\"" + agent + "\" ");
    if (openldap.empty())
      rules[1] += "=w by * break";
    else
      rules[1] += "none by * break";
    set_rules(rules);
  }
  void set_rules(const std::vector<std::string>& rules) {
    std::string ldif = "dn: " + database_ + "\nchangetype: modify\nreplace: olcAccess\n";
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const auto text = rules[i].starts_with('{') ? rules[i].substr(rules[i].find('}') + 1) : rules[i];
      ldif += lab::ldif_line("olcAccess", "{" + std::to_string(i) + "}" + text);
    }
    server().change(ldif);
  }
  static std::string words(const Stage& stage, std::size_t number) {
    const auto finding = stage.outcome(number).of(0);
    return std::string{to_text(finding.verdict)} + " " + std::to_string(finding.code) + " " + finding.advice;
  }

  const std::string database_ = "olcDatabase={1}mdb,cn=config";
  std::vector<std::string> before_;
};
INSTANTIATE_TEST_SUITE_P(On, HiddenMembers, ::testing::Values(Server::openldap, Server::ds389), test_name);

TEST_P(HiddenMembers, WhoIsNotShownAndMayNotBeRemovedIsNotCalledRemoved) {
  Stage stage{server()};
  const auto group = stage.group({1, 2});
  put_rule(group.dn, " val/distinguishedNameMatch.exact=\"" + server().person(1) + "\"",
           "deny (read,search,compare,write)");
  EXPECT_EQ(stage.play({Stage::remove(group, {stage.person(1)})}), "refused") << words(stage, 0);
  EXPECT_EQ(stage.outcome(0).of(0).code, 50) << words(stage, 0);
  EXPECT_TRUE(stage.holds(group, server().person(1)));
}

TEST_P(HiddenMembers, WithoutTheRightToSeeThemOneValueIsChangedAndSeveralAreNotGuessedAt) {
  Stage stage{server()};
  const auto group = stage.group({1, 2, 3});
  put_rule(group.dn, "", "deny (read,search,compare)");
  const auto dry = stage.preview(Stage::remove(group, {stage.person(1), stage.person(9)}));
  EXPECT_NE(to_text(dry.outcome.verdict()), "already");
  EXPECT_EQ(stage.play({Stage::add(group, {stage.person(4)})}), "applied") << words(stage, 0);
  EXPECT_EQ(stage.play({Stage::add(group, {stage.person(1)})}), "applied; already") << words(stage, 1);
  EXPECT_EQ(stage.play({Stage::remove(group, {stage.person(9)})}), "applied; already; already") << words(stage, 2);
  EXPECT_EQ(stage.play({Stage::remove(group, {stage.person(1)})}), "applied; already; already; applied")
      << words(stage, 3);
  stage.play({Stage::remove(group, {stage.person(2), stage.person(9)})});
  EXPECT_EQ(to_text(stage.outcome(4).verdict()), "refused") << words(stage, 4);
  EXPECT_NE(words(stage, 4).find("may not see"), std::string::npos) << words(stage, 4);
  EXPECT_TRUE(stage.holds(group, server().person(2)));
  stage.play({Stage::add(group, {stage.person(2), stage.person(5)})});
  EXPECT_EQ(to_text(stage.outcome(5).verdict()), "refused") << words(stage, 5);
  EXPECT_FALSE(stage.holds(group, server().person(5)));
}

TEST_P(HiddenMembers, APolicyForTheLastMemberDoesNotForbidAnAddThere) {
  Stage stage{server()};
  stage.settings.plan.last_member = agent::LastMember::parse("placeholder").value();
  const auto group = stage.group({1, 2});
  put_rule(group.dn, "", "deny (read,search,compare)");
  EXPECT_EQ(stage.play({Stage::add(group, {stage.person(4)})}), "applied") << words(stage, 0);
  EXPECT_TRUE(stage.holds(group, server().person(4)));
}

// A referral object is no entry: the user who had the name is gone.
class NameOfAReferral : public OnEachServer {};
INSTANTIATE_TEST_SUITE_P(On, NameOfAReferral, ::testing::Values(Server::openldap), test_name);

TEST_P(NameOfAReferral, IsNotTheUserWhoHadIt) {
  Stage stage{server()};
  const auto dn = server().make_person("soon a referral");
  const auto user = stage.known(dn);
  const auto group = stage.group({1});
  server().remove_entry(dn);
  server().change("dn: " + dn + "\nobjectClass: referral\nobjectClass: extensibleObject\ncn: soon a referral\n" +
                  "ref: ldap://127.0.0.1:9/" + dn + "\n");
  EXPECT_EQ(stage.play({Stage::add(group, {user})}), "refused");
  EXPECT_NE(stage.outcome(0).of(0).advice.find("The user is gone"), std::string::npos) << stage.outcome(0).of(0).advice;
}

}  // namespace
}  // namespace dirbridge::directories
