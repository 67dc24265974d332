#include "ldap/dn.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace dirbridge::ldap {
namespace {

Dn dn(std::string_view text) {
  auto parsed = Dn::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Dn{};
}
std::string why_not(std::string_view text) {
  const auto parsed = Dn::parse(text);
  return parsed ? "accepted as " + parsed->canonical() : parsed.error().message();
}

TEST(Dn, SpellingsThatOpenLdapTakesForOneNameHaveOneCanonicalText) {
  const std::vector<std::vector<std::string>> same{
      {"uid=u1,ou=people,dc=example,dc=org", "UID=U1,OU=People,DC=Example,DC=ORG",
       "uid = u1 , ou = people ,dc=example , dc=org", "uid=u1;ou=people;dc=example;dc=org",
       "0.9.2342.19200300.100.1.1=u1,2.5.4.11=people,dc=example,dc=org", "uid=\\75\\31,ou=people,dc=example,dc=org",
       "userid=u1,organizationalUnitName=people,dc=example,domainComponent=org"},
      {"cn=Smith\\, John,dc=org", "cn=Smith\\2C John,dc=org", "cn=Smith\\2c\\20John,dc=org",
       "cn=\"Smith, John\",dc=org", "CN=smith\\,   john,DC=org", "cn=\\ Smith\\, John\\ ,dc=org"},
      {"cn=M\xC3\xBCller,dc=org", "cn=Mu\xCC\x88ller,dc=org", "cn=M\\C3\\BCller,dc=org", "cn=M\xC3\x9CLLER,dc=org",
       "cn=MU\xCC\x88LLER,dc=org"},
      {"cn=a+uid=b,dc=org", "uid=b+cn=a,dc=org", "UID=B + CN=A,dc=org"},
      {"cn=a\\+b,dc=org", "cn=A\\2Bb,dc=org"},
      {"cn=\\#1,dc=org", "cn=\\231,dc=org"},
      {"cn=\\ ,dc=org", "cn=\\20\\20,dc=org"},
  };
  for (const auto& names : same)
    for (const auto& name : names) {
      EXPECT_EQ(dn(name), dn(names.front())) << name;
      EXPECT_EQ(dn(name).canonical(), dn(names.front()).canonical()) << name;
    }
}

TEST(Dn, NamesThatOpenLdapKeepsApartStayApart) {
  const std::vector<std::string> apart{
      "cn=Stra\xC3\x9F"
      "e,dc=org",
      "cn=Strasse,dc=org",
      "cn=a+uid=b,dc=org",
      "cn=a\\+uid\\=b,dc=org",
      "cn=a,dc=org",
      "cn=a b,dc=org",
      "cn=ab,dc=org",
      "uid=a,dc=org",
      "cn=a,cn=a,dc=org",
      "cn=a\\,dc\\=org",
      "cn=Muller,dc=org",
      "cn=M\xC3\xBCller,dc=org"};
  for (std::size_t i = 0; i < apart.size(); ++i)
    for (std::size_t j = 0; j < apart.size(); ++j)
      EXPECT_EQ(dn(apart[i]) == dn(apart[j]), i == j) << apart[i] << " | " << apart[j];
}

TEST(Dn, TextKeepsTheSpellingAndCanonicalFoldsIt) {
  const Dn name = dn("CN=Smith\\2C  John , OU=People,dc=Example");
  EXPECT_EQ(name.text(), "CN=Smith\\,  John,OU=People,dc=Example");
  EXPECT_EQ(name.canonical(), "cn=smith\\, john,ou=people,dc=example");
  EXPECT_EQ(name.rdn_value(), "Smith,  John");
  EXPECT_EQ(dn("cn=Mu\xCC\x88ller,dc=org").text(), "cn=M\xC3\xBCller,dc=org");
}

TEST(Dn, LettersAsTheyWereSpelledStandBesideTheComposedOnes) {
  const Dn name = dn("CN=Mu\xCC\x88ller\\, \xE2\x84\xAA+2.5.4.4=A,dc=org");
  EXPECT_EQ(name.text(), "CN=M\xC3\xBCller\\, K+sn=A,dc=org");
  EXPECT_EQ(name.as_spelled(), "CN=Mu\xCC\x88ller\\, \xE2\x84\xAA+2.5.4.4=A,dc=org");
  EXPECT_EQ(name.key_as_spelled(), "cn=mu\xCC\x88ller\\, k+sn=a,dc=org");
  EXPECT_EQ(dn(name.as_spelled()).as_spelled(), name.as_spelled());
  EXPECT_EQ(dn(name.as_spelled()), dn(name.text()));
  const Dn composed = dn(name.text());
  EXPECT_EQ(composed.as_spelled(), composed.text());
  EXPECT_EQ(composed.key_as_spelled(), composed.canonical());
}

TEST(Dn, WhatAServerSpelledGoesBackByteForByte) {
  for (const std::string text : {R"(cn=a\3Db,dc=x)", R"(cn=a\=b,dc=x)", R"(cn=a\20b,dc=x)", R"(cn=trail\20,dc=x)",
                                 R"(cn=a\2Cb,dc=x)", "cn=a , dc=x", R"(cn="a",dc=x)"}) {
    auto name = dn(text);
    name.identify("id");
    EXPECT_EQ(name.as_spelled(), text);
    EXPECT_TRUE(name.keeps_letters());
  }
}

TEST(Dn, BinaryValuesStayHexadecimal) {
  EXPECT_EQ(dn("1.3.6.1.4.1.1466.0=#04024869,dc=org").canonical(), "1.3.6.1.4.1.1466.0=#04024869,dc=org");
  EXPECT_NE(dn("cn=#0402,dc=org"), dn("cn=\\#0402,dc=org"));
}

TEST(Dn, IsWithinNeedsAWholeRdnAndNotAnEscapedComma) {
  const Dn base = dn("dc=Example,dc=org");
  EXPECT_TRUE(dn("uid=a,ou=x,DC=example,dc=org").is_within(base));
  EXPECT_TRUE(base.is_within(base));
  EXPECT_TRUE(base.is_within(Dn{}));
  EXPECT_FALSE(dn("dc=org").is_within(base));
  EXPECT_FALSE(dn("dc=notexample,dc=org").is_within(base));
  EXPECT_FALSE(dn("cn=a\\,dc=example,dc=org").is_within(base));   // the comma belongs to the value
  EXPECT_TRUE(dn("cn=a\\\\,dc=example,dc=org").is_within(base));  // the backslash does, the comma separates
}

TEST(Dn, IsWithinABaseLetterForLetterOnlyIfThatIsSpelledTheSame) {
  const Dn name = dn("uid=a,ou=Zoe\xCC\x88,dc=org");
  EXPECT_TRUE(name.is_within(dn("ou=Zo\xC3\xAB,dc=org")));
  EXPECT_FALSE(name.is_within_as_spelled(dn("ou=Zo\xC3\xAB,dc=org")));
  EXPECT_TRUE(name.is_within_as_spelled(dn("OU=zoe\xCC\x88,dc=org")));
}

TEST(Dn, WhatIsNoNameIsRefusedWithThePlace) {
  EXPECT_EQ(why_not(""), "a distinguished name is empty");
  EXPECT_EQ(why_not("  "), "a distinguished name is empty");
  EXPECT_NE(why_not("uid=u1,people,dc=org").find("RDN 2 \"people\""), std::string::npos)
      << why_not("uid=u1,people,dc=org");
  EXPECT_NE(why_not("uid=a+,dc=org").find("RDN 1"), std::string::npos) << why_not("uid=a+,dc=org");
  EXPECT_NE(why_not("uid=u1,,dc=org").find("RDN 2"), std::string::npos) << why_not("uid=u1,,dc=org");
  EXPECT_NE(why_not("cn=,dc=org").find("cn is empty"), std::string::npos) << why_not("cn=,dc=org");
  EXPECT_NE(why_not("cn=\\FF,dc=org").find("not UTF-8"), std::string::npos) << why_not("cn=\\FF,dc=org");
  EXPECT_NE(why_not("cn=\xFF,dc=org").find("not UTF-8"), std::string::npos);
  EXPECT_NE(why_not(std::string_view{"cn=a\0,dc=org", 12}).find("NUL"), std::string::npos);
  EXPECT_EQ(Dn::parse("cn=" + std::string(5000, 'a')).error().code, errc::too_large);
  EXPECT_EQ(Dn::parse("u1").error().code, errc::malformed);
}

// A value made of everything that needs escaping comes back unharmed, and canonical text is a fixed point.
TEST(Dn, RandomNamesSurviveTextAndCanonicalIsIdempotent) {
  std::mt19937 random{20261123};
  const std::vector<std::string> pieces{
      "a",    "B",        " ",         "  ",       "\\,",      "\\+",         "\\\"",
      "\\\\", "\\;",      "\\<",       "\\>",      "\\=",      "\\#",         "#",
      "=",    "\xC3\x84", "A\xCC\x88", "\\C3\\A4", "\\00",     "\\0a",        "\xF0\x9F\x98\x80",
      "'",    "/",        "*",         "(",        "\xC4\xB0", "\xE2\x84\xAB"};
  for (int round = 0; round < 2000; ++round) {
    std::string value = "x";
    for (auto n = random() % 8; n > 0; --n) value += pieces[random() % pieces.size()];
    value += "y";
    const std::string text = "cn=" + value + ",ou=" + pieces[random() % 2] + ",dc=org";
    const Dn first = dn(text);
    const Dn again = dn(first.text());
    EXPECT_EQ(again.text(), first.text()) << text;
    EXPECT_EQ(again.rdn_value(), dn(again.text()).rdn_value());
    EXPECT_EQ(again, first) << text;
    EXPECT_EQ(dn(first.canonical()).canonical(), first.canonical()) << text;
  }
}

void expect_both_ways_agree(const std::string& text) {
  const auto parsed = Dn::parse(text);
  const auto slowly = Dn::parse_by_library(text);
  ASSERT_EQ(parsed.has_value(), slowly.has_value()) << text;
  if (!parsed) {
    EXPECT_EQ(parsed.error().message(), slowly.error().message()) << text;
    return;
  }
  EXPECT_EQ(parsed->text(), slowly->text()) << text;
  EXPECT_EQ(parsed->canonical(), slowly->canonical()) << text;
  EXPECT_EQ(parsed->rdn_value(), slowly->rdn_value()) << text;
}

TEST(Dn, APlainNameIsReadAsTheLibraryReadsIt) {
  for (const std::string text :
       {"uid=u1,ou=people,dc=example,dc=org", "UID=U1,OU=People,DC=Example,DC=ORG", "cn=Jane Doe,dc=org",
        "userid=u1,organizationalUnitName=people,domainComponent=org", "surname=Doe,SN=Doe,street=x,STREET=y",
        "cn=a b c", "x-y1=v.w:x/y@z*(!)?[]{}|~^`'$%&_-", "cn=a", "mail=jane@example.org,o=Example Ltd.,c=US",
        "cn=1,cn=0"})
    expect_both_ways_agree(text);
}

TEST(Dn, WhateverIsNotPlainIsReadOrRefusedByTheLibraryAlone) {
  for (const std::string text :
       {"",           " ",          "cn",        "cn=",           "=a",         "cn=a,",       ",cn=a",
        "cn=a,,dc=b", "cn=a, dc=b", "cn =a",     "cn= a",         "cn=a ",      "cn=a  b",     "1cn=a",
        "-cn=a",      "c_n=a",      "2.5.4.3=a", "oid.2.5.4.3=a", "cn=a+uid=b", "cn=a=b",      "cn=#61",
        "cn=a#b",     "cn=a\\,b",   "cn=\"a\"",  "cn=a;dc=b",     "cn=a<b",     "cn=\xC3\xBC", "cn=\xFF",
        "cn=a\tb",    "cn=a\x7F",   "cn=a,dc",   "cn=a,dc="})
    expect_both_ways_agree(text);
  expect_both_ways_agree(std::string("cn=a\0b", 6));
  expect_both_ways_agree("cn=" + std::string(4093, 'a'));
  expect_both_ways_agree("cn=" + std::string(4094, 'a'));
}

TEST(Dn, AnythingPutTogetherFromThePiecesOfNamesIsReadBothWaysAlike) {
  std::mt19937 random{4711};
  const std::vector<std::string> pieces{"cn", "uid", "OU", "userId", "surname", "2.5.4.3", "=",        "=",
                                        "=",  ",",   ",",  "a",      "Bc",      "1",       "-",        " ",
                                        "#",  "+",   "\\", "\"",     ";",       "<",       "\xC3\xBC", "."};
  std::size_t accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    const auto count = 1 + random() % 12;
    for (std::size_t n = 0; n < count; ++n) text += pieces[random() % pieces.size()];
    expect_both_ways_agree(text);
    accepted += Dn::parse(text).has_value() ? 1 : 0;
  }
  EXPECT_GT(accepted, 1'000u);
}

}  // namespace
}  // namespace dirbridge::ldap
