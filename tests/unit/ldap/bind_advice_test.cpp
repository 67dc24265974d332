#include "ldap/bind_advice.hpp"

#include <gtest/gtest.h>

namespace dirbridge::ldap {
namespace {

std::string advice(int code, std::string diagnostic = {}) { return bind_advice({code, {}, std::move(diagnostic), {}}); }

TEST(BindAdvice, ALackOfProtectionThatComesAsARefusalByPolicyIsCalledSo) {
  EXPECT_NE(advice(53, "Minimum SSF not met.\n").find("wants TLS"), std::string::npos);
  EXPECT_EQ(advice(53).find("wants TLS"), std::string::npos);
}

TEST(BindAdvice, ActiveDirectoryHidesTheReasonInItsDiagnostic) {
  const auto said = [](const std::string& data) {
    return advice(49,
                  "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data " + data + ", v1db1");
  };
  EXPECT_NE(said("52e").find("password is wrong"), std::string::npos);
  EXPECT_NE(said("532").find("expired"), std::string::npos);
  EXPECT_NE(said("533").find("disabled"), std::string::npos);
  EXPECT_NE(said("775").find("locked"), std::string::npos);
  EXPECT_NE(said("52E").find("password is wrong"), std::string::npos);
}

TEST(BindAdvice, WithoutAReasonItNamesWhatToCheck) {
  EXPECT_NE(advice(49).find("password file"), std::string::npos);
  EXPECT_EQ(advice(49, "… data 999, v1"), advice(49));
  EXPECT_EQ(advice(49, "data "), advice(49));
}

TEST(BindAdvice, WhatThePasswordPolicySaysIsBetterThanTheCode) {
  const auto said = [](int code, PasswordState state) { return bind_advice({code, {}, {}, {}}, state); };
  EXPECT_NE(said(49, PasswordState::expired).find("has expired"), std::string::npos);
  EXPECT_NE(said(49, PasswordState::locked).find("unlock it"), std::string::npos);
  EXPECT_NE(said(53, PasswordState::locked).find("disabled"), std::string::npos);
  EXPECT_NE(said(0, PasswordState::must_change).find("must change its password"), std::string::npos);
  EXPECT_EQ(said(0, PasswordState::unremarkable), "");
}

TEST(BindAdvice, DemandsOfTlsAreTheSameAdviceWhateverTheirCode) {
  EXPECT_EQ(advice(8, "BindSimple: Transport encryption required."), advice(13, "confidentiality required"));
  EXPECT_NE(advice(13).find("ldaps://"), std::string::npos);
}

TEST(BindAdvice, OtherCodesHaveTheServersWordsOnly) { EXPECT_EQ(advice(80), ""); }

}  // namespace
}  // namespace dirbridge::ldap
