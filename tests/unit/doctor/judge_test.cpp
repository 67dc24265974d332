#include "doctor/judge.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

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
  EXPECT_EQ(judge_clock(std::nullopt, now, "hidden").evidence, "hidden");
}

TEST(DoctorJudge, TimesThatAreNoneAreNotRead) {
  EXPECT_EQ(to_iso8601(*parse_generalized_time("20261124132750.0Z")), "2026-11-24T13:27:50.000Z");
  for (const auto* text : {"", "Z", "2026112413275Z", "20261324132750.0Z", "20261124252750.0Z", "2026x124132750.0Z"})
    EXPECT_FALSE(parse_generalized_time(text)) << text;
}

TEST(DoctorJudge, ABaseWithoutEntriesIsAProblem) {
  ReadSeen seen;
  seen.what = "groups";
  seen.empty_bases = {"ou=a", "ou=b"};
  EXPECT_EQ(judge_read(Check::groups, seen).severity, Severity::problem);
  seen.entries = 3;
  seen.empty_bases = {"ou=b"};
  EXPECT_EQ(judge_read(Check::groups, seen).severity, Severity::warning) << "an import works";
  seen.hides_bases = true;
  EXPECT_EQ(judge_read(Check::groups, seen).severity, Severity::problem);
  EXPECT_EQ(judge_read(Check::groups, seen).evidence, "no groups below ou=b");
  seen.empty_bases.clear();
  EXPECT_EQ(judge_read(Check::groups, seen).severity, Severity::ok);
  seen.result = code(4);
  EXPECT_EQ(judge_limits({seen}).severity, Severity::problem);
}

TEST(DoctorJudge, AnEntryWhoseNameCannotBeHeldIsNoLackOfRights) {
  ReadSeen seen;
  seen.what = "users";
  seen.entries = 9;
  seen.unnameable = 1;
  seen.why_unnameable = "the name of the entry \"cn=xx\" has 9000 bytes";
  const auto finding = judge_read(Check::users, seen);
  EXPECT_EQ(finding.severity, Severity::warning);
  EXPECT_NE(finding.evidence.find("9000 bytes"), std::string::npos) << finding.evidence;
  EXPECT_NE(finding.remedy.find("rename"), std::string::npos) << finding.remedy;
}

}  // namespace
}  // namespace dirbridge::doctor
