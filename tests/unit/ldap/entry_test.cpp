#include <gtest/gtest.h>

#include "ldap/directory.hpp"

namespace dirbridge::ldap {
namespace {

TEST(Entry, TheAttributeItselfComesBeforeOneWithAnOptionWhateverTheirOrder) {
  const Attribute german{"description;lang-de", {"hallo"}}, plain{"Description", {"hello"}};
  for (const auto& attributes : {std::vector{german, plain}, {plain, german}})
    EXPECT_EQ((Entry{"cn=a", attributes}.first("description")), "hello");
  EXPECT_EQ((Entry{"cn=a", {german}}.first("description")), "hallo");
  EXPECT_EQ((Entry{"cn=a", {german}}.find("descriptio")), nullptr);
}

TEST(Entry, AnEmptyAttributeDoesNotHideTheRangeBesideIt) {
  const Attribute range{"member;range=0-1499", {"cn=x"}}, empty{"member", {}};
  for (const auto& attributes : {std::vector{range, empty}, {empty, range}})
    EXPECT_EQ((Entry{"cn=a", attributes}.first("member")), "cn=x");
  EXPECT_NE((Entry{"cn=a", {empty}}.find("member")), nullptr);
}

}  // namespace
}  // namespace dirbridge::ldap
