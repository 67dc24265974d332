#include "doctor/judge.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "doctor/access_advice.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;
using std::chrono::days;

const WallTime now = parse_generalized_time("20261124120000.0Z").value();

ldap::Result code(int value) { return {value, {}, {}, {}}; }

std::vector<net::SeenCertificate> ending_in(days left) { return {{"CN=ldap", "CN=ca", now + left}}; }

TEST(DoctorJudge, AnAccountThatTheServerTakesForNobodyIsAProblemUnlessThatIsWanted) {
  EXPECT_EQ(judge_identity({}, "dn:cn=agent,dc=org", false).severity, Severity::ok);
  EXPECT_EQ(judge_identity({}, "dn:cn=agent,dc=org", false).evidence, "dn:cn=agent,dc=org");
  EXPECT_EQ(judge_identity({}, "", false).severity, Severity::problem);
  EXPECT_EQ(judge_identity({}, "dn:", false).severity, Severity::problem);
  EXPECT_EQ(judge_identity({}, "", true).severity, Severity::ok);
  EXPECT_EQ(judge_identity({2, "", "unsupported", {}}, "", false).severity, Severity::info);
}

TEST(DoctorDocument, TheTableOfDoctorMdIsThatOfTheProgram) {
  const auto document = read_file(DIRBRIDGE_SOURCE_DIR "/docs/doctor.md");
  ASSERT_TRUE(document) << document.error().message();
  EXPECT_NE(document->find(to_markdown()), std::string::npos) << "the table should be\n" << to_markdown();
}

TEST(DoctorJudge, OnlyAPasswordInClearToAnotherMachineIsAWarningAndASealedBindIsFine) {
  EXPECT_EQ(judge_transport({.has_password = true}).severity, Severity::warning);
  EXPECT_EQ(judge_transport({.is_protected = true, .has_password = true}).severity, Severity::ok);
  EXPECT_EQ(judge_transport({.is_sealed = true}).severity, Severity::ok);
  EXPECT_EQ(judge_transport({}).severity, Severity::info);
}

TEST(DoctorJudge, ACertificateWarnsAMonthAndAlarmsAWeekBeforeItsEnd) {
  EXPECT_EQ(judge_certificates(ending_in(days{31}), now).severity, Severity::ok);
  EXPECT_EQ(judge_certificates(ending_in(days{29}), now).severity, Severity::warning);
  EXPECT_EQ(judge_certificates(ending_in(days{6}), now).severity, Severity::problem);
  EXPECT_EQ(judge_certificates({}, now).severity, Severity::problem);
}

TEST(DoctorJudge, TheCertificateOfTheChainThatEndsFirstCounts) {
  auto chain = ending_in(days{300});
  chain.push_back({"CN=ca", "CN=root", now + days{3}});
  const auto finding = judge_certificates(chain, now);
  EXPECT_EQ(finding.severity, Severity::problem);
  EXPECT_NE(finding.evidence.find("CN=ca, issued by CN=root"), std::string::npos) << finding.evidence;
}

TEST(DoctorJudge, AClockMinutesOffIsAWarningAndBeyondKerberosAProblem) {
  EXPECT_EQ(judge_clock(now + 50s, now).severity, Severity::ok);
  EXPECT_EQ(judge_clock(now - 61s, now).severity, Severity::warning);
  EXPECT_EQ(judge_clock(now + 301s, now).severity, Severity::problem);
  EXPECT_EQ(judge_clock(std::nullopt, now).severity, Severity::info);
}

TEST(DoctorJudge, TimesThatAreNoneAreNotRead) {
  EXPECT_EQ(to_iso8601(*parse_generalized_time("20261124132750.0Z")), "2026-11-24T13:27:50.000Z");
  for (const auto* text : {"", "Z", "2026112413275Z", "20261324132750.0Z", "20261124252750.0Z", "2026x124132750.0Z"})
    EXPECT_FALSE(parse_generalized_time(text)) << text;
}

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
  const auto finding =
      judge_member_rights(ServerKind::openldap, {{"cn=a,o=x", "member", code(16)}, {"cn=b,o=x", "member", code(50)}});
  EXPECT_EQ(finding.severity, Severity::problem);
  EXPECT_NE(finding.evidence.find("cn=b,o=x"), std::string::npos);
  EXPECT_EQ(finding.evidence.find("cn=a,o=x"), std::string::npos);
}

TEST(DoctorJudge, MoreRightsThanMembersAreAWarning) {
  EXPECT_EQ(judge_other_rights(ServerKind::ds389, {{"ou=x", "description", code(50)}}).severity, Severity::ok);
  EXPECT_EQ(judge_other_rights(ServerKind::ds389, {{"ou=x", "description", code(16)}}).severity, Severity::warning);
}

TEST(DoctorJudge, AReadWithoutEntriesIsAProblem) {
  ReadSeen seen;
  seen.what = "groups";
  EXPECT_EQ(judge_read(Check::groups, seen).severity, Severity::problem);
  seen.entries = 3;
  EXPECT_EQ(judge_read(Check::groups, seen).severity, Severity::ok);
  seen.result = code(4);
  EXPECT_EQ(judge_limits({seen}).severity, Severity::problem);
}

TEST(DoctorJudge, MemberIsAWordOfItsOwnAmongIndexes) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(judge_member_index(Lines{"uid,cn eq", "member,uniqueMember eq"}, 1ms).severity, Severity::ok);
  EXPECT_EQ(judge_member_index(Lines{"uniqueMember eq"}, 1ms).severity, Severity::warning);
  EXPECT_EQ(judge_member_index(std::nullopt, 1ms).severity, Severity::info);
  EXPECT_EQ(judge_sort_values(Lines{}).severity, Severity::warning);
}

TEST(DoctorAdvice, IsThereForEveryServerWeKnow) {
  const AgentAccount account{"cn=agent,o=x", {"ou=people,o=x"}, {"ou=groups,o=x"}};
  EXPECT_NE(access_advice(ServerKind::openldap, account).find("olcAccess: {1}to dn.subtree=\"ou=groups,o=x\""),
            std::string::npos);
  EXPECT_NE(access_advice(ServerKind::ds389, account).find("dn: ou=people,o=x\n"), std::string::npos);
  EXPECT_NE(access_advice(ServerKind::active_directory, account).find("RPWP;member;group"), std::string::npos);
  EXPECT_EQ(access_advice(ServerKind::generic, account), "");
}

}  // namespace
}  // namespace dirbridge::doctor
