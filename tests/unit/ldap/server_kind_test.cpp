#include "ldap/server_kind.hpp"

#include <gtest/gtest.h>

#include "ldap/client.hpp"

namespace dirbridge::ldap {
namespace {

Entry root(std::vector<Attribute> attributes) { return {"", std::move(attributes)}; }

TEST(ServerKind, IsReadFromTheRootDse) {
  EXPECT_EQ(kind_of(root({{"objectClass", {"top", "OpenLDAProotDSE"}}})), ServerKind::openldap);
  EXPECT_EQ(kind_of(root({{"objectClass", {"top"}}, {"vendorName", {"389 Project"}}})), ServerKind::ds389);
  EXPECT_EQ(kind_of(root({{"vendorVersion", {"389-Directory/2.3.1 B2023.017.0000"}}})), ServerKind::ds389);
  EXPECT_EQ(kind_of(root({{"vendorName", {"Samba Team (https://www.samba.org)"}},
                          {"supportedCapabilities", {"1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670"}}})),
            ServerKind::active_directory);
}

TEST(ServerKind, WhatIsNotKnownIsGeneric) {
  EXPECT_EQ(kind_of(root({})), ServerKind::generic);
  EXPECT_EQ(kind_of(root({{"vendorName", {"Another vendor"}}, {"objectClass", {"top"}}})), ServerKind::generic);
  // Lightweight AD announces itself with another capability, and has no <GUID=…> guarantee we have measured.
  EXPECT_EQ(kind_of(root({{"supportedCapabilities", {"1.2.840.113556.1.4.1851"}}})), ServerKind::generic);
}

TEST(StableId, OfActiveDirectoryIsTheGuidAsPeopleWriteIt) {
  // Measured: base64 2faTD7fLn0+u11PHstoISg== is the group that "<GUID=0f93f6d9-…>" names.
  const std::string bytes{"\xd9\xf6\x93\x0f\xb7\xcb\x9f\x4f\xae\xd7\x53\xc7\xb2\xda\x08\x4a", 16};
  const Entry entry{"CN=g", {{"objectGUID", {bytes}}}};
  EXPECT_EQ(stable_id_of(entry, ServerKind::active_directory), "0f93f6d9-cbb7-4f9f-aed7-53c7b2da084a");
  EXPECT_EQ(stable_id_filter(ServerKind::active_directory, "0F93F6D9-cbb7-4f9f-aed7-53c7b2da084a"),
            Filter::equality("objectGUID", bytes));
  EXPECT_EQ(stable_id_of({"CN=g", {{"objectGUID", {"short"}}}}, ServerKind::active_directory), "");
}

TEST(StableId, OfTheOthersIsTextOfTheirOwnAttribute) {
  const Entry entry{"cn=g",
                    {{"entryUUID", {"5d3abe8f-a366-40a1-94f1-99fe3242da14"}},
                     {"nsUniqueId", {"db8bb642-e78c11f1-8aebad4a-6fb14e9f"}}}};
  EXPECT_EQ(stable_id_of(entry, ServerKind::openldap), "5d3abe8f-a366-40a1-94f1-99fe3242da14");
  EXPECT_EQ(stable_id_of(entry, ServerKind::ds389), "db8bb642-e78c11f1-8aebad4a-6fb14e9f");
  EXPECT_EQ(stable_id_filter(ServerKind::ds389, "db8bb642-e78c11f1-8aebad4a-6fb14e9f").text(),
            "(nsUniqueId=db8bb642-e78c11f1-8aebad4a-6fb14e9f)");
  EXPECT_EQ(stable_id_of({"cn=g", {}}, ServerKind::openldap), "");
}

TEST(WireName, IsTheGuidOnActiveDirectoryAndTheNameElsewhere) {
  auto name = Dn::parse("CN=User 1,OU=people,DC=ad,DC=example,DC=org").value();
  EXPECT_EQ(wire_name(name, ServerKind::active_directory), name.text());
  name.identify("1e2d6b1c-f553-471c-8bcd-4ef121b1b9dd");
  EXPECT_EQ(wire_name(name, ServerKind::active_directory), "<GUID=1e2d6b1c-f553-471c-8bcd-4ef121b1b9dd>");
  EXPECT_EQ(wire_name(name, ServerKind::openldap), name.text());
  // Nothing that is no GUID may get between the brackets.
  name.identify("x>)(member=*");
  EXPECT_EQ(wire_name(name, ServerKind::active_directory), name.text());
}

TEST(WireName, IsSpelledAsTheServerDidWhereBytesAreCompared) {
  auto name = Dn::parse("cn=Zoe\xCC\x88,dc=x").value();
  EXPECT_EQ(wire_name(name, ServerKind::ds389), "cn=Zo\xC3\xAB,dc=x") << "written by a person";
  EXPECT_EQ(key_for(name, ServerKind::ds389), name.canonical());
  name.identify("db8bb642-e78c11f1-8aebad4a-6fb14e9f");
  EXPECT_EQ(wire_name(name, ServerKind::ds389), "cn=Zoe\xCC\x88,dc=x");
  EXPECT_EQ(wire_name(name, ServerKind::generic), "cn=Zoe\xCC\x88,dc=x");
  EXPECT_EQ(wire_name(name, ServerKind::openldap), "cn=Zo\xC3\xAB,dc=x");
  EXPECT_EQ(key_for(name, ServerKind::ds389), "cn=zoe\xCC\x88,dc=x");
  EXPECT_EQ(key_for(name, ServerKind::generic), name.canonical());
}

TEST(WireName, ThatIsToKeepItsLettersIsSpelledAsItWasWrittenWhereBytesAreCompared) {
  auto name = Dn::parse("cn=Zoe\xCC\x88,dc=x").value();
  name.keep_letters();
  EXPECT_TRUE(name.stable_id().empty());
  EXPECT_EQ(wire_name(name, ServerKind::ds389), "cn=Zoe\xCC\x88,dc=x");
  EXPECT_EQ(key_for(name, ServerKind::ds389), "cn=zoe\xCC\x88,dc=x");
  EXPECT_EQ(wire_name(name, ServerKind::generic), "cn=Zoe\xCC\x88,dc=x");
  EXPECT_EQ(wire_name(name, ServerKind::openldap), "cn=Zo\xC3\xAB,dc=x");
  EXPECT_EQ(wire_name(name, ServerKind::active_directory), "cn=Zo\xC3\xAB,dc=x");
}

TEST(WireName, TheStableIdTakesNoPartInComparisons) {
  const auto plain = Dn::parse("cn=a,dc=x").value();
  auto known = Dn::parse("CN=A,dc=x").value();
  known.identify("some-id");
  EXPECT_EQ(plain, known);
}

TEST(ClientSettings, APrincipalNameIsABindName) {
  ClientSettings settings;
  settings.urls = {"ldaps://dc1.example.org"};
  settings.bind_password_file = "password";
  for (const auto* good : {"agent@ad.example.org", "EXAMPLE\\agent", "cn=agent,dc=example,dc=org"}) {
    settings.bind_dn = good;
    EXPECT_TRUE(check(settings)) << good;
  }
  for (const auto* bad : {"agent", "@ad.example.org", "agent@", "not=a dn,@"}) {
    settings.bind_dn = bad;
    EXPECT_FALSE(check(settings)) << bad;
  }
}

}  // namespace
}  // namespace dirbridge::ldap
