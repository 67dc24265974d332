#include "ldap/result.hpp"

#include <gtest/gtest.h>

#include <set>

namespace dirbridge::ldap {
namespace {

std::set<int> codes_of(condition wanted) {
  std::set<int> codes;
  for (int code = -20; code <= 4200; ++code)
    if (make_code(code) == wanted) codes.insert(code);
  return codes;
}

TEST(LdapResult, ConditionsHoldForTheCodesThatWereMeasured) {
  EXPECT_EQ(codes_of(condition::transient), (std::set{1, 3, 10, 11, 51, 52, 53, 80}));
  EXPECT_EQ(codes_of(condition::already), (std::set{16, 20, 53, 68}));
  EXPECT_EQ(codes_of(condition::not_found), (std::set{32}));
  EXPECT_EQ(codes_of(condition::connection), (std::set{-1, -2, -4, -5, -6, -11, 7, 8, 13, 14, 48, 49}));
  for (const int code : {2, 4, 12, 17, 19, 21, 34, 50, 64, 65, 4096, -7, -9})
    EXPECT_EQ(make_code(code), condition::permanent) << code;
}

TEST(LdapResult, EveryFailureHasACondition) {
  for (int code = -20; code <= 4200; ++code) {
    const error_code ec = make_code(code);
    const bool any = ec == condition::transient || ec == condition::already || ec == condition::not_found ||
                     ec == condition::permanent || ec == condition::connection;
    EXPECT_EQ(any, code != 0) << code;
  }
}

TEST(LdapResult, NumbersOfOtherCategoriesMeanNothingHere) {
  EXPECT_NE(error_code(51, boost::system::generic_category()), condition::transient);
  EXPECT_NE(make_error_code(errc::timed_out), condition::connection);
}

TEST(LdapResult, NamesAndMessages) {
  EXPECT_EQ(code_name(50), "insufficientAccessRights");
  EXPECT_EQ(code_name(4242), "result 4242");
  EXPECT_EQ(make_code(49).message(), "invalidCredentials (49)");
  EXPECT_EQ(make_code(4242).message(), "result 4242");
  EXPECT_EQ(to_error({50, {}, "no write access to parent", {}}).message(),
            "no write access to parent: insufficientAccessRights (50)");
  EXPECT_EQ(to_error({32, {}, {}, {}}).message(), "noSuchObject (32)");
  EXPECT_EQ(to_error({50, {}, "No 'write' privilege.\n", {}}).message(),
            "No 'write' privilege.: insufficientAccessRights (50)");
  EXPECT_EQ(to_error({10, {}, {}, {"ldap://primary"}}).message(), "it refers to ldap://primary: referral (10)");
}

}  // namespace
}  // namespace dirbridge::ldap
