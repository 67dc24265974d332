#include "ldap/member_value.hpp"

#include <gtest/gtest.h>

namespace dirbridge::ldap {
namespace {

TEST(MemberValue, OfUniqueMemberTheOptionalUidIsNoPartOfTheName) {
  EXPECT_EQ(dn_of_member("cn=a,dc=x#'0101'B", "uniqueMember"), "cn=a,dc=x");
  EXPECT_EQ(dn_of_member("cn=a,dc=x#''B", "UNIQUEMEMBER"), "cn=a,dc=x");
  EXPECT_EQ(dn_of_member("cn=a,dc=x#'1'B", "2.5.4.50"), "cn=a,dc=x");
}

TEST(MemberValue, WhatOnlyLooksLikeAUidStays) {
  for (const auto* name : {"cn=a,dc=x", "cn=a'B", "cn=a#'2'B", "cn=a#01'B", "'B", "#", "", "01'B", "cn=a#'01'b"})
    EXPECT_EQ(dn_of_member(name, "uniqueMember"), name) << name;
  EXPECT_EQ(dn_of_member("#'01'B", "uniqueMember"), "");
}

TEST(MemberValue, AMemberHasNoUid) { EXPECT_EQ(dn_of_member("cn=a#'01'B", "member"), "cn=a#'01'B"); }

}  // namespace
}  // namespace dirbridge::ldap
