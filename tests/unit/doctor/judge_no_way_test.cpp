// Why there is no way to a server: the check it belongs to, and what to do.
#include <gtest/gtest.h>

#include "doctor/judge.hpp"
#include "ldap/result.hpp"

namespace dirbridge::doctor {
namespace {

Error refused(int code, std::string words = "ldap://h refused the bind of cn=a") {
  return {ldap::make_code(code), std::move(words)};
}
bool advises(const WayFailed& seen, const std::string& words) {
  const auto finding = judge_no_way(seen);
  EXPECT_EQ(finding.severity, Severity::problem);
  return finding.remedy.find(words) != std::string::npos;
}

TEST(DoctorNoWay, ABindThatTheServerRefusesIsAFindingOfTheBind) {
  EXPECT_EQ(judge_no_way({refused(49)}).check, Check::bind);
  EXPECT_EQ(judge_no_way({{errc::closed, "ldap://h, the bind: the server ended the connection"}}).check,
            Check::connection);
  EXPECT_EQ(judge_no_way({refused(2, "ldap://h refuses StartTLS")}).check, Check::connection);
  EXPECT_EQ(judge_no_way({{errc::unauthenticated, "no TLS with ldaps://h: certificate has expired"}}).check,
            Check::connection);
  EXPECT_EQ(judge_no_way({{errc::unauthenticated, "ldap://h lets cn=a do nothing"}}).check, Check::bind);
}

TEST(DoctorNoWay, EachRefusalHasItsRemedy) {
  EXPECT_TRUE(advises({refused(13)}, "ldap.starttls"));
  EXPECT_TRUE(advises({refused(8)}, "ldap.starttls"));
  EXPECT_TRUE(advises({refused(49)}, "ldap.bind_dn"));
  EXPECT_TRUE(advises({refused(49)}, "locked"));
  EXPECT_TRUE(advises({refused(53)}, "enable the account"));
  WayFailed in_clear{refused(53, "ldap://h refused the bind of cn=a: Minimum SSF not met.")};
  in_clear.is_clear = true;
  EXPECT_TRUE(advises(in_clear, "the server wants TLS"));
  EXPECT_FALSE(advises({refused(53)}, "the server wants TLS"));
  EXPECT_TRUE(advises({refused(34)}, "ldap.bind_dn"));
  EXPECT_TRUE(advises({refused(48)}, "allow this kind of bind"));
  EXPECT_TRUE(advises({refused(49), true}, "ldap.keytab_file"));
  EXPECT_TRUE(advises({refused(53, "ldaps://h refused the bind of cn=a: Minimum SSF not met.")}, "nsslapd-minssf"));
  EXPECT_TRUE(advises({refused(53, "the account must change its password first: set one without that demand")},
                      "write the new one into the password file"));
  EXPECT_TRUE(advises({{errc::denied, "no TLS with ldaps://h: the certificate was not issued for this use"}},
                      "extendedKeyUsage serverAuth"));
  EXPECT_TRUE(advises({{errc::timed_out, "no TLS with ldaps://h"}}, "the server hangs"));
}

TEST(DoctorNoWay, AnEmptyPasswordFileIsCalledEmpty) {
  const auto remedy = [](std::string words) { return judge_no_secret({errc::configuration, std::move(words)}).remedy; };
  EXPECT_NE(remedy("/p: the password is empty").find("empty"), std::string::npos);
  EXPECT_NE(remedy("/p: no such file").find("name or mode"), std::string::npos);
}

TEST(DoctorNoWay, APortThatSpeaksTheOtherWayIsNamedSo) {
  using Speaks = WayFailed::Speaks;
  const Error ended{errc::closed, "the server ended the connection"};
  EXPECT_TRUE(advises({ended, false, Speaks::tls}, "ldaps://"));
  EXPECT_TRUE(advises({ended, false, Speaks::clear}, "ldap://"));
}

TEST(DoctorNoWay, EachCertificateErrorHasItsRemedy) {
  const auto no_tls = [](const std::string& why) {
    return WayFailed{{errc::unavailable, "no TLS with ldaps://h: " + why}};
  };
  EXPECT_TRUE(advises(no_tls("certificate has expired (2020-01-01)"), "renew"));
  EXPECT_TRUE(advises(no_tls("certificate was issued for ldap.example.org, not for 127.0.0.1"), "in ldap.urls"));
  EXPECT_TRUE(advises(no_tls("certificate is signed by an authority that is not trusted"), "ldap.ca_file"));
  EXPECT_TRUE(advises({{errc::unavailable, "cannot connect to h: connection refused"}}, "host and port"));
  EXPECT_TRUE(advises({{errc::unavailable, "cannot connect to h: Host not found"}}, "host's name"));
}

TEST(DoctorNoWay, ARequestThatEndsTheConnectionNamesTheServersLimit) {
  EXPECT_EQ(judge_request_size({1000, {}}).severity, Severity::ok);
  const auto finding = judge_request_size({1000, {errc::closed, "ended"}});
  EXPECT_EQ(finding.check, Check::limits);
  EXPECT_EQ(finding.severity, Severity::problem);
  for (const char* name : {"olcSockbufMaxIncomingAuth", "nsslapd-maxbersize", "agent.max_bytes_per_modify"})
    EXPECT_NE(finding.remedy.find(name), std::string::npos) << name;
}

TEST(DoctorNoWay, TheGravestFindingComesFirst) {
  const Findings found{{Check::bind, Severity::ok, "a"},
                       {Check::users, Severity::info, "b"},
                       {Check::groups, Severity::problem, "c"},
                       {Check::limits, Severity::warning, "d"},
                       {Check::refint, Severity::problem, "e"}};
  std::string order;
  for (const auto& one : by_severity(found)) order += one.evidence;
  EXPECT_EQ(order, "cedba");
}

}  // namespace
}  // namespace dirbridge::doctor
