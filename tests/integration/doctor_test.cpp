// The doctor against a slapd of its own: every planted misconfiguration is found, and the access rules that it prints
// are enough and no more.
#include <gtest/gtest.h>

#include <functional>

#include "base/text.hpp"
#include "doctor/access_advice.hpp"
#include "lab/ldap_gate.hpp"
#include "lab/ldap_tools.hpp"
#include "lab/private_slapd.hpp"
#include "lab/sample_organisation.hpp"
#include "ldap/server_url.hpp"
#include "support/examine_now.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::doctor {
namespace {

class OnOpenLdap : public ::testing::Test {
 protected:
  void SetUp() override {
    authority_ = net::make_authority("Lab CA");
    organisation_ = lab::bench_organisation(20, {1, 3, 5});
    write("password", "agent secret");
    write("ca.pem", authority_.certificate);
    settings_.directory.bind_dn = organisation_.agent_dn();
    settings_.directory.bind_password_file = path("password");
    settings_.directory.ca_file = path("ca.pem");
    settings_.users.bases = {organisation_.people_base()};
    settings_.groups.bases = {organisation_.groups_base()};
  }
  void start(net::Identity identity) {
    lab::SlapdOptions options;
    options.folder = path(server_folder_);
    options.admin_password = Secret{"admin secret"};
    options.access = organisation_.access;
    options.seed_ldif = organisation_.ldif(Secret{"agent secret"}, Secret{"reader secret"});
    options.tls = std::move(identity);
    options.fsync = false;
    options.index_members = index_members_;
    options.sort_values = sort_values_;
    options.provider = provider_;
    auto started = lab::PrivateSlapd::start(std::move(options));
    if (!started) throw std::runtime_error(started.error().message());
    server_.emplace(std::move(*started));
    settings_.directory.urls = {server_->ldaps_url()};
  }
  void start() { start(net::issue(authority_, {"127.0.0.1"})); }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  void write(const std::string& name, const std::string& text) const { write_file(path(name), text, 0600).value(); }
  void change(const std::string& ldif) const {
    const auto changed = lab::LdapTools{server_->ldapi_url()}.modify(ldif);
    if (!changed) throw std::runtime_error(changed.error().message() + " for\n" + ldif);
  }
  void set(const std::string& attribute, const std::vector<std::string>& values) const {
    std::string ldif = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: " + attribute + "\n";
    for (const auto& value : values) ldif += lab::ldif_line(attribute, value);
    change(ldif);
  }
  void security(const std::string& demand) const {
    change("dn: cn=config\nchangetype: modify\nreplace: olcSecurity\nolcSecurity: " + demand + "\n");
  }
  // These rules and no other.
  void set_access(const std::vector<std::string>& lines) const {
    std::vector<std::string> numbered;
    for (const auto& line : lines) numbered.push_back("{" + std::to_string(numbered.size()) + "}" + line);
    numbered.push_back("{" + std::to_string(numbered.size()) + "}to * by * none");
    set("olcAccess", numbered);
  }
  std::vector<std::string> advised() const {
    return openldap_access({organisation_.agent_dn(), settings_.users.bases, settings_.groups.bases});
  }
  std::string agent() const { return " by dn.exact=\"" + organisation_.agent_dn() + "\" "; }
  void show_configuration() const {
    change("dn: olcDatabase={0}config,cn=config\nchangetype: modify\nadd: olcAccess\n" +
           lab::ldif_line("olcAccess", "{0}to *" + agent() + "read by * break"));
  }
  // The advised rules with this one before them.
  void set_access_with(const std::string& line) const {
    auto lines = advised();
    lines.insert(lines.begin(), line);
    set_access(lines);
  }

 public:
  // Each does to the lab what an administrator may have done by mistake.
  void wrong_password() { start(), write("password", "not it"); }
  void no_password_file() { start(), settings_.directory.bind_password_file = path("nowhere"); }
  void unknown_authority() { start(), write("ca.pem", net::make_authority("Another").certificate); }
  void other_host_name() { start(net::issue(authority_, {"ldap.example.org"})); }
  void expired_certificate() {
    const auto now = system_clock().wall_now();
    start(net::issue(authority_, {"127.0.0.1"}, now - std::chrono::hours{48}, now - std::chrono::hours{24}));
  }
  void certificate_ends_soon() { start(net::issue(authority_, {"127.0.0.1"}, 20)); }
  void password_in_clear() { start(), settings_.directory.urls = {server_->ldap_url()}; }
  void anonymous() { start(), settings_.directory.bind_dn.clear(); }
  void wrong_group_base() { start(), settings_.groups.bases = {"ou=teams," + organisation_.suffix}; }
  void wrong_user_base() { start(), settings_.users.bases = {"ou=staff," + organisation_.suffix}; }
  void filter_of_another_server() { start(), settings_.groups.filter = "(objectClass=group)"; }
  void one_group_not_writable() {
    start();
    set_access_with("to dn.exact=\"" + organisation_.groups[1].dn + "\" attrs=member" + agent() + "read by * break");
  }
  void members_not_addable() {
    start();
    set_access_with("to dn.exact=\"" + organisation_.groups[1].dn + "\" attrs=member" + agent() + "=rscxdz by * break");
  }
  void members_not_readable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=member" + agent() + "=w by * break");
  }
  void members_not_searchable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=member" + agent() + "=wr by * break");
  }
  void ids_not_readable() {
    start();
    set_access_with("to attrs=entryUUID by * none");
  }
  void descriptions_writable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=description" + agent() +
                    "write by * break");
  }
  void people_writable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.people_base() + "\"" + agent() + "write by * break");
  }
  void groups_deletable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=entry,children" + agent() +
                    "write by * break");
  }
  void entries_addable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.people_base() + "\" attrs=entry,children" + agent() +
                    "=arscxd by * break");
  }
  void classes_writable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=objectClass" + agent() +
                    "write by * break");
  }
  void passwords_writable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.people_base() + "\" attrs=userPassword" + agent() +
                    "=w by * break");
  }
  void passwords_readable() {
    start();
    change("dn: " + organisation_.person("u3").dn + "\nchangetype: modify\nadd: userPassword\nuserPassword: secret\n");
    set_access_with("to dn.subtree=\"" + organisation_.people_base() + "\" attrs=userPassword" + agent() +
                    "read by * break");
  }
  void group_without_members() {
    start();
    change(lab::ldif_line("dn", "cn=role," + organisation_.groups_base()) +
           "objectClass: organizationalRole\ncn: role\n");
    settings_.groups.filter = "(|(objectClass=groupOfNames)(objectClass=organizationalRole))";
  }
  void values_not_sorted() { sort_values_ = false, start(), show_configuration(); }
  void members_not_indexed() { index_members_ = false, start(), show_configuration(); }
  void deleted_users_stay_members() { start(), show_configuration(); }
  void expired_certificate_under_starttls() {
    expired_certificate();
    settings_.directory.urls = {server_->ldap_url()};
    settings_.directory.starttls = true;
  }
  void tls_on_the_plain_port() {
    start();
    auto url = server_->ldap_url();
    settings_.directory.urls = {url.replace(0, 4, "ldaps")};
  }
  void plain_on_the_tls_port() {
    start();
    auto url = server_->ldaps_url();
    settings_.directory.urls = {url.replace(0, 5, "ldap")};
  }
  void binds_need_tls() { password_in_clear(), security("simple_bind=128"); }
  void changes_need_tls() { password_in_clear(), security("update_tls=1"); }
  void requests_too_small() {
    start();
    change(
        "dn: cn=config\nchangetype: modify\nreplace: olcSockbufMaxIncomingAuth\n"
        "olcSockbufMaxIncomingAuth: 262143\n");
  }
  void no_stand_in() { start(), settings_.last_member = "cn=nobody," + organisation_.suffix; }
  void one_user_writable() {
    start();
    set_access_with("to dn.exact=\"" + organisation_.person("u13").dn + "\" attrs=telephoneNumber" + agent() +
                    "=w by * break");
  }
  void members_elsewhere_writable() {
    start();
    const auto dn = "cn=elsewhere," + organisation_.people_base();
    change(lab::ldif_line("dn", dn) + "objectClass: groupOfNames\ncn: elsewhere\n" +
           lab::ldif_line("member", organisation_.person("u1").dn));
    set_access_with("to dn.exact=\"" + dn + "\"" + agent() + "=rscxdw by * break");
  }
  void may_act_as_others() {
    start();
    change("dn: cn=config\nchangetype: modify\nreplace: olcAuthzPolicy\nolcAuthzPolicy: to\n");
    change(lab::ldif_line("dn", organisation_.agent_dn()) + "changetype: modify\nadd: authzTo\nauthzTo: dn.regex:.*\n");
  }
  void size_limit() { start(), set("olcLimits", {"{0}users size=5"}); }
  void read_only() { start(), set("olcReadOnly", {"TRUE"}); }

 protected:
  bool index_members_ = true;
  bool sort_values_ = true;
  bool provider_ = false;
  std::string server_folder_ = "s";
  tests::TemporaryFolder folder_;
  net::Authority authority_;
  lab::Organisation organisation_;
  std::optional<lab::PrivateSlapd> server_;
  agent::AgentSettings settings_;
};

struct Planted {
  const char* name;
  void (OnOpenLdap::*plant)();
  Check check;
  Severity severity;
  const char* remedy = "";  // words of it
};
void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.name; }

class PlantedOnOpenLdap : public OnOpenLdap, public ::testing::WithParamInterface<Planted> {};

INSTANTIATE_TEST_SUITE_P(
    Doctor, PlantedOnOpenLdap,
    ::testing::Values(
        Planted{"WrongPassword", &OnOpenLdap::wrong_password, Check::bind, Severity::problem},
        Planted{"NoPasswordFile", &OnOpenLdap::no_password_file, Check::bind, Severity::problem},
        Planted{"UnknownAuthority", &OnOpenLdap::unknown_authority, Check::connection, Severity::problem,
                "ldap.ca_file"},
        Planted{"OtherHostName", &OnOpenLdap::other_host_name, Check::connection, Severity::problem,
                "the name that the certificate is for"},
        Planted{"ExpiredCertificate", &OnOpenLdap::expired_certificate, Check::certificate, Severity::problem},
        Planted{"CertificateEndsSoon", &OnOpenLdap::certificate_ends_soon, Check::certificate, Severity::warning},
        Planted{"PasswordInClear", &OnOpenLdap::password_in_clear, Check::transport, Severity::warning},
        Planted{"Anonymous", &OnOpenLdap::anonymous, Check::bind, Severity::warning},
        Planted{"WrongGroupBase", &OnOpenLdap::wrong_group_base, Check::groups, Severity::problem},
        Planted{"WrongUserBase", &OnOpenLdap::wrong_user_base, Check::users, Severity::problem},
        Planted{"FilterOfAnotherServer", &OnOpenLdap::filter_of_another_server, Check::groups, Severity::problem},
        Planted{"OneGroupNotWritable", &OnOpenLdap::one_group_not_writable, Check::member_rights, Severity::problem},
        Planted{"MembersNotAddable", &OnOpenLdap::members_not_addable, Check::member_rights, Severity::problem},
        Planted{"MembersNotReadable", &OnOpenLdap::members_not_readable, Check::groups, Severity::problem},
        Planted{"MembersNotSearchable", &OnOpenLdap::members_not_searchable, Check::groups, Severity::problem,
                "read and search on the member attribute"},
        Planted{"IdsNotReadable", &OnOpenLdap::ids_not_readable, Check::users, Severity::problem},
        Planted{"DescriptionsWritable", &OnOpenLdap::descriptions_writable, Check::other_rights, Severity::warning},
        Planted{"PeopleWritable", &OnOpenLdap::people_writable, Check::other_rights, Severity::warning},
        Planted{"GroupsDeletable", &OnOpenLdap::groups_deletable, Check::other_rights, Severity::warning},
        Planted{"EntriesAddable", &OnOpenLdap::entries_addable, Check::other_rights, Severity::warning},
        Planted{"ClassesWritable", &OnOpenLdap::classes_writable, Check::other_rights, Severity::warning},
        Planted{"PasswordsWritable", &OnOpenLdap::passwords_writable, Check::other_rights, Severity::warning},
        Planted{"PasswordsReadable", &OnOpenLdap::passwords_readable, Check::other_rights, Severity::warning},
        Planted{"GroupWithoutMembers", &OnOpenLdap::group_without_members, Check::member_class, Severity::problem},
        Planted{"ValuesNotSorted", &OnOpenLdap::values_not_sorted, Check::sort_values, Severity::warning},
        Planted{"MembersNotIndexed", &OnOpenLdap::members_not_indexed, Check::member_index, Severity::warning},
        Planted{"DeletedUsersStayMembers", &OnOpenLdap::deleted_users_stay_members, Check::refint, Severity::warning},
        Planted{"ExpiredCertificateUnderStartTls", &OnOpenLdap::expired_certificate_under_starttls, Check::certificate,
                Severity::problem},
        Planted{"TlsOnThePlainPort", &OnOpenLdap::tls_on_the_plain_port, Check::connection, Severity::problem,
                "this port speaks LDAP without TLS"},
        Planted{"PlainOnTheTlsPort", &OnOpenLdap::plain_on_the_tls_port, Check::connection, Severity::problem,
                "this port speaks TLS from the first byte"},
        Planted{"BindsNeedTls", &OnOpenLdap::binds_need_tls, Check::bind, Severity::problem, "ldap.starttls"},
        Planted{"ChangesNeedTls", &OnOpenLdap::changes_need_tls, Check::member_rights, Severity::problem,
                "ldap.starttls"},
        Planted{"RequestsTooSmall", &OnOpenLdap::requests_too_small, Check::limits, Severity::problem,
                "olcSockbufMaxIncomingAuth"},
        Planted{"NoStandIn", &OnOpenLdap::no_stand_in, Check::last_member, Severity::warning, "agent.last_member"},
        Planted{"OneUserWritable", &OnOpenLdap::one_user_writable, Check::other_rights, Severity::warning},
        Planted{"MembersElsewhereWritable", &OnOpenLdap::members_elsewhere_writable, Check::other_rights,
                Severity::warning},
        Planted{"MayActAsOthers", &OnOpenLdap::may_act_as_others, Check::other_rights, Severity::warning},
        Planted{"SizeLimit", &OnOpenLdap::size_limit, Check::limits, Severity::problem},
        Planted{"ReadOnly", &OnOpenLdap::read_only, Check::member_rights, Severity::problem}),
    [](const auto& one) { return std::string{one.param.name}; });

TEST_P(PlantedOnOpenLdap, IsFound) {
  (this->*GetParam().plant)();
  const auto seen = test::examine_now(settings_);
  EXPECT_EQ(test::severity_of(seen, GetParam().check), GetParam().severity) << test::text_of(seen);
  EXPECT_TRUE(test::has_remedy(seen, GetParam().check, GetParam().remedy)) << test::text_of(seen);
}

TEST_F(OnOpenLdap, AHealthyDirectoryHasNothingWorseThanInformation) {
  start();
  const auto seen = test::examine_now(settings_, organisation_.groups[0].dn);
  EXPECT_LE(worst_of(seen.findings), Severity::info) << test::text_of(seen);
  EXPECT_EQ(seen.kind, ldap::ServerKind::openldap);
  const auto identity = std::ranges::find(seen.findings, Check::identity, &Finding::check);
  ASSERT_NE(identity, seen.findings.end());
  EXPECT_EQ(identity->evidence, "dn:" + organisation_.agent_dn());
  EXPECT_TRUE(test::has_evidence(seen, Check::member_rights, "all 3 groups")) << test::text_of(seen);
  EXPECT_TRUE(test::has_evidence(seen, Check::other_rights, "looked at all 3 groups and all 20 users"))
      << test::text_of(seen);
}

TEST_F(OnOpenLdap, ACopyThatIsNamedFirstIsInformationAndThePrimaryBehindItIsTried) {
  read_only();
  const auto copy = std::move(server_);
  server_.reset();
  server_folder_ = "t";
  start();
  settings_.directory.urls = {copy->ldaps_url(), server_->ldaps_url()};
  const auto seen = test::examine_now(settings_, organisation_.groups[0].dn);
  EXPECT_LE(worst_of(seen.findings), Severity::info) << test::text_of(seen);
  EXPECT_TRUE(test::has_evidence(seen, Check::member_rights, copy->ldaps_url() + " takes no changes"))
      << test::text_of(seen);
  EXPECT_TRUE(test::has_evidence(seen, Check::member_rights, "all 3 groups")) << test::text_of(seen);
  EXPECT_TRUE(test::has_evidence(seen, Check::modify_speed, "for one change")) << test::text_of(seen);
}

// Rights that allow one half of a change: it could not be undone.
TEST_F(OnOpenLdap, TheScratchGroupIsNotChangedByWhoCouldNotUndoIt) {
  start();
  const auto group = organisation_.groups[0].dn;
  const lab::LdapTools directory{server_->ldapi_url()};
  const auto before = directory.values(group, "member").value();
  const auto stamp = directory.values(group, "entryCSN").value();
  const std::string members = "to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=member";
  for (const auto& rule : {members + agent() + "=arscxd by * break", members + agent() + "=zrscxd by * break",
                           members + " val.regex=\"^uid=.*\"" + agent() + "=arscxd by * break"}) {
    set_access_with(rule);
    const auto seen = test::examine_now(settings_, group);
    set("olcAccess", {"{0}to * by * read"});
    EXPECT_EQ(directory.values(group, "member").value(), before) << rule;
    EXPECT_EQ(directory.values(group, "entryCSN").value(), stamp) << rule << "\n" << test::text_of(seen);
    EXPECT_TRUE(test::has_evidence(seen, Check::modify_speed, "could not be undone") ||
                test::has_evidence(seen, Check::last_member, "could not be undone"))
        << rule << "\n"
        << test::text_of(seen);
  }
}

TEST_F(OnOpenLdap, ContentSynchronisationIsTriedAndNotBelieved) {
  start();
  const std::string name = "content synchronisation (RFC 4533): ";
  const auto without = test::examine_now(settings_);
  EXPECT_TRUE(test::has_evidence(without, Check::change_feed, name + "not offered")) << test::text_of(without);
  server_.reset();
  server_folder_ = "t";
  provider_ = true;
  start();
  const auto with = test::examine_now(settings_);
  EXPECT_TRUE(test::has_evidence(with, Check::change_feed, name + "works")) << test::text_of(with);
}

TEST_F(OnOpenLdap, ReferentialIntegrityIsSeenInTheConfiguration) {
  start();
  show_configuration();
  change("dn: cn=module{0},cn=config\nchangetype: modify\nadd: olcModuleLoad\nolcModuleLoad: refint\n");
  change(
      "dn: olcOverlay=refint,olcDatabase={1}mdb,cn=config\nobjectClass: olcOverlayConfig\n"
      "objectClass: olcRefintConfig\nolcOverlay: refint\nolcRefintAttribute: member\n"
      "olcRefintAttribute: uniqueMember\n");
  const auto seen = test::examine_now(settings_);
  EXPECT_TRUE(test::has_evidence(seen, Check::refint, "kept for member; uniqueMember")) << test::text_of(seen);
}

TEST_F(OnOpenLdap, TheServersClockIsSeenInTheScratchGroupOnly) {
  start();
  const auto without = test::examine_now(settings_);
  EXPECT_EQ(test::severity_of(without, Check::clock), Severity::info) << test::text_of(without);
  const auto with = test::examine_now(settings_, organisation_.groups[0].dn);
  EXPECT_EQ(test::severity_of(with, Check::clock), Severity::ok) << test::text_of(with);
  EXPECT_TRUE(test::has_evidence(with, Check::clock, "the server's clock is ")) << test::text_of(with);
}

TEST_F(OnOpenLdap, TheScratchGroupIsAsFoundEvenIfTheServerDiesBetweenAChangeAndItsUndo) {
  start();
  settings_.users.filter = "(uid=u9)";  // not a member of g1
  const auto group = organisation_.groups[0].dn;
  const auto user = organisation_.person("u9").dn;
  const lab::LdapTools directory{server_->ldapi_url()};
  auto gate = lab::LdapGate::open(ldap::ServerUrl::parse(server_->ldap_url())->port);
  ASSERT_TRUE(gate) << gate.error().message();
  settings_.directory.urls = {(*gate)->url()};
  const auto before = directory.values(group, "member").value();
  bool died = false;
  // The modify that would take the user out again finds no server, and the next connection one that is new.
  std::function<void()> watch = [&] {
    if (!directory.holds(group, "member", user).value()) return (*gate)->arm(watch);
    died = true;
    server_->kill();
    server_->restart().value();
  };
  (*gate)->arm(watch);
  const auto seen = test::examine_now(settings_, group);
  EXPECT_TRUE(died);
  EXPECT_EQ(test::severity_of(seen, Check::modify_speed), Severity::problem) << test::text_of(seen);
  EXPECT_EQ(directory.values(group, "member").value(), before) << test::text_of(seen);
}

TEST_F(OnOpenLdap, AnExaminationThatIsToEndEarlyGivesTheScratchGroupBackAndChangesNothingMore) {
  start();
  settings_.users.filter = "(uid=u9)";  // not a member of g1
  const auto group = organisation_.groups[0].dn;
  const lab::LdapTools directory{server_->ldapi_url()};
  const auto before = directory.values(group, "member").value();
  auto gate = lab::LdapGate::open(ldap::ServerUrl::parse(server_->ldap_url())->port);
  ASSERT_TRUE(gate) << gate.error().message();
  settings_.directory.urls = {(*gate)->url()};
  Scratch scratch;
  std::string restore;
  std::function<void()> watch = [&] {
    if (!directory.holds(group, "member", organisation_.person("u9").dn).value()) return (*gate)->arm(watch);
    EXPECT_TRUE(scratch.is_touched);
    restore = scratch.restore;
    scratch.ends_early = true;
  };
  (*gate)->arm(watch);
  const auto seen = test::examine_now(settings_, group, &scratch);
  EXPECT_TRUE(scratch.ends_early);
  EXPECT_FALSE(scratch.is_touched);
  EXPECT_EQ(directory.values(group, "member").value(), before);
  EXPECT_EQ(test::severity_of(seen, Check::modify_speed), Severity::ok) << "it was measured to the end";
  // What a person would be told undoes it.
  change("dn: " + group + "\nchangetype: modify\nadd: member\nmember: " + organisation_.person("u9").dn + "\n");
  ASSERT_NE(directory.values(group, "member").value(), before);
  change(restore);
  EXPECT_EQ(directory.values(group, "member").value(), before) << restore;
}

TEST_F(OnOpenLdap, AScratchGroupThatIsNoneIsNamedWithItsRemedy) {
  start();
  for (const auto& no_group : {std::string{"g1"}, organisation_.person("u9").dn, "cn=none," + organisation_.suffix}) {
    const auto seen = test::examine_now(settings_, no_group);
    EXPECT_EQ(worst_of(seen.findings), Severity::problem) << test::text_of(seen);
    for (const auto& finding : seen.findings)
      EXPECT_TRUE(finding.severity < Severity::warning || !finding.remedy.empty()) << test::text_of(seen);
  }
}

TEST_F(OnOpenLdap, TheScratchGroupIsLeftAsFoundAndTheOthersAreUntouched) {
  start();
  settings_.users.filter = "(uid=u9)";  // the user who is put in and taken out: not a member of g1
  const lab::LdapTools directory{server_->ldapi_url()};
  const auto snapshot = [&] {
    std::vector<std::vector<std::string>> all;
    for (const auto& group : organisation_.groups) {
      all.push_back(directory.values(group.dn, "member").value());
      if (group.cn != "g1") all.push_back(directory.values(group.dn, "entryCSN").value());
    }
    return all;
  };
  const auto before = snapshot();
  const auto touched = directory.values(organisation_.groups[0].dn, "entryCSN").value();
  const auto seen = test::examine_now(settings_, organisation_.groups[0].dn);
  EXPECT_EQ(snapshot(), before) << test::text_of(seen);
  EXPECT_NE(directory.values(organisation_.groups[0].dn, "entryCSN").value(), touched) << "the speed was not measured";
}

TEST_F(OnOpenLdap, TheAdvisedRulesAreEnoughAndNoneOfThemCanBeLeftOut) {
  start();
  const auto lines = advised();
  set_access(lines);
  const auto whole = test::examine_now(settings_, organisation_.groups[0].dn);
  EXPECT_LE(worst_of(whole.findings), Severity::info) << test::text_of(whole);
  for (std::size_t left_out = 0; left_out < lines.size(); ++left_out) {
    auto fewer = lines;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(left_out));
    set_access(fewer);
    const auto seen = test::examine_now(settings_);
    EXPECT_EQ(worst_of(seen.findings), Severity::problem) << "without " << lines[left_out] << "\n"
                                                          << test::text_of(seen);
  }
}

}  // namespace
}  // namespace dirbridge::doctor
