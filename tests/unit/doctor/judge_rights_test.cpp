#include "doctor/judge.hpp"

#include <gtest/gtest.h>

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

ldap::Result code(int value) { return {value, {}, {}, {}}; }

TEST(DoctorJudge, FiftyThreeIsNoSuchValueOnActiveDirectoryAndReadOnlyElsewhere) {
  EXPECT_EQ(access_of(ServerKind::active_directory, code(53)), Access::allowed);
  EXPECT_EQ(access_of(ServerKind::openldap, code(53)), Access::read_only);
  EXPECT_EQ(access_of(ServerKind::ds389, code(53)), Access::read_only);
  for (const auto kind : {ServerKind::openldap, ServerKind::ds389, ServerKind::active_directory}) {
    EXPECT_EQ(access_of(kind, code(16)), Access::allowed);
    EXPECT_EQ(access_of(kind, code(50)), Access::refused);
    EXPECT_EQ(access_of(kind, code(51)), Access::unclear);
  }
}

TEST(DoctorJudge, OneGroupWithoutTheRightIsAProblemThatNamesIt) {
  const auto finding = judge_member_rights(ServerKind::openldap,
                                           {{"cn=a,o=x", "member", code(16)}, {"cn=b,o=x", "member", code(50)}}, 2);
  EXPECT_EQ(finding.severity, Severity::problem);
  EXPECT_NE(finding.evidence.find("cn=b,o=x"), std::string::npos);
  EXPECT_NE(finding.evidence.find("may not change members of 1: cn=b"), std::string::npos) << finding.evidence;
  EXPECT_EQ(finding.evidence.find("cn=a,o=x"), std::string::npos);
}

TEST(DoctorJudge, MoreRightsThanMembersAreAWarning) {
  EXPECT_EQ(judge_other_rights(ServerKind::ds389, {{{"ou=x", "description", code(50)}}, {}, {}}).severity,
            Severity::ok);
  EXPECT_EQ(judge_other_rights(ServerKind::ds389, {{{"ou=x", "description", code(16)}}, {}, {}}).severity,
            Severity::warning);
}

TEST(DoctorJudge, WhatWouldHaveBeenDoneIsAllowedAndWhatTheServerCannotTryIsNot) {
  const auto severity = [](int answer) {
    return judge_other_rights(ServerKind::openldap, {{}, {{"delete cn=a", code(answer)}}, {}}).severity;
  };
  EXPECT_EQ(severity(ldap::Attempt::would_be_done), Severity::warning);
  EXPECT_EQ(severity(50), Severity::ok);
  EXPECT_EQ(severity(12), Severity::ok);
}

TEST(DoctorJudge, APasswordThatCanBeReadIsOneRightTooMany) {
  const auto finding = judge_other_rights(ServerKind::openldap, {{}, {}, {}, {"uid=a"}});
  EXPECT_EQ(finding.severity, Severity::warning);
  EXPECT_NE(finding.evidence.find("read userPassword of uid=a"), std::string::npos);
}

TEST(DoctorJudge, TheServersOwnWordOnRightsCounts) {
  const auto severity = [](const std::string& entry_rights, const std::string& attribute_rights) {
    const auto said = ldap::own_rights(
        ServerKind::ds389,
        {"cn=a", {{"entryLevelRights", {entry_rights}}, {"attributeLevelRights", {attribute_rights}}}});
    return judge_other_rights(ServerKind::ds389, {{}, {}, {said.value()}}).severity;
  };
  EXPECT_EQ(severity("v", "cn:rsc, member:rscwo, aci:none"), Severity::ok);
  EXPECT_EQ(severity("v", "cn:rscw, member:rscwo"), Severity::warning);
  EXPECT_EQ(severity("v", "cn:rsco"), Severity::warning);
  EXPECT_EQ(severity("vd", "cn:rsc"), Severity::warning);
  EXPECT_EQ(severity("va", "cn:rsc"), Severity::warning);
  EXPECT_EQ(severity("none", "cn:none"), Severity::ok);
  EXPECT_FALSE(ldap::own_rights(ServerKind::ds389, {"cn=a", {}}));
}

TEST(DoctorOwnRights, AnAttributeIsHiddenThatMayBeThereAndIsNeitherReadNorSearchedFor) {
  const auto said = ldap::own_rights(
      ServerKind::ds389,
      {"cn=a", {{"entryLevelRights", {"v"}}, {"attributeLevelRights", {"member:wo, cn:rsc, sn:s, uniqueMember:r"}}}});
  ASSERT_TRUE(said);
  EXPECT_TRUE(said->hides("Member"));
  for (const auto* shown : {"cn", "sn", "uniqueMember"}) EXPECT_FALSE(said->hides(shown)) << shown;
  EXPECT_FALSE(said->hides("description")) << "the classes do not have it";
}

TEST(DoctorJudge, MembersThatMayNotBeReadOrSearchedAreAProblem) {
  const auto seen = [](const std::string& rights) {
    const auto said = ldap::own_rights(ServerKind::ds389,
                                       {"cn=a", {{"entryLevelRights", {"v"}}, {"attributeLevelRights", {rights}}}});
    const auto sight = member_sight(said.value(), "member");
    const auto finding = judge_member_sight(sight ? std::vector{*sight} : std::vector<MemberSight>{});
    return finding ? finding->evidence : std::string{};
  };
  EXPECT_EQ(seen("cn:rsc, member:rscwo"), "");
  EXPECT_NE(seen("cn:rsc, member:scwo").find("may not read members"), std::string::npos);
  EXPECT_NE(seen("cn:rsc, member:rcwo").find("may not search"), std::string::npos);
  EXPECT_NE(seen("cn:rsc, member:none").find("cn=a (member)"), std::string::npos);
  EXPECT_EQ(seen("cn:rsc"), "") << "its classes have none";
}

TEST(DoctorJudge, ActiveDirectorySaysItInConstructedAttributes) {
  const auto severity = [](std::vector<ldap::Attribute> attributes) {
    const auto said = ldap::own_rights(ServerKind::active_directory, {"cn=a", std::move(attributes)});
    return judge_other_rights(ServerKind::active_directory, {{}, {}, {said.value()}}).severity;
  };
  EXPECT_EQ(severity({{"sDRightsEffective", {"0"}}, {"allowedAttributesEffective", {"member"}}}), Severity::ok);
  EXPECT_EQ(severity({{"sDRightsEffective", {"0"}}, {"allowedAttributesEffective", {"member", "info"}}}),
            Severity::warning);
  EXPECT_EQ(severity({{"sDRightsEffective", {"4"}}}), Severity::warning);
  EXPECT_EQ(severity({{"sDRightsEffective", {"0"}}, {"allowedChildClassesEffective", {"user"}}}), Severity::warning);
  EXPECT_FALSE(ldap::own_rights(ServerKind::active_directory, {"cn=a", {}}));
}

TEST(DoctorJudge, WhatIsCutShortInTheEvidenceIsWholeInTheItems) {
  std::vector<WriteTry> tries;
  for (int i = 0; i < 10; ++i) tries.push_back({"cn=g" + std::to_string(i), "member", code(50)});
  const auto finding = judge_member_rights(ServerKind::openldap, tries, 400);
  EXPECT_NE(finding.evidence.find("10 of 400 groups"), std::string::npos) << finding.evidence;
  EXPECT_NE(finding.evidence.find("and 7 more"), std::string::npos) << finding.evidence;
  ASSERT_EQ(finding.items.size(), 10u);
  EXPECT_TRUE(finding.items.back().starts_with("cn=g9 "));
}

TEST(DoctorJudge, ItSaysHowManyWereLookedAt) {
  OtherRights seen;
  seen.seen_groups = 50, seen.all_groups = 345;
  seen.seen_users = seen.all_users = 7;
  for (const auto& granted : {std::vector<std::string>{}, {"delete cn=a"}}) {
    seen.granted = granted;
    const auto finding = judge_other_rights(ServerKind::active_directory, seen);
    EXPECT_EQ(finding.severity, granted.empty() ? Severity::ok : Severity::warning);
    EXPECT_NE(finding.evidence.find("looked at 50 of 345 groups and all 7 users"), std::string::npos)
        << finding.evidence;
  }
}

TEST(DoctorJudge, AGroupOutsideOfTheBasesIsTooMuchIfItsMembersMayBeChanged) {
  OtherRights seen;
  seen.all_outside = 70;
  for (const int code : {50, 16}) {
    seen.outside = {{"cn=elsewhere", "member", {code}}, {"cn=hidden", "member", {50}}};
    const auto finding = judge_other_rights(ServerKind::openldap, seen);
    EXPECT_EQ(finding.severity, code == 50 ? Severity::ok : Severity::warning);
    EXPECT_NE(finding.evidence.find("2 of 70 groups outside of groups.bases"), std::string::npos) << finding.evidence;
    EXPECT_EQ(finding.evidence.find("cn=elsewhere, which") != std::string::npos, code == 16) << finding.evidence;
    EXPECT_EQ(finding.evidence.find("cn=hidden"), std::string::npos) << finding.evidence;
  }
}

TEST(DoctorJudge, ARefusalForTheLackOfTlsIsNotOneForTheLackOfRights) {
  const auto finding = judge_member_rights(ServerKind::openldap, {{"cn=a", "member", code(13)}}, 1);
  EXPECT_EQ(finding.severity, Severity::problem);
  EXPECT_NE(finding.remedy.find("starttls"), std::string::npos) << finding.remedy;
}

TEST(DoctorJudge, AGroupWhoseClassesHaveNoMemberIsAProblemThatNamesIt) {
  using Takes = ClassSeen::Takes;
  EXPECT_EQ(takes_of(code(65)), Takes::no);
  EXPECT_EQ(takes_of(code(ldap::Attempt::would_be_done)), Takes::yes);
  EXPECT_EQ(takes_of(code(50)), Takes::unclear);
  const auto finding = judge_member_class({{"cn=a", "member", Takes::yes}, {"cn=b", "member", Takes::no}}, 2);
  EXPECT_EQ(finding.severity, Severity::problem);
  EXPECT_NE(finding.evidence.find("cn=b (member)"), std::string::npos);
  EXPECT_EQ(judge_member_class({{"cn=a", "member", Takes::yes}}, 1).severity, Severity::ok);
  EXPECT_EQ(judge_member_class({{"cn=a", "member", Takes::unclear}}, 1).severity, Severity::info);
  EXPECT_EQ(judge_member_class({}, 0).severity, Severity::info);
}

}  // namespace
}  // namespace dirbridge::doctor
