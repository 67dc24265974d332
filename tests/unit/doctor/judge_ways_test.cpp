#include "doctor/judge.hpp"

#include <gtest/gtest.h>

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

ldap::Result code(int value) { return {value, {}, {}, {}}; }

TEST(DoctorJudge, MemberIsAWordOfItsOwnAmongIndexes) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(judge_member_index(ServerKind::openldap, Lines{"uid,cn eq", "member,uniqueMember eq"}, 1ms).severity,
            Severity::ok);
  EXPECT_EQ(judge_member_index(ServerKind::openldap, Lines{"uniqueMember eq"}, 1ms).severity, Severity::warning);
  EXPECT_EQ(judge_member_index(ServerKind::openldap, std::nullopt, 1ms).severity, Severity::info);
  EXPECT_EQ(judge_member_index(ServerKind::openldap, Lines{"member pres,sub"}, 1ms).severity, Severity::warning);
  EXPECT_EQ(judge_member_index(ServerKind::openldap, Lines{"member pres,eq"}, 1ms).severity, Severity::ok);
  const Used both{"member", "uniqueMember"};
  const auto one = judge_member_index(ServerKind::ds389, Lines{"member"}, 1ms, both);
  EXPECT_EQ(one.severity, Severity::warning);
  EXPECT_NE(one.remedy.find("--attr uniqueMember"), std::string::npos) << one.remedy;
  EXPECT_EQ(judge_member_index(ServerKind::ds389, Lines{"uniquemember", "member"}, 1ms, both).severity, Severity::ok);
  EXPECT_EQ(judge_sort_values(Lines{"member"}, both).severity, Severity::warning);
  EXPECT_EQ(judge_sort_values(Lines{"member", "uniqueMember"}, both).severity, Severity::ok);
  EXPECT_EQ(judge_refint(ServerKind::ds389, Lines{"member"}, both).severity, Severity::warning);
  EXPECT_EQ(judge_sort_values(Lines{}).severity, Severity::warning);
}

TEST(DoctorJudge, MembersOfActiveDirectoryAreIndexedAndFollowTheirEntriesAlways) {
  EXPECT_EQ(judge_member_index(ServerKind::active_directory, std::nullopt, 1ms).severity, Severity::ok);
  EXPECT_EQ(judge_refint(ServerKind::active_directory, std::nullopt).severity, Severity::ok);
}

TEST(DoctorJudge, WhoMayNotReadTheConfigurationIsToldNothingOfReferentialIntegrity) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(judge_refint(ServerKind::openldap, std::nullopt).severity, Severity::info);
  EXPECT_EQ(judge_refint(ServerKind::openldap, Names{}).severity, Severity::warning);
  EXPECT_EQ(judge_refint(ServerKind::ds389, Names{"manager"}).severity, Severity::warning);
  EXPECT_EQ(judge_refint(ServerKind::ds389, Names{"uniqueMember", "member"}).severity, Severity::ok);
}

TEST(DoctorJudge, AFeedWorksOnlyIfItShowedWhatItShould) {
  const auto evidence = [](int answer, bool has_shown) {
    FeedTry seen{.name = "sync", .result = code(answer)};
    seen.has_shown = has_shown;
    seen.to_allow = "let it";
    return judge_feed(seen);
  };
  EXPECT_EQ(evidence(0, true).severity, Severity::ok);
  EXPECT_EQ(evidence(0, false).severity, Severity::info);
  EXPECT_EQ(evidence(0, false).remedy, "let it");
  EXPECT_NE(evidence(12, false).evidence.find("not offered"), std::string::npos);
  EXPECT_NE(evidence(50, false).evidence.find("not allowed"), std::string::npos);
  EXPECT_NE(evidence(51, false).evidence.find("not clear"), std::string::npos);
}

TEST(DoctorJudge, ARangeThatIsNotHonouredIsAProblemOnceTheServerCutsItsAnswers) {
  RangeSeen seen{.dn = "cn=big", .result = code(0), .name = "member;range=0-0"};
  seen.values = 1;
  seen.plain = 1500;
  seen.is_cut = true;
  EXPECT_EQ(judge_ranged_reads(seen).severity, Severity::ok);
  EXPECT_NE(judge_ranged_reads(seen).evidence.find("cut after 1500"), std::string::npos);
  seen.name = "member";
  EXPECT_EQ(judge_ranged_reads(seen).severity, Severity::problem);
  seen.is_cut = false;
  EXPECT_EQ(judge_ranged_reads(seen).severity, Severity::warning);
  EXPECT_EQ(judge_ranged_reads(std::nullopt).severity, Severity::info);
}

TEST(DoctorJudge, OldMemberOfIsNotBelieved) {
  const auto severity = [](bool shows_some, bool after_add, bool after_removal) {
    return judge_member_of({"uid=a", shows_some, MemberOfSeen::Try{"uid=b", after_add, after_removal}})->severity;
  };
  EXPECT_EQ(severity(true, true, false), Severity::ok);
  EXPECT_EQ(severity(false, true, false), Severity::ok);
  EXPECT_EQ(severity(true, false, false), Severity::warning) << "what is shown is old";
  EXPECT_EQ(severity(true, true, true), Severity::warning) << "it stays";
  EXPECT_EQ(severity(false, false, false), Severity::info);
}

TEST(DoctorJudge, MemberOfWithoutAScratchGroupIsOnlySeen) {
  EXPECT_FALSE(judge_member_of({}));
  const auto seen = judge_member_of({"uid=a", true});
  EXPECT_EQ(seen->severity, Severity::ok);
  EXPECT_NE(seen->evidence.find("not tried"), std::string::npos) << seen->evidence;
  EXPECT_EQ(judge_member_of({"uid=a", false})->severity, Severity::info);
}

TEST(DoctorJudge, ARefusedRemovalOfTheLastMemberHasItsRemedy) {
  const auto remedy = [](int code) { return judge_last_member({code, {}, {}, {}}, "refuse").remedy; };
  EXPECT_NE(remedy(50).find("grant the account write"), std::string::npos);
  EXPECT_NE(remedy(53).find("primary"), std::string::npos);
  EXPECT_NE(remedy(16).find("a group of DNs"), std::string::npos);
  EXPECT_NE(remedy(80).find("log"), std::string::npos);
}

TEST(DoctorJudge, AStandInThatIsNotThereIsNamed) {
  EXPECT_EQ(judge_stand_in(ServerKind::openldap, "cn=x", {}, true).severity, Severity::ok);
  EXPECT_EQ(judge_stand_in(ServerKind::openldap, "cn=x", {32, {}, {}, {}}, false).severity, Severity::warning);
  const auto finding = judge_stand_in(ServerKind::active_directory, "cn=x", {32, {}, {}, {}}, false);
  EXPECT_EQ(finding.severity, Severity::problem) << "no value without an entry there";
  EXPECT_NE(finding.evidence.find("cn=x"), std::string::npos);
  EXPECT_NE(finding.remedy.find("agent.last_member"), std::string::npos);
}

}  // namespace
}  // namespace dirbridge::doctor
