#include "agent/windows_attributes.hpp"

#include <gtest/gtest.h>

namespace dirbridge::agent {
namespace {

using namespace std::string_literals;
using proto::GroupScope;
using proto::GroupType;

TEST(Sid, IsShownAsWindowsShowsIt) {
  EXPECT_EQ(sid_text("\x01\x05\0\0\0\0\0\x05\x15\0\0\0\xf7\x36\xff\xd7\x4c\x2f\x4e\xc8\x44\x5c\xce\x01\xf5\x03\0\0"s),
            "S-1-5-21-3623827191-3360567116-30301252-1013");
  EXPECT_EQ(sid_text("\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x20\x02\0\0"s), "S-1-5-32-544") << "BUILTIN\\Administrators";
  EXPECT_EQ(sid_text("\x01\x01\0\0\0\0\0\x01\0\0\0\0"s), "S-1-1-0") << "Everyone";
  EXPECT_EQ(sid_text("\x01\0\0\0\0\0\0\x05"s), "S-1-5") << "an authority alone";
  EXPECT_EQ(sid_text("\x01\x01\x01\0\0\0\0\0\xff\xff\xff\xff"s), "S-1-0x010000000000-4294967295");
}

TEST(Sid, OfOtherBytesIsNone) {
  for (const auto& bytes :
       {""s, "\x01"s, "\x01\x01\0\0\0\0\0\x05"s, "\x02\x01\0\0\0\0\0\x05\x20\0\0\0"s, "\x01\x01\0\0\0\0\0\x05\x20\0\0"s,
        "\x01\x01\0\0\0\0\0\x05\x20\0\0\0\0"s, "\x01\x10\0\0\0\0\0\x05"s + std::string(64, '\0'), "S-1-5-32-544"s})
    EXPECT_EQ(sid_text(bytes), "") << bytes.size();
}

TEST(GroupTypeBits, SayWhatTheGroupIsAndWhereItCounts) {
  const auto is = [](std::string_view text, GroupType type, GroupScope scope) {
    const auto nature = group_nature(text);
    return nature.type == type && nature.scope == scope;
  };
  EXPECT_TRUE(is("-2147483646", GroupType::security, GroupScope::global));
  EXPECT_TRUE(is("-2147483644", GroupType::security, GroupScope::domain_local));
  EXPECT_TRUE(is("-2147483640", GroupType::security, GroupScope::universal));
  EXPECT_TRUE(is("-2147483643", GroupType::security, GroupScope::domain_local)) << "made by the system";
  EXPECT_TRUE(is("2", GroupType::distribution, GroupScope::global));
  EXPECT_TRUE(is("4", GroupType::distribution, GroupScope::domain_local));
  EXPECT_TRUE(is("8", GroupType::distribution, GroupScope::universal));
  EXPECT_TRUE(is("16", GroupType::distribution, GroupScope::unsaid)) << "of an application";
  EXPECT_TRUE(is("10", GroupType::distribution, GroupScope::unsaid)) << "two scopes are none";
  for (const auto* malformed : {"", "x", "2x", " 2", "0x2", "4294967298", "99999999999999999999", "2.0"})
    EXPECT_TRUE(is(malformed, GroupType::unsaid, GroupScope::unsaid)) << malformed;
}

TEST(DomainNamesTest, TheInnermostNamingContextNamesTheDomain) {
  DomainNames names;
  names.add("dc=example,dc=org", "EXAMPLE");
  names.add("dc=sales,dc=example,dc=org", "SELLERS");
  EXPECT_EQ(names.of("cn=g,ou=groups,dc=example,dc=org", ""), "EXAMPLE");
  EXPECT_EQ(names.of("cn=g,dc=sales,dc=example,dc=org", ""), "SELLERS");
  EXPECT_EQ(names.of("dc=example,dc=org", ""), "EXAMPLE");
  EXPECT_EQ(names.of("cn=g,dc=anotherdc=example,dc=org", ""), "ANOTHERDC=EXAMP") << "not within it";
  EXPECT_EQ(names.of("cn=administrators,cn=builtin,dc=example,dc=org", "S-1-5-32-544"), "BUILTIN");
}

TEST(DomainNamesTest, WithoutCrossRefsTheFirstDcIsTheName) {
  const DomainNames names;
  EXPECT_EQ(names.of("cn=g,ou=groups,dc=ad,dc=example,dc=org", ""), "AD");
  EXPECT_EQ(names.of("cn=g,dc=averyverylongdomainname,dc=org", ""), "AVERYVERYLONGDO");
  EXPECT_EQ(names.of("cn=x\\,dc=no,dc=yes", ""), "YES") << "a comma within a value ends no RDN";
  EXPECT_EQ(names.of("cn=g,o=example", ""), "");
  EXPECT_EQ(names.of("", ""), "");
}

}  // namespace
}  // namespace dirbridge::agent
