// The doctor on each of the three servers: nothing to say of a healthy configuration, and each planted mistake found.
#include <functional>

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
  // The same as somebody who may do everything.
  agent::AgentSettings almighty() {
    auto settings = healthy();
    switch (server().kind()) {
      case Server::openldap: settings.directory.bind_dn = "cn=admin," + server().suffix(); break;
      case Server::ds389: settings.directory.bind_dn = lab::PrivateDs389::admin_dn(); break;
      case Server::samba: settings.directory.bind_dn = lab::PrivateSambaAd::admin_login(); break;
    }
    settings.directory.bind_password_file = server().folder() + "/doctor.admin";
    write_file(settings.directory.bind_password_file, "Admin-Passw0rd.1", 0600).value();
    return settings;
  }
  // What somebody who does not use our code sees below the bases.
  std::string everything_there() {
    std::string text;
    for (const auto& base : {server().people_base(), server().groups_base()}) {
      const auto found = server().admin().search(base, "sub", "(objectClass=*)", {"*", "+"});
      for (const auto& entry : found.value()) {
        text += entry.dn + "\n";
        for (const auto& [name, values] : entry.attributes)
          for (const auto& value : values) text += name + ": " + value + "\n";
      }
    }
    return text;
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
  const auto settings = almighty();
  expect(settings, Check::other_rights, Severity::warning);
}

TEST_P(Doctor, FindsGroupsOutsideOfTheBasesWhoseMembersTheAccountMayChange) {
  const auto group = server().make_group("doctor elsewhere", {server().person(7)});
  auto settings = healthy();
  // The only base is a branch that holds none of the groups that the account may change.
  settings.groups.bases = {server().people_base()};
  const auto seen = test::examine_now(settings);
  EXPECT_TRUE(test::has_evidence(seen, Check::other_rights, "which groups.bases do not hold")) << test::text_of(seen);
  EXPECT_EQ(test::severity_of(seen, Check::other_rights), Severity::warning) << test::text_of(seen);
  server().remove_entry(group);
}

TEST_P(Doctor, FindsAGroupWhoseClassesHaveNoMember) {
  auto settings = healthy();
  const auto dn = "cn=doctor-role," + server().groups_base();
  if (server().kind() == Server::samba) {
    settings.groups.filter = "(|(objectClass=group)(objectClass=organizationalUnit))";
  } else {
    ASSERT_TRUE(server().admin().modify("dn: " + dn + "\nobjectClass: organizationalRole\ncn: doctor-role\n"));
    settings.groups.filter = "(|(objectClass=groupOfNames)(objectClass=organizationalRole))";
  }
  expect(settings, Check::member_class, Severity::problem);
  if (server().kind() != Server::samba) server().remove_entry(dn);
}

TEST_P(Doctor, LeavesEverythingAsItIsEvenIfItMayDoEverything) {
  const auto before = everything_there();
  const auto seen = test::examine_now(almighty());
  EXPECT_EQ(everything_there(), before) << test::text_of(seen);
}

TEST_P(Doctor, TriesTheWaysToFollowChangesWithThisAccount) {
  const auto has = [&](const doctor::Examination& seen, const std::string& text) {
    EXPECT_TRUE(test::has_evidence(seen, Check::change_feed, text)) << text << "\n" << test::text_of(seen);
  };
  const auto agents = test::examine_now(healthy());
  const auto admins = test::examine_now(almighty());
  switch (server().kind()) {
    case Server::openldap:
      has(agents, "content synchronisation (RFC 4533): not offered");
      has(agents, "polling by modifyTimestamp: works");
      break;
    case Server::ds389:
      has(agents, "persistent search: works");
      has(agents, "retro changelog: shows nothing to this account");
      has(admins, "retro changelog: works");
      has(agents, "polling by modifyTimestamp: works");
      break;
    case Server::samba:
      has(agents, "DirSync: not allowed for this account");
      has(agents, "DirSync with object security: works");
      has(admins, "DirSync: works");
      has(agents, "change notification: works");
      has(agents, "polling by uSNChanged: works");
      break;
  }
}

// What is special to one server.
class DoctorOn389 : public Doctor {
 protected:
  void change(const std::string& ldif) {
    const auto changed = server().admin().modify(ldif);
    ASSERT_TRUE(changed) << changed.error().message();
  }
  std::string rule(const std::string& target, const std::string& rights) {
    return "aci: (targetattr=\"" + target + "\")(version 3.0; acl \"planted\"; allow (" + rights +
           ") userdn=\"ldap:///" + server().agent_settings().bind_dn + "\";)\n";
  }
  void with_rule(const std::string& entry, const std::string& rule, const std::function<void()>& story) {
    change("dn: " + entry + "\nchangetype: modify\nadd: aci\n" + rule);
    story();
    change("dn: " + entry + "\nchangetype: modify\ndelete: aci\n" + rule);
  }
};
INSTANTIATE_TEST_SUITE_P(On, DoctorOn389, ::testing::Values(Server::ds389), test_name);

TEST_P(DoctorOn389, ChangesTheScratchGroupThatWasNamedAndNotItsComposedTwin) {
  const std::string composed = "Zo\xC3\xAB", decomposed = "Zoe\xCC\x88";
  const auto member = server().make_person(decomposed + " of the doctor");
  const auto scratch = server().make_group(decomposed + " doctor twin", {member});
  const auto twin = server().make_group(composed + " doctor twin", {server().person(7)});
  const auto state = [&](const std::string& dn) {
    auto seen = server().admin().values(dn, "modifyTimestamp").value();
    for (const auto& value : server().admin().values(dn, "modifiersName").value()) seen.push_back(value);
    for (const auto& value : server().admin().values(dn, "member").value()) seen.push_back(value);
    return seen;
  };
  const auto before = state(twin);
  const auto seen = test::examine_now(healthy(), scratch);
  EXPECT_EQ(state(twin), before);
  EXPECT_LE(doctor::worst_of(seen.findings), Severity::info) << test::text_of(seen);
  EXPECT_TRUE(test::has_evidence(seen, Check::modify_speed, "for one change")) << test::text_of(seen);
  EXPECT_TRUE(test::has_evidence(seen, Check::last_member, "a group may be empty")) << test::text_of(seen);
  EXPECT_TRUE(server().holds(scratch, "member", member));
  server().remove_entry(scratch);
  server().remove_entry(twin);
  server().remove_entry(member);
}

TEST_P(DoctorOn389, FindsMembersThatMayNotBeReadOrNotBeSearched) {
  for (const std::string right : {"read", "search"}) {
    const auto rule = "aci: (targetattr=\"member\")(version 3.0; acl \"planted\"; deny (" + right +
                      ") userdn=\"ldap:///" + server().agent_settings().bind_dn + "\";)\n";
    with_rule(server().groups_base(), rule, [&] {
      const auto seen = test::examine_now(healthy());
      EXPECT_EQ(test::severity_of(seen, Check::groups), Severity::problem) << right << "\n" << test::text_of(seen);
      EXPECT_TRUE(test::has_evidence(seen, Check::groups, "may not " + right)) << test::text_of(seen);
    });
  }
}

TEST_P(DoctorOn389, FindsAnAccountThatMayDeleteGroups) {
  with_rule(server().groups_base(), rule("*", "delete"), [&] {
    const auto seen = test::examine_now(healthy());
    EXPECT_TRUE(test::has_evidence(seen, Check::other_rights, "delete ")) << test::text_of(seen);
    EXPECT_EQ(test::severity_of(seen, Check::other_rights), Severity::warning);
  });
}

TEST_P(DoctorOn389, FindsAnAccountThatMayLockAccountsOut) {
  with_rule(server().people_base(), rule("nsAccountLock || nsRoleDN", "write"), [&] {
    const auto seen = test::examine_now(healthy());
    EXPECT_EQ(test::severity_of(seen, Check::other_rights), Severity::warning) << test::text_of(seen);
    EXPECT_TRUE(test::has_evidence(seen, Check::other_rights, "write nsAccountLock of ")) << test::text_of(seen);
    EXPECT_TRUE(test::has_evidence(seen, Check::other_rights, "write nsRoleDN of ")) << test::text_of(seen);
  });
}

// Such a rule lets nobody in, whatever Get Effective Rights say, and nobody who is taken out could be put back.
TEST_P(DoctorOn389, FindsAnAccountThatMayAddNobodyAndChangesNothingWithIt) {
  const auto scratch = server().make_group("doctor-scratch", {server().person(7)});
  const auto rule =
      "aci: (targattrfilters=\"add=member:(member=*)\")(version 3.0; acl \"planted\"; deny (write) "
      "userdn=\"ldap:///" +
      server().agent_settings().bind_dn + "\";)\n";
  const auto before = server().admin().values(scratch, "modifyTimestamp").value();
  with_rule(server().groups_base(), rule, [&] {
    const auto seen = test::examine_now(healthy(), scratch);
    EXPECT_EQ(test::severity_of(seen, Check::member_rights), Severity::problem) << test::text_of(seen);
    EXPECT_TRUE(test::has_evidence(seen, Check::last_member, "not tried")) << test::text_of(seen);
    EXPECT_TRUE(server().holds(scratch, "member", server().person(7)));
    EXPECT_EQ(server().admin().values(scratch, "modifyTimestamp").value(), before);
  });
  server().remove_entry(scratch);
}

TEST_P(DoctorOn389, FindsAnAccountThatMaySetPasswords) {
  with_rule(server().people_base(), rule("userPassword", "write"), [&] {
    const auto seen = test::examine_now(healthy());
    EXPECT_TRUE(test::has_evidence(seen, Check::other_rights, "userPassword")) << test::text_of(seen);
  });
}

TEST_P(DoctorOn389, FindsAnAccountThatMayActAsOthers) {
  with_rule(server().people_base(), rule("*", "proxy"), [&] {
    const auto seen = test::examine_now(healthy());
    EXPECT_TRUE(test::has_evidence(seen, Check::other_rights, "act as others on ")) << test::text_of(seen);
    EXPECT_EQ(test::severity_of(seen, Check::other_rights), Severity::warning);
  });
}

TEST_P(DoctorOn389, SeesReferentialIntegrityAndTheIndexWhereItMayReadTheConfiguration) {
  const auto hidden = test::examine_now(healthy());
  EXPECT_EQ(test::severity_of(hidden, Check::refint), Severity::info) << test::text_of(hidden);
  EXPECT_EQ(test::severity_of(hidden, Check::member_index), Severity::info) << test::text_of(hidden);
  const std::string plugin =
      "dn: cn=referential integrity postoperation,cn=plugins,cn=config\nchangetype: modify\n"
      "replace: nsslapd-pluginEnabled\nnsslapd-pluginEnabled: ";
  with_rule("cn=config", rule("*", "read,search"), [&] {
    const auto shown = test::examine_now(healthy());
    EXPECT_EQ(test::severity_of(shown, Check::refint), Severity::ok) << test::text_of(shown);
    EXPECT_EQ(test::severity_of(shown, Check::member_index), Severity::ok) << test::text_of(shown);
    change(plugin + "off\n");
    const auto off = test::examine_now(healthy());
    EXPECT_EQ(test::severity_of(off, Check::refint), Severity::warning) << test::text_of(off);
    change(plugin + "on\n");
  });
}

TEST_P(DoctorOn389, GoesOnWithTheCookieOfContentSynchronisation) {
  const std::string name = "content synchronisation (RFC 4533): ";
  const auto hidden = test::examine_now(healthy());
  EXPECT_TRUE(test::has_evidence(hidden, Check::change_feed, name + "not offered")) << test::text_of(hidden);
  const std::string switches =
      "dn: cn=config\nchangetype: modify\nreplace: nsslapd-dynamic-plugins\nnsslapd-dynamic-plugins: on\n\n"
      "dn: cn=Content Synchronization,cn=plugins,cn=config\nchangetype: modify\nreplace: nsslapd-pluginEnabled\n"
      "nsslapd-pluginEnabled: ";
  change(switches + "on\n");
  const auto seen = test::examine_now(healthy());
  EXPECT_TRUE(test::has_evidence(seen, Check::change_feed, name + "works")) << test::text_of(seen);
  change(switches + "off\n");
}

TEST_P(DoctorOn389, DoesNotBelieveOldMemberOf) {
  const auto scratch = server().make_group("doctor-scratch", {server().person(7)});
  const auto kept = test::examine_now(healthy(), scratch);
  EXPECT_TRUE(test::has_evidence(kept, Check::member_of, "kept: ")) << test::text_of(kept);
  const std::string plugin =
      "dn: cn=config\nchangetype: modify\nreplace: nsslapd-dynamic-plugins\nnsslapd-dynamic-plugins: on\n\n"
      "dn: cn=MemberOf Plugin,cn=plugins,cn=config\nchangetype: modify\nreplace: nsslapd-pluginEnabled\n"
      "nsslapd-pluginEnabled: ";
  change(plugin + "off\n");
  const auto old = test::examine_now(healthy(), scratch);
  EXPECT_EQ(test::severity_of(old, Check::member_of), Severity::warning) << test::text_of(old);
  EXPECT_TRUE(test::has_evidence(old, Check::member_of, "not kept")) << test::text_of(old);
  change(plugin + "on\n");
  server().remove_entry(scratch);
}

TEST_P(DoctorOn389, FindsThatLargeRequestsEndTheConnection) {
  const std::string limit = "dn: cn=config\nchangetype: modify\nreplace: nsslapd-maxbersize\nnsslapd-maxbersize: ";
  change(limit + "65536\n");
  const auto seen = test::examine_now(healthy());
  EXPECT_EQ(test::severity_of(seen, Check::limits), Severity::problem) << test::text_of(seen);
  change(limit + "0\n");
}

class DoctorOnActiveDirectory : public Doctor {
 protected:
  // Whose rights these were: "u:svc-agent (S-1-5-21-…)".
  static std::string own_sid(const doctor::Examination& seen) {
    const auto identity = std::ranges::find(seen.findings, Check::identity, &doctor::Finding::check)->evidence;
    const auto begin = identity.find("S-1-5");
    return identity.substr(begin, identity.find(')') - begin);
  }
};
INSTANTIATE_TEST_SUITE_P(On, DoctorOnActiveDirectory, ::testing::Values(Server::samba), test_name);

TEST_P(DoctorOnActiveDirectory, AsksForOneValueOfManyAndSaysWhoWeAre) {
  const auto seen = test::examine_now(healthy());
  EXPECT_TRUE(test::has_evidence(seen, Check::ranged_reads, "one value came when one was asked for"))
      << test::text_of(seen);
  EXPECT_TRUE(test::has_evidence(seen, Check::server, "Active Directory (Samba 4.")) << test::text_of(seen);
  EXPECT_TRUE(test::has_evidence(seen, Check::identity, "u:svc-agent (S-1-5-21-")) << test::text_of(seen);
  EXPECT_EQ(test::severity_of(seen, Check::clock), Severity::ok) << test::text_of(seen);
}

TEST_P(DoctorOnActiveDirectory, FindsTheRightsThatNoAttributeTells) {
  auto settings = healthy();
  settings.users.filter = "(cn=doctor victim)";
  settings.groups.filter = "(cn=doctor-doomed)";
  const auto user = server().make_person("doctor victim");
  const auto group = server().make_group("doctor-doomed", {user});
  const auto before = test::examine_now(settings);
  EXPECT_EQ(test::severity_of(before, Check::other_rights), Severity::ok) << test::text_of(before);
  EXPECT_TRUE(test::has_evidence(before, Check::other_rights, "security descriptors")) << test::text_of(before);

  const auto sid = own_sid(before);
  const auto grant = [&](const std::string& dn, const std::string& rule) {
    server().paste_command("samba-tool dsacl set --objectdn=\"" + dn + "\" --sddl=\"" + rule + sid + ")\"");
  };
  grant(user, "(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;");
  grant(group, "(A;;SD;;;");
  const auto after = test::examine_now(settings);
  EXPECT_EQ(test::severity_of(after, Check::other_rights), Severity::warning) << test::text_of(after);
  EXPECT_TRUE(test::has_evidence(after, Check::other_rights, "set the password of ")) << test::text_of(after);
  EXPECT_TRUE(test::has_evidence(after, Check::other_rights, "delete ")) << test::text_of(after);
  server().remove_entry(group);
  server().remove_entry(user);
}

TEST_P(DoctorOnActiveDirectory, FindsAGroupWhoseMembersTheAccountMayNotRead) {
  auto settings = healthy();
  const auto user = server().make_person("doctor hidden");
  const auto group = server().make_group("doctor-hidden", {user});
  settings.users.filter = "(cn=doctor hidden)";
  settings.groups.filter = "(cn=doctor-hidden)";
  const auto before = test::examine_now(settings);
  EXPECT_EQ(test::severity_of(before, Check::groups), Severity::ok) << test::text_of(before);
  server().paste_command("samba-tool dsacl set --objectdn='" + group +
                         "' --sddl='(OD;;RP;bf9679c0-0de6-11d0-a285-00aa003049e2;;" + own_sid(before) + ")'");
  const auto after = test::examine_now(settings);
  EXPECT_TRUE(test::has_evidence(after, Check::groups, "may not read members")) << test::text_of(after);
  server().remove_entry(group);
  server().remove_entry(user);
}

// The reader's right stays: samba-tool takes none away, and nobody else asks what the reader may.
TEST_P(DoctorOnActiveDirectory, FindsAnAccountThatMayReplicateTheSecretsOfTheDomain) {
  auto settings = healthy();
  settings.directory.bind_dn = server().reader_settings().bind_dn;
  settings.directory.bind_password_file = server().reader_settings().bind_password_file;
  const auto before = test::examine_now(settings);
  EXPECT_FALSE(test::has_evidence(before, Check::other_rights, "replicate the secrets")) << test::text_of(before);
  const auto sid = own_sid(before);
  server().paste_command("samba-tool dsacl set --objectdn=\"" + server().suffix() +
                         "\" --sddl=\"(OA;;CR;1131f6ad-9c07-11d1-f79f-00c04fc2dcd2;;" + sid + ")\"");
  const auto after = test::examine_now(settings);
  EXPECT_TRUE(test::has_evidence(after, Check::other_rights, "replicate the secrets of " + server().suffix()))
      << test::text_of(after);
}

}  // namespace
}  // namespace dirbridge::directories
