#include "ldap/composed.hpp"

#include <gtest/gtest.h>

namespace dirbridge::ldap {
namespace {

TEST(Composed, IsToldFromDecomposedLetters) {
  EXPECT_TRUE(is_composed(""));
  EXPECT_TRUE(is_composed("cn=Zoe,dc=x"));
  EXPECT_TRUE(is_composed("cn=Zo\xC3\xAB,dc=x"));
  EXPECT_FALSE(is_composed("cn=Zoe\xCC\x88,dc=x"));
  EXPECT_TRUE(is_composed("cn=\xFF"));
}

}  // namespace
}  // namespace dirbridge::ldap
