// The doctor against a slapd of its own: every planted misconfiguration is found, and the access rules that it prints
// are enough and no more.
#include "planted_slapd.hpp"

namespace dirbridge::doctor {
namespace {

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
        Planted{"IdsNotSearchable", &OnOpenLdap::ids_not_searchable, Check::users, Severity::problem,
                "search on the stable id"},
        Planted{"EmptySecondUserBase", &OnOpenLdap::empty_second_user_base, Check::users, Severity::warning},
        Planted{"DeadSecondServer", &OnOpenLdap::dead_second_server, Check::connection, Severity::warning},
        Planted{"DeadFirstServer", &OnOpenLdap::dead_first_server, Check::connection, Severity::warning},
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

TEST_F(OnOpenLdap, TheMemberOfOverlayKeepsGroupsAsWellIfItIsToldTo) {
  start();
  show_configuration();
  change("dn: cn=module{0},cn=config\nchangetype: modify\nadd: olcModuleLoad\nolcModuleLoad: memberof\n");
  const auto overlay = [](const std::string& number, const std::string& keeps) {
    return "dn: olcOverlay=" + number +
           "memberof,olcDatabase={1}mdb,cn=config\nobjectClass: olcOverlayConfig\nobjectClass: olcMemberOfConfig\n"
           "olcOverlay: " +
           number +
           "memberof\nolcMemberOfGroupOC: groupOfNames\nolcMemberOfMemberAD: member\nolcMemberOfRefInt: " + keeps +
           "\n";
  };
  change(overlay("{0}", "FALSE"));
  const auto without = test::examine_now(settings_);
  EXPECT_EQ(test::severity_of(without, Check::refint), Severity::warning) << test::text_of(without);
  change(
      "dn: olcOverlay={0}memberof,olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcMemberOfRefInt\n"
      "olcMemberOfRefInt: TRUE\n");
  const auto with = test::examine_now(settings_);
  EXPECT_EQ(test::severity_of(with, Check::refint), Severity::ok) << test::text_of(with);
}

TEST_F(OnOpenLdap, AnotherDatabaseOfTheServerSaysNothingOfThisOne) {
  index_members_ = false;
  start();
  show_configuration();
  std::filesystem::create_directory(path("other"));
  change(
      "dn: olcDatabase={2}mdb,cn=config\nobjectClass: olcDatabaseConfig\nobjectClass: olcMdbConfig\n"
      "olcDatabase: {2}mdb\nolcSuffix: dc=other,dc=net\nolcDbDirectory: " +
      path("other") + "\nolcDbIndex: member,uniqueMember eq\n");
  change("dn: cn=module{0},cn=config\nchangetype: modify\nadd: olcModuleLoad\nolcModuleLoad: refint\n");
  change(
      "dn: olcOverlay=refint,olcDatabase={2}mdb,cn=config\nobjectClass: olcOverlayConfig\n"
      "objectClass: olcRefintConfig\nolcOverlay: refint\nolcRefintAttribute: member uniqueMember\n");
  const auto seen = test::examine_now(settings_);
  EXPECT_EQ(test::severity_of(seen, Check::refint), Severity::warning) << test::text_of(seen);
  EXPECT_EQ(test::severity_of(seen, Check::member_index), Severity::warning) << test::text_of(seen);
  set("olcDbIndex", {"default eq", "member,uniqueMember"});
  const auto by_default = test::examine_now(settings_);
  EXPECT_EQ(test::severity_of(by_default, Check::member_index), Severity::ok) << test::text_of(by_default);
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
