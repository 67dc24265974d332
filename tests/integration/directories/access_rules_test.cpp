// The access rules that the doctor prints, pasted for an account that may do nothing yet: they are enough for an agent,
// and none of them can be left out.
#include <boost/asio/io_context.hpp>

#include "agent/importer.hpp"
#include "base/text.hpp"
#include "doctor/access_advice.hpp"
#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/stage.hpp"
#include "lab/sample_organisation.hpp"
#include "support/examine_now.hpp"
#include "support/run_until.hpp"

namespace dirbridge::directories {
namespace {

using doctor::Severity;

class AccessRules : public OnEachServer {
 protected:
  static constexpr auto password = "Fresh-Passw0rd.1";
  // What rules have a meaning for: quotes, patterns, alternatives, percent signs, the parts of a URL.
  static constexpr auto odd_name = "Dir \"B\" (x) || y* \xC3\x84 50% #1?";
  static constexpr auto odd_rdn = R"(Dir \"B\" (x) || y* )"
                                  "\xC3\x84 50% #1?";

  void SetUp() override {
    OnEachServer::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    // A second base, so that there is more than one rule of each kind.
    teams_ = "ou=teams," + server().suffix();
    change("dn: " + teams_ + "\nobjectClass: organizationalUnit\nou: teams\n");
    team_ = "cn=team," + teams_;
    change(lab::ldif_line("dn", team_) +
           (is_ad() ? "objectClass: group\nsAMAccountName: team\n" : "objectClass: groupOfNames\n") + "cn: team\n" +
           lab::ldif_line("member", server().person(7)));
    scratch_ = server().make_group("rules-scratch", {server().person(7)});
    write_file(server().folder() + "/fresh.password", password, 0600).value();
  }
  void TearDown() override {
    if (scratch_.empty()) return;
    for (const auto& entry : {scratch_, team_, teams_}) server().remove_entry(entry);
    for (const auto& account : accounts_) server().remove_entry(account);
  }

  bool is_ad() { return server().kind() == Server::samba; }
  void change(const std::string& ldif) {
    const auto changed = server().admin().modify(ldif);
    if (!changed) throw std::runtime_error(changed.error().message() + " for\n" + ldif);
  }
  // Settings with an account that nobody has granted anything. `rdn`: the name as a DN has it.
  agent::AgentSettings fresh_account(const std::string& name) { return fresh_account(name, name); }
  agent::AgentSettings fresh_account(const std::string& name, const std::string& rdn) {
    agent::AgentSettings settings;
    settings.directory = server().agent_settings();
    settings.directory.bind_password_file = server().folder() + "/fresh.password";
    settings.users.bases = {server().people_base()};
    settings.groups.bases = {server().groups_base(), teams_};
    const auto dn = "cn=" + rdn + "," + server().suffix();
    if (is_ad()) {
      settings.users.filter = "(objectClass=user)";
      settings.groups.filter = "(objectClass=group)";
      settings.directory.bind_dn = name + "@ad.example.org";
      std::string quoted;
      for (const char c : "\"" + std::string{password} + "\"") quoted += {c, '\0'};  // UTF-16LE
      change("dn: " + dn + "\nobjectClass: user\nsAMAccountName: " + name + "\nuserPrincipalName: " + name +
             "@ad.example.org\nuserAccountControl: 66048\n" + lab::ldif_line("unicodePwd", quoted));
    } else {
      settings.directory.bind_dn = dn;
      change(lab::ldif_line("dn", dn) + "objectClass: inetOrgPerson\nsn: agent\n" + lab::ldif_line("cn", name) +
             "userPassword: " + password + "\n");
    }
    accounts_.push_back(dn);
    return settings;
  }
  // What the doctor prints for the account.
  static std::string printed_for(const agent::AgentSettings& settings) { return test::examine_now(settings).advice; }

  // How many entries of each kind a whole import brings; the reason if it fails.
  std::string import_as(const agent::AgentSettings& settings) {
    agent::ImportSettings wanted;
    wanted.users = settings.users;
    wanted.groups = settings.groups;
    boost::asio::io_context context{1};
    const auto client = std::make_shared<ldap::Client>(context.get_executor(), settings.directory);
    std::size_t users = 0, groups = 0;
    std::string ending;
    agent::Importer* self = nullptr;
    agent::Importer importer{context.get_executor(), client, std::move(wanted), [&](const proto::AgentFrame& frame) {
                               if (const auto* batch = std::get_if<proto::ImportBatch>(&frame)) {
                                 users += batch->users.size();
                                 groups += batch->groups.size();
                                 self->acknowledged({batch->import, batch->sequence});
                               }
                               if (std::holds_alternative<proto::ImportEnd>(frame)) ending = "whole";
                               if (const auto* failed = std::get_if<proto::ImportFailed>(&frame))
                                 ending = failed->reason;
                               return true;
                             }};
    self = &importer;
    importer.request({ImportId{"imp1"}, RequestId{"r1"}});
    test::run_until(
        context, [&] { return !ending.empty(); }, std::chrono::seconds{180});
    if (users < ServerUnderTest::people) return "only " + std::to_string(users) + " users; " + ending;
    if (groups < ServerUnderTest::groups + 2) return "only " + std::to_string(groups) + " groups; " + ending;
    return ending;
  }
  void expect_enough(const agent::AgentSettings& settings) {
    const auto seen = test::examine_now(settings, scratch_);
    EXPECT_LE(doctor::worst_of(seen.findings), Severity::info) << test::text_of(seen);
    EXPECT_EQ(import_as(settings), "whole");
    Stage stage{server()};
    stage.connect_with(settings.directory);
    const auto group = stage.group({1, 2});
    EXPECT_EQ(stage.play({Stage::add(group, {stage.person(3)})}), "applied");
    EXPECT_EQ(stage.play({Stage::remove(group, {stage.person(1)})}), "applied; applied");
    EXPECT_TRUE(stage.holds(group, server().person(3)));
    EXPECT_FALSE(stage.holds(group, server().person(1)));
  }
  void expect_too_little(const agent::AgentSettings& settings, const std::string& without) {
    const auto seen = test::examine_now(settings);
    EXPECT_EQ(doctor::worst_of(seen.findings), Severity::problem) << "without " << without << "\n"
                                                                  << test::text_of(seen);
  }

  // What the doctor prints for OpenLDAP and 389 DS is a sentence and then LDIF.
  static std::string ldif_in(const std::string& printed) { return printed.substr(printed.find("\ndn: ") + 1); }

  std::string teams_, team_, scratch_;
  std::vector<std::string> accounts_;
};

class AccessRulesOfOpenLdap : public AccessRules {
 protected:
  // Before the printed rules: who administers. Behind them: nobody else may do anything.
  void only(const std::vector<std::string>& rules) {
    std::string ldif = database_ + "replace: olcAccess\n";
    for (std::size_t i = 0; i < rules.size(); ++i)
      ldif += lab::ldif_line("olcAccess", "{" + std::to_string(i) + "}" + rules[i]);
    change(ldif);
  }
  const std::string database_ = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n";
};
INSTANTIATE_TEST_SUITE_P(On, AccessRulesOfOpenLdap, ::testing::Values(Server::openldap), test_name);

TEST_P(AccessRulesOfOpenLdap, AreEnoughAsPrintedAndNoneOfThemCanBeLeftOut) {
  const auto before = server().admin().values("olcDatabase={1}mdb,cn=config", "olcAccess").value();
  const auto settings = fresh_account("fresh");
  const auto printed = ldif_in(printed_for(settings));  // while everybody may still log in
  const auto administers = before.front().substr(before.front().find('}') + 1);
  only({administers, "to * by * none"});
  expect_too_little(settings, "any rule");
  change(printed);
  expect_enough(settings);
  const auto rules = doctor::openldap_access({settings.directory.bind_dn, settings.users.bases, settings.groups.bases});
  EXPECT_EQ(rules.size(), 6u);
  for (std::size_t left_out = 0; left_out < rules.size(); ++left_out) {
    std::vector<std::string> fewer{administers};
    for (std::size_t i = 0; i < rules.size(); ++i)
      if (i != left_out) fewer.push_back(rules[i]);
    fewer.emplace_back("to * by * none");
    only(fewer);
    expect_too_little(settings, rules[left_out]);
  }
  std::string restored = database_ + "replace: olcAccess\n";
  for (const auto& rule : before) restored += lab::ldif_line("olcAccess", rule);
  change(restored);
}

TEST_P(AccessRulesOfOpenLdap, AreReadyToPasteForANameThatNeedsQuotes) {
  const auto before = server().admin().values("olcDatabase={1}mdb,cn=config", "olcAccess").value();
  const auto settings = fresh_account(odd_name, odd_rdn);
  const auto printed = ldif_in(printed_for(settings));
  only({before.front().substr(before.front().find('}') + 1), "to * by * none"});
  change(printed);
  expect_enough(settings);
  std::string restored = database_ + "replace: olcAccess\n";
  for (const auto& rule : before) restored += lab::ldif_line("olcAccess", rule);
  change(restored);
}

using AccessRulesOf389 = AccessRules;
INSTANTIATE_TEST_SUITE_P(On, AccessRulesOf389, ::testing::Values(Server::ds389), test_name);

TEST_P(AccessRulesOf389, AreEnoughAsPrintedAndNoneOfThemCanBeLeftOut) {
  const auto settings = fresh_account("fresh");
  expect_too_little(settings, "any rule");
  change(ldif_in(printed_for(settings)));
  expect_enough(settings);
  const auto rules = doctor::ds389_access({settings.directory.bind_dn, settings.users.bases, settings.groups.bases});
  EXPECT_EQ(rules.size(), 5u);
  const auto put = [&](const std::string& how, const std::pair<std::string, std::string>& rule) {
    change("dn: " + rule.first + "\nchangetype: modify\n" + how + ": aci\naci: " + rule.second + "\n");
  };
  for (const auto& rule : rules) {
    put("delete", rule);
    expect_too_little(settings, rule.second + " on " + rule.first);
    put("add", rule);
  }
  for (const auto& rule : rules) put("delete", rule);
}

TEST_P(AccessRulesOf389, AreReadyToPasteForANameThatNeedsQuotes) {
  const auto settings = fresh_account("Dir \"B\", \xC3\x84 50%", R"(Dir \"B\"\, )"
                                                                 "\xC3\x84 50%");
  expect_too_little(settings, "any rule");
  change(ldif_in(printed_for(settings)));
  expect_enough(settings);
  for (const auto& [entry, rule] :
       doctor::ds389_access({settings.directory.bind_dn, settings.users.bases, settings.groups.bases}))
    change("dn: " + entry + "\nchangetype: modify\ndelete: aci\naci: " + rule + "\n");
}

using AccessRulesOfActiveDirectory = AccessRules;
INSTANTIATE_TEST_SUITE_P(On, AccessRulesOfActiveDirectory, ::testing::Values(Server::samba), test_name);

TEST_P(AccessRulesOfActiveDirectory, AreEnoughAsPrintedAndNoneOfThemCanBeLeftOut) {
  const auto commands = [](const std::string& printed) {
    std::vector<std::string> lines;
    for (const auto line : split(printed, '\n'))
      if (line.starts_with("samba-tool ")) lines.emplace_back(line);
    return lines;
  };
  const auto settings = fresh_account("fresh");
  expect_too_little(settings, "any rule");
  const auto whole = commands(printed_for(settings));
  ASSERT_EQ(whole.size(), 2u);
  for (const auto& line : whole) server().paste_command(line);
  expect_enough(settings);
  // Permissions cannot be taken back with this tool: an account for each that is left out.
  for (std::size_t left_out = 0; left_out < whole.size(); ++left_out) {
    const auto other = fresh_account("fresh" + std::to_string(left_out));
    const auto lines = commands(printed_for(other));
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (i != left_out) server().paste_command(lines[i]);
    expect_too_little(other, lines[left_out]);
  }
}

// The two tools are told the same: dsacls' words and the SDDL come from one permission.
TEST_P(AccessRulesOfActiveDirectory, AreTheSameForDsaclsAndForSamba) {
  const auto settings = fresh_account("twice");
  const auto printed = printed_for(settings);
  const doctor::AgentAccount account{settings.directory.bind_dn, settings.users.bases, settings.groups.bases};
  const auto sid = printed.substr(printed.find(";S-1-5-21-") + 1, printed.find(")'") - printed.find(";S-1-5-21-") - 1);
  for (const auto& permission : doctor::active_directory_access(account)) {
    EXPECT_NE(printed.find(doctor::to_dsacls(permission, account.name)), std::string::npos) << printed;
    EXPECT_NE(printed.find(doctor::to_sddl(permission, sid)), std::string::npos) << printed;
  }
}

}  // namespace
}  // namespace dirbridge::directories
