// LDIF against RFC 2849: what any reader of it makes of our records.
#include "ldap/ldif.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "base/crypto.hpp"

namespace dirbridge::ldap {
namespace {

Dn dn(std::string_view text, std::string id = {}) {
  auto name = Dn::parse(text).value();
  name.identify(std::move(id));
  return name;
}

// As RFC 2849 reads: continuation lines joined, comments gone.
std::vector<std::string> unfolded(const std::string& ldif) {
  std::vector<std::string> lines;
  std::istringstream in{ldif};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(' '))
      lines.back() += line.substr(1);
    else
      lines.push_back(line);
  }
  std::erase_if(lines, [](const auto& line) { return line.starts_with('#'); });
  return lines;
}

TEST(Ldif, AModifyIsOneChangeRecordWithTheAddBeforeTheDelete) {
  ModifyRequest request{dn("cn=g,dc=x"), "member", {dn("uid=ann,dc=x"), dn("uid=bob,dc=x")}, {dn("uid=cy,dc=x")}, {}};
  EXPECT_EQ(to_ldif(request),
            "dn: cn=g,dc=x\n"
            "changetype: modify\n"
            "add: member\n"
            "member: uid=ann,dc=x\n"
            "member: uid=bob,dc=x\n"
            "-\n"
            "delete: member\n"
            "member: uid=cy,dc=x\n"
            "-\n");
}

TEST(Ldif, WhatIsNotSentIsNotInTheRecord) {
  ModifyRequest request{dn("cn=g,dc=x"), "uniqueMember", {}, {dn("uid=cy,dc=x")}, {}};
  EXPECT_EQ(to_ldif(request),
            "dn: cn=g,dc=x\nchangetype: modify\ndelete: uniqueMember\nuniqueMember: uid=cy,dc=x\n-\n");
}

TEST(Ldif, OnActiveDirectoryNamesAreGuidsInBase64AndACommentShowsTheNames) {
  const std::string group = "0f93f6d9-cbb7-4f9f-aed7-53c7b2da084a";
  const std::string user = "1f93f6d9-cbb7-4f9f-aed7-53c7b2da084b";
  ModifyRequest request{dn("cn=g,dc=x", group),      "member", {dn("cn=Ann,dc=x", user)}, {}, {},
                        ServerKind::active_directory};
  EXPECT_EQ(unfolded(to_ldif(request)),
            (std::vector<std::string>{"dn:: " + to_base64("<GUID=" + group + ">"), "changetype: modify", "add: member",
                                      "member:: " + to_base64("<GUID=" + user + ">"), "-"}));
  EXPECT_NE(to_ldif(request).find("# cn=Ann,dc=x\nmember:: "), std::string::npos) << to_ldif(request);
  // Elsewhere an id is nothing that a server is told.
  request.kind = ServerKind::openldap;
  EXPECT_EQ(to_ldif(request).find("::"), std::string::npos);
}

TEST(Ldif, ValuesThatAreNoSafeStringAreBase64) {
  const std::string umlaut = "M\xC3\xBCller";
  for (const std::string& value : {std::string{" a"}, std::string{":a"}, std::string{"<a"}, std::string{"a "}, umlaut,
                                   std::string{"a\nb"}, std::string{"a\rb"}, std::string{"a\0b", 3}})
    EXPECT_EQ(ldif_line("cn", value), "cn:: " + to_base64(value) + "\n");
  EXPECT_EQ(ldif_line("cn", "a: b <c> #d"), "cn: a: b <c> #d\n");
  EXPECT_EQ(ldif_line("cn", ""), "cn:\n");
}

TEST(Ldif, NoLineIsLongerThan76ColumnsAndUnfoldedItIsTheValueAgain) {
  for (std::size_t size = 60; size < 240; ++size) {
    const std::string plain(size, 'x');
    const std::string other = plain + "\xC3\xA9";
    for (const auto& [value, wanted] :
         {std::pair{plain, "member: " + plain}, std::pair{other, "member:: " + to_base64(other)}}) {
      const auto text = ldif_line("member", value);
      std::istringstream in{text};
      for (std::string line; std::getline(in, line);) {
        EXPECT_LE(line.size(), 76u);
        EXPECT_GT(line.size(), line.starts_with(' ') ? 1u : 0u);
      }
      EXPECT_EQ(unfolded(text), std::vector{wanted});
    }
  }
}

TEST(Ldif, AwkwardNamesStayOneValueAndCannotAddALine) {
  const std::vector<std::string> names = {"cn=Smith\\, John,dc=x",
                                          "cn=a\\0Amember: uid=evil\\2Cdc=x,dc=x",
                                          "cn=\\ lead,dc=x",
                                          "cn=trail\\ ,dc=x",
                                          "cn=\\#hash+sn=M\xC3\xBCller,dc=x",
                                          "cn=\xE5\xB1\xB1\xE7\x94\xB0,dc=x",
                                          "cn=a\\\\b\\\"c\\<d\\>e\\;f,dc=x"};
  for (const auto& name : names) {
    const auto value = dn(name);
    ModifyRequest request{value, "member", {value}, {}, {}};
    const auto lines = unfolded(to_ldif(request));
    ASSERT_EQ(lines.size(), 5u) << to_ldif(request);
    const bool is_plain = lines[3] == "member: " + value.text();
    EXPECT_TRUE(is_plain || lines[3] == "member:: " + to_base64(value.text())) << lines[3];
  }
}

}  // namespace
}  // namespace dirbridge::ldap
