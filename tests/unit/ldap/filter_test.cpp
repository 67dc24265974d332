#include "ldap/filter.hpp"

#include <gtest/gtest.h>
#include <ldap.h>

#include <random>

// Exported by libldap, declared only in its private header.
extern "C" int ldap_pvt_put_filter(BerElement* ber, const char* filter);

namespace dirbridge::ldap {
namespace {

std::string parsed(std::string_view text) {
  const auto filter = Filter::parse(text);
  return filter ? filter->text() : filter.error().message();
}
// libldap's own encoder as the judge of well-formedness.
bool libldap_accepts(const std::string& filter) {
  BerElement* ber = ber_alloc_t(LBER_USE_DER);
  const bool fine = ldap_pvt_put_filter(ber, filter.c_str()) != -1;
  ber_free(ber, 1);
  return fine;
}

TEST(Filter, ValuesCannotEscapeFromTheirPlace) {
  EXPECT_EQ(Filter::equality("cn", "a*(b)\\c").text(), "(cn=a\\2a\\28b\\29\\5cc)");
  EXPECT_EQ(Filter::equality("cn", std::string_view{"\0x", 2}).text(), "(cn=\\00x)");
  EXPECT_EQ(Filter::equality("member", "cn=M\xC3\xBCller,dc=org").text(), "(member=cn=M\xC3\xBCller,dc=org)");
  EXPECT_EQ(Filter::equality("objectGUID", "\xff\xfe").text(), "(objectGUID=\\ff\\fe)");
  EXPECT_EQ(Filter::equality("member", "cn=Smith\\, John").text(), "(member=cn=Smith\\5c, John)");
}

TEST(Filter, CombinesOperands) {
  const auto a = Filter::equality("a", "1");
  const auto b = Filter::present("b");
  EXPECT_EQ(Filter::and_({a, b}).text(), "(&(a=1)(b=*))");
  EXPECT_EQ(Filter::or_({a, b}).text(), "(|(a=1)(b=*))");
  EXPECT_EQ(Filter::not_(a).text(), "(!(a=1))");
  EXPECT_EQ(Filter::and_({a}), a);
}

TEST(Filter, AnyBytesMakeAFilterThatBothParsersAccept) {
  std::mt19937 random{7};
  for (int round = 0; round < 2000; ++round) {
    std::string value;
    for (auto n = random() % 12; n > 0; --n) value += static_cast<char>(random() % 256);
    const auto filter = Filter::or_({Filter::equality("cn", value), Filter::not_(Filter::equality("sn", value))});
    EXPECT_EQ(parsed(filter.text()), filter.text());
    EXPECT_TRUE(libldap_accepts(filter.text())) << filter.text();
  }
}

TEST(Filter, ConfiguredFiltersAreCheckedAndTidied) {
  for (const auto* text :
       {"(objectClass=*)", "(&(objectClass=inetOrgPerson)(!(employeeType=robot)))", "(cn=a*b*c)", "(cn=*x)", "(cn=)",
        "(age>=3)", "(age<=3)", "(cn~=jon)", "(cn:caseExactMatch:=Fred)", "(cn:dn:2.4.6.8.10:=X)",
        "(:dn:2.4.6.8.10:=X)", "(o:dn:=Ace)", "(:caseExactMatch:=x)",
        "(memberOf:1.2.840.113556.1.4.1941:=cn=g\\2cx,dc=org)", "(cn;lang-de=x)", "(2.5.4.3=x)", "(cn=\\2a)"}) {
    EXPECT_EQ(parsed(text), text);
    EXPECT_TRUE(libldap_accepts(text)) << text;
  }
  EXPECT_EQ(parsed("objectClass=person"), "(objectClass=person)");
  EXPECT_EQ(parsed(" ( &\n  (a=1)\n  (| (b=2) (c=3) ) )\n"), "(&(a=1)(|(b=2)(c=3)))");
}

TEST(Filter, WhatIsWrongIsNamedWithItsPosition) {
  EXPECT_EQ(parsed(""), "a filter is empty");
  EXPECT_EQ(parsed("(cn=a"), "filter, position 2: ')' is missing");
  EXPECT_EQ(parsed("(&(a=1)"), "filter, position 8: ')' expected");
  EXPECT_EQ(parsed("(a=1)(b=2)"), "filter, position 6: something follows the end of the filter");
  EXPECT_EQ(parsed("(cn)"), "filter, position 2: '=' expected");
  EXPECT_EQ(parsed("(=x)"), "filter, position 2: not an attribute description: \"\"");
  EXPECT_EQ(parsed("(c n=x)"), "filter, position 2: not an attribute description: \"c n\"");
  EXPECT_EQ(parsed("(cn=a\\zz)"),
            "filter, position 6: a backslash needs two hexadecimal digits; a backslash itself is \\5c");
  EXPECT_EQ(parsed("(cn=a(b)"), "filter, position 6: a parenthesis in a value; write \\28 or \\29");
  EXPECT_EQ(parsed("(cn>=a*)"), "filter, position 7: '*' in a value; write \\2a");
  EXPECT_EQ(parsed("(cn=a**b)"), "filter, position 7: two asterisks in a row");
  EXPECT_EQ(parsed("(&)"), "filter, position 3: an empty list");
  EXPECT_EQ(parsed("(!(a=1)(b=2))"), "filter, position 8: ')' expected");
  EXPECT_EQ(parsed("(cn::=x)"), "filter, position 2: not a matching rule: \"cn:\"");
  EXPECT_EQ(parsed(std::string_view{"(cn=a\0b)", 8}), "filter, position 6: a NUL byte; write \\00");
  EXPECT_EQ(Filter::parse("(cn=\xff)").error().code, errc::malformed);
  EXPECT_EQ(Filter::parse(std::string(20'000, '(')).error().code, errc::too_large);
  EXPECT_NE(parsed(std::string(10'000, '(')).find("is missing"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "(!";
  EXPECT_NE(parsed(deep).find("more than 32 levels"), std::string::npos);
}

TEST(Filter, AttributeDescriptions) {
  EXPECT_TRUE(is_attribute_description("uniqueMember"));
  EXPECT_TRUE(is_attribute_description("member;range=0-1499"));
  EXPECT_TRUE(is_attribute_description("2.5.4.31"));
  for (const auto* text : {"", "1a", "a b", "a;", "2.", "2..5", "2.05", "a=b", "(a", "\xC3\xA4"})
    EXPECT_FALSE(is_attribute_description(text)) << text;
}

}  // namespace
}  // namespace dirbridge::ldap
