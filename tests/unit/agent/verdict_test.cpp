// The table of directory-servers.md section 3, after reading showed the other state and the group in its place.
#include "agent/verdict.hpp"

#include <gtest/gtest.h>

namespace dirbridge::agent {
namespace {

using proto::Action;
using proto::Verdict;

ldap::Result with(int code) { return {code, {}, "words of the server", {}}; }

TEST(Verdict, PermanentRefusalsAreRefusedWithTheDirectorysWordsAndAdvice) {
  for (const int code : {2, 12, 16, 17, 19, 20, 21, 32, 34, 50, 64, 65, 68, 71, 4242}) {
    for (const auto action : {Action::add, Action::remove}) {
      const auto finding = explain_refusal(action, with(code), 1, "member");
      EXPECT_EQ(finding.verdict, Verdict::refused) << code;
      EXPECT_EQ(finding.code, code);
      EXPECT_EQ(finding.diagnostic, "words of the server");
      EXPECT_FALSE(finding.advice.empty()) << code;
    }
  }
}

TEST(Verdict, WhatTheServerCouldNotDoNowIsRetryable) {
  for (const int code : {1, 3, 11, 53, 80})
    EXPECT_EQ(explain_refusal(Action::add, with(code), 1, "member").verdict, Verdict::retryable) << code;
  for (const int code : {51, 52, 10, 8, 13, 48, 49}) EXPECT_EQ(not_now(with(code)).verdict, Verdict::retryable) << code;
}

TEST(Verdict, OnlyRefusalsThatTheStateExplainsAreRead) {
  for (const int code : {16, 20, 32, 50, 53, 65, 68, 80}) EXPECT_EQ(classify(code), Refusal::read) << code;
  EXPECT_EQ(classify(51), Refusal::busy);
  EXPECT_EQ(classify(52), Refusal::busy);
  EXPECT_EQ(classify(10), Refusal::referral);
  for (const int code : {8, 13, 48, 49}) EXPECT_EQ(classify(code), Refusal::connection) << code;
}

TEST(Verdict, TheLastMemberIsNamedAsTheCauseOnlyOfARemoval) {
  EXPECT_NE(explain_refusal(Action::remove, with(65), 1, "member").advice.find("last member"), std::string::npos);
  EXPECT_EQ(explain_refusal(Action::add, with(65), 1, "member").advice.find("last member"), std::string::npos);
}

TEST(Verdict, AReferralSaysWhereWritesBelong) {
  auto result = with(10);
  result.referrals = {"ldap://primary.example.org"};
  EXPECT_NE(not_now(result).advice.find("ldap://primary.example.org"), std::string::npos);
}

TEST(Verdict, AMissingGroupIsNoSuchObjectWhateverTheServerCalledIt) {
  EXPECT_EQ(group_gone({}, false).code, 32);
  EXPECT_EQ(group_gone(with(50), false).code, 50);
  EXPECT_EQ(group_gone({}, true).verdict, Verdict::refused);
}

}  // namespace
}  // namespace dirbridge::agent
