// The doctor on each of the three servers: nothing to say of a healthy configuration, and each planted mistake found.
#include "base/text.hpp"
#include "integration/directories/directories_fixture.hpp"
#include "support/examine_now.hpp"

namespace dirbridge::directories {
namespace {

using doctor::Check;
using doctor::Severity;

class Doctor : public OnEachServer {
 protected:
  agent::AgentSettings healthy() {
    agent::AgentSettings settings;
    settings.directory = server().agent_settings();
    settings.users.bases = {server().people_base()};
    settings.groups.bases = {server().groups_base()};
    if (server().kind() == Server::samba) {
      settings.users.filter = "(objectClass=user)";
      settings.groups.filter = "(objectClass=group)";
    }
    return settings;
  }
  void expect(const agent::AgentSettings& settings, Check check, Severity severity) {
    const auto seen = test::examine_now(settings);
    EXPECT_EQ(test::severity_of(seen, check), severity) << test::text_of(seen);
  }
};
DIRBRIDGE_ON_EACH_SERVER(Doctor);

TEST_P(Doctor, HasNothingToSayOfAHealthyConfigurationAndLeavesTheScratchGroupAsFound) {
  const auto scratch = server().make_group("doctor-scratch", {server().person(7)});
  const auto seen = test::examine_now(healthy(), scratch);
  EXPECT_LE(doctor::worst_of(seen.findings), Severity::info) << test::text_of(seen);
  EXPECT_EQ(seen.kind, server().protocol_kind());
  EXPECT_FALSE(seen.advice.empty());
  EXPECT_TRUE(server().holds(scratch, "member", server().person(7)));
  EXPECT_EQ(server().admin().values(scratch, "member").value().size(), 1U);
  server().remove_entry(scratch);
}

TEST_P(Doctor, FindsAWrongPassword) {
  auto settings = healthy();
  settings.directory.bind_password_file = server().folder() + "/doctor.password";
  write_file(settings.directory.bind_password_file, "not it", 0600).value();
  expect(settings, Check::bind, Severity::problem);
}

TEST_P(Doctor, FindsAnUnknownAuthority) {
  auto settings = healthy();
  settings.directory.ca_file = server().folder() + "/other-ca.pem";
  write_file(settings.directory.ca_file, net::make_authority("Another").certificate).value();
  expect(settings, Check::connection, Severity::problem);
}

TEST_P(Doctor, FindsACertificateForAnotherName) {
  auto settings = healthy();
  auto& url = settings.directory.urls.front();
  url.replace(url.find("127.0.0.1"), 9, "localhost");
  expect(settings, Check::connection, Severity::problem);
}

TEST_P(Doctor, FindsABaseThatIsNotThere) {
  auto settings = healthy();
  settings.groups.bases = {"ou=teams," + server().suffix()};
  expect(settings, Check::groups, Severity::problem);
}

TEST_P(Doctor, FindsAFilterThatMatchesNothing) {
  auto settings = healthy();
  settings.users.filter = "(objectClass=account)";
  expect(settings, Check::users, Severity::problem);
}

TEST_P(Doctor, FindsAnAccountThatMayNotChangeMembers) {
  auto settings = healthy();
  settings.directory.bind_dn = server().reader_settings().bind_dn;
  settings.directory.bind_password_file = server().reader_settings().bind_password_file;
  expect(settings, Check::member_rights, Severity::problem);
}

TEST_P(Doctor, FindsAnAccountThatMayDoMoreThanChangeMembers) {
  auto settings = healthy();
  switch (server().kind()) {
    case Server::openldap: settings.directory.bind_dn = "cn=admin," + server().suffix(); break;
    case Server::ds389: settings.directory.bind_dn = lab::PrivateDs389::admin_dn(); break;
    case Server::samba: settings.directory.bind_dn = lab::PrivateSambaAd::admin_login(); break;
  }
  settings.directory.bind_password_file = server().folder() + "/doctor.admin";
  write_file(settings.directory.bind_password_file, "Admin-Passw0rd.1", 0600).value();
  expect(settings, Check::other_rights, Severity::warning);
}

}  // namespace
}  // namespace dirbridge::directories
