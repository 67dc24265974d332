#include "agent/import_map.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "ldap/server_kind.hpp"
#include "proto/frames.hpp"
#include "proto/json_reader.hpp"
#include "unit/agent/import_entries.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;

TEST(ImportMap, AUserIsNamedByUidElseMailElseItsRdn) {
  ldap::Entry entry{"CN=Smith\\, John, OU=People,dc=example,dc=org",
                    {{"entryUUID", {"u-1"}},
                     {"mail", {"js@example.org"}},
                     {"uid", {"js"}},
                     {"sn", {"Smith"}},
                     {"givenName", {"John"}}}};
  auto user = to_user(entry).value();
  EXPECT_EQ(user.login, "js");
  EXPECT_EQ(user.key, dn(entry.dn).canonical());
  EXPECT_EQ(user.first_name, "John");
  entry.attributes.erase(entry.attributes.begin() + 2);
  EXPECT_EQ(to_user(entry)->login, "js@example.org");
  entry.attributes.erase(entry.attributes.begin() + 1);
  EXPECT_EQ(to_user(entry)->login, "Smith, John");
}

TEST(ImportMap, AnEntryWithoutStableIdCannotBeImported) {
  auto entry = user_entry("u1");
  entry.attributes.erase(entry.attributes.begin());
  const auto user = to_user(entry);
  ASSERT_FALSE(user);
  EXPECT_NE(user.error().message().find("entryUUID"), std::string::npos);
}

TEST(ImportMap, AnEntryWhoseNameCannotBeHeldIsNamedInFewWords) {
  auto entry = user_entry("u1");
  EXPECT_FALSE(why_left_out(entry));
  entry.dn = "uid=intruder" + std::string(5'000, 'x') + "," + people;
  const auto why = why_left_out(entry).value();
  EXPECT_NE(why.find("uid=intruder"), std::string::npos) << why;
  EXPECT_NE(why.find(people), std::string::npos) << "where it lies: " << why;
  EXPECT_LT(why.size(), 400u);
  EXPECT_EQ(to_user(entry).error().message(), why);
  entry.dn = "no name \xff";
  EXPECT_TRUE(is_utf8(why_left_out(entry).value()));
  entry.dn = "";
  EXPECT_FALSE(why_left_out(entry));
}

TEST(ImportMap, AnIdThatCannotBeHeldLeavesOutItsEntryAndNoIdAtAllDoesNot) {
  auto entry = user_entry("u1");
  for (const auto& id : {std::string(300, 'x'), std::string{"a\0b", 3}, std::string{"\xff"}}) {
    entry.attributes.front().values = {id};
    const auto why = why_left_out(entry).value();
    EXPECT_NE(why.find("entryUUID"), std::string::npos) << why;
    EXPECT_NE(why.find("uid=u1"), std::string::npos) << why;
    EXPECT_EQ(to_user(entry).error().message(), why);
  }
  entry.attributes.erase(entry.attributes.begin());
  EXPECT_FALSE(to_user(entry));
  EXPECT_FALSE(why_left_out(entry));
}

// Whatever somebody writes into one entry, the hub takes the batch that it comes in.
TEST(ImportMap, ValuesBeyondTheLimitsOfTheWireAreCutAndNotRefused) {
  const std::vector<std::string> values{std::string(100'000, 'x'), std::string(300, '\x01'), std::string{"a\0b", 3},
                                        std::string(255, 'x') + "\xE2\x82\xAC", std::string(5'000, '"')};
  for (const auto& value : values) {
    proto::ImportBatch batch;
    batch.import = ImportId{"imp1"};
    for (const auto kind : {ldap::ServerKind::openldap, ldap::ServerKind::active_directory}) {
      ldap::Entry entry = kind == ldap::ServerKind::openldap ? user_entry("u1") : windows_user("w1");
      std::erase_if(entry.attributes, [](const auto& one) { return one.name == "uid" || one.name == "cn"; });
      for (const auto& name : user_attributes(kind))
        if (entry.find(name) == nullptr) entry.attributes.push_back({name, {value}});
      if (kind == ldap::ServerKind::active_directory) entry.attributes.back().values = {value};
      batch.users.push_back(to_user(entry, kind).value());
      ldap::Entry group{group_dn("g"), {{std::string{ldap::stable_id_attribute(kind)}, {std::string(16, 'g')}}}};
      for (const auto& name : group_attributes(kind))
        if (group.find(name) == nullptr) group.attributes.push_back({name, {value}});
      batch.groups.push_back(to_group(group, kind).value());
      batch.groups.back().member_keys = {member_key("cn=" + value.substr(0, 4'000), "member", kind)};
      std::erase(batch.groups.back().member_keys, "");
    }
    const auto taken = proto::parse_agent_frame(proto::to_json(proto::AgentFrame{batch}));
    ASSERT_TRUE(taken) << taken.error().message();
    const auto& users = std::get<proto::ImportBatch>(*taken).users;
    EXPECT_FALSE(users.front().login.empty());
    EXPECT_LE(users.front().login.size(), proto::max_name_bytes);
  }
}

TEST(ImportMap, OneNameIsComposedOrNotAsTheServerSeesIt) {
  const std::string composed = "cn=Zo\xC3\xAB," + people;
  const std::string decomposed = "cn=Zoe\xCC\x88," + people;
  const auto user_of = [](const std::string& dn, ldap::ServerKind kind) {
    return to_user({dn, {{std::string{ldap::stable_id_attribute(kind)}, {"id"}}}}, kind).value();
  };
  const auto on_389 = user_of(decomposed, ldap::ServerKind::ds389);
  EXPECT_EQ(on_389.dn, decomposed);
  EXPECT_NE(on_389.key, user_of(composed, ldap::ServerKind::ds389).key);
  EXPECT_EQ(on_389.key, member_key("CN=ZOE\xCC\x88," + people, "member", ldap::ServerKind::ds389));
  EXPECT_NE(on_389.key, member_key(composed, "member", ldap::ServerKind::ds389));
  const auto on_openldap = user_of(decomposed, ldap::ServerKind::openldap);
  EXPECT_EQ(on_openldap.dn, composed);
  EXPECT_EQ(on_openldap.key, member_key(composed, "member", ldap::ServerKind::openldap));
  EXPECT_EQ(on_openldap.key, member_key(decomposed, "member", ldap::ServerKind::openldap));
  EXPECT_EQ(distinct_bases({decomposed}, ldap::ServerKind::ds389).value().front(), decomposed);
}

TEST(ImportMap, ValuesThatAreNoTextAreSkipped) {
  ldap::Entry entry{user_dn("u1"), {{"entryUUID", {"u-1"}}, {"uid", {"\xff\xfe", "", "u1"}}}};
  EXPECT_EQ(to_user(entry)->login, "u1");
}

TEST(ImportMap, TheObjectClassSaysWhereMembersLive) {
  ldap::Entry entry{group_dn("g"), {{"entryUUID", {"g"}}, {"objectClass", {"top", "groupOfUniqueNames"}}}};
  EXPECT_EQ(to_group(entry)->attribute, "uniqueMember");
  EXPECT_EQ(to_group(entry)->name, "g") << "the RDN, without a cn";
  entry.attributes[1].values = {"top", "groupOfNames"};
  EXPECT_EQ(to_group(entry)->attribute, "member");
  entry.attributes[1].values = {"top", "custom"};
  EXPECT_EQ(to_group(entry)->object_class, "custom");
  entry.attributes.push_back({"uniqueMember", {user_dn("u1")}});
  EXPECT_EQ(to_group(entry)->attribute, "uniqueMember");
}

TEST(ImportMap, ActiveDirectoryHasItsOwnAttributesAndTheOthersHaveNone) {
  const auto kind = ldap::ServerKind::active_directory;
  const auto user = to_user(windows_user("ann"), kind).value();
  EXPECT_EQ(user.sam_account_name, "ann");
  EXPECT_EQ(user.upn, "ann@example.org");
  EXPECT_EQ(user.object_sid, "S-1-5-21-1104");
  EXPECT_EQ(user.login, "ann");
  DomainNames domains;
  domains.add("dc=example,dc=org", "CORP");
  const auto group = to_group(windows_group("g", "-2147483640"), kind, domains).value();
  EXPECT_EQ(group.sam_account_name, "sam-g");
  EXPECT_EQ(group.object_sid, "S-1-5-21-1177");
  EXPECT_EQ(group.domain, "CORP");
  EXPECT_EQ(group.type, proto::GroupType::security);
  EXPECT_EQ(group.scope, proto::GroupScope::universal);
  auto elsewhere = windows_user("ann");
  elsewhere.attributes.push_back({"entryUUID", {"u-1"}});
  EXPECT_FALSE(is_of_version_3(to_user(elsewhere).value()));
  auto other_group = windows_group("g", "2");
  other_group.attributes.push_back({"entryUUID", {"g-1"}});
  EXPECT_FALSE(is_of_version_3(to_group(other_group).value()));
}

TEST(ImportMap, WhatIsMalformedInActiveDirectoryIsLeftOutAndTheObjectStays) {
  const auto kind = ldap::ServerKind::active_directory;
  auto broken = windows_user("ann");
  for (auto& attribute : broken.attributes)
    if (attribute.name != "objectGUID") attribute.values = {"\x01\xff"};
  const auto user = to_user(broken, kind).value();
  EXPECT_FALSE(is_of_version_3(user));
  EXPECT_EQ(user.login, "ann") << "by its name";
  const auto group = to_group(windows_group("g", "two"), kind).value();
  EXPECT_EQ(group.type, proto::GroupType::unsaid);
  EXPECT_EQ(group.domain, "EXAMPLE") << "after its name, as nothing better is known";
  broken.attributes.front().values = {"fifteen bytes.."};
  EXPECT_FALSE(to_user(broken, kind)) << "without its id it cannot be imported";
}

TEST(ImportMap, AMemberIsKnownByItsCanonicalName) {
  EXPECT_EQ(member_key("UID=U1, OU=People,dc=example,dc=org", "member"), dn(user_dn("u1")).canonical());
  EXPECT_EQ(member_key(user_dn("u1") + "#'0101'B", "uniqueMember"), dn(user_dn("u1")).canonical());
  EXPECT_EQ(member_key("", "member"), "");
  EXPECT_EQ(member_key("no name", "member"), "");
}

TEST(ImportMap, OverlappingBasesAreSearchedOnce) {
  const auto bases = distinct_bases({"ou=a,dc=org", "OU=A, dc=org", "ou=b,ou=a,dc=org", "ou=c,dc=org"}).value();
  EXPECT_EQ(bases, (std::vector<std::string>{"ou=a,dc=org", "ou=c,dc=org"}));
  EXPECT_FALSE(distinct_bases({"=none="}));
}

TEST(ImportMap, BasesThatDifferInCompositionOnlyAreTwoWhereBytesAreCompared) {
  const std::string composed = "ou=Zo\xC3\xAB,dc=org";
  const std::string decomposed = "ou=Zoe\xCC\x88,dc=org";
  EXPECT_EQ(distinct_bases({composed, decomposed, "ou=a," + decomposed}, ldap::ServerKind::ds389).value(),
            (std::vector{composed, decomposed}));
  EXPECT_EQ(distinct_bases({decomposed, composed}, ldap::ServerKind::openldap).value(), std::vector{composed});
}

}  // namespace
}  // namespace dirbridge::agent
