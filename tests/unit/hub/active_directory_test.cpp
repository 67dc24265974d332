// A directory that an import called Active Directory, beside an LDAP one, as Okta shows them (contract C1 to C4).
#include "api_fixture.hpp"

namespace dirbridge::hub {
namespace {

constexpr const char* corp = "0oaCorpCorpCorpCorp1";
constexpr const char* west = "0oaWestWestWestWest1";

// The externalId of the contract's example and the GUID that it is made of.
constexpr const char* guid = "595d9239-8dd3-4e09-a1ed-68d02a9f8b3c";
constexpr const char* external_id = "OZJdWdONCU6h7WjQKp+LPA==";

class HubWindows : public HubApi {
 protected:
  HubWindows() : HubApi(furnish_both) {}
  static void furnish_both(const std::string& data_dir) {
    furnish(data_dir);
    const auto ledger = ledger::open_sqlite_ledger({.path = data_dir + "/ledger.sqlite"}).value();
    const ImportId import{"impWestWestWestWest1"};
    ledger::ImportStaged staged{import, {}, {}};
    proto::ImportedUser ann{.stable_id = guid, .dn = "CN=Ann,DC=west", .key = "cn=ann,dc=west", .login = "ann"};
    ann.email = "ann@example.org";
    ann.first_name = "Ann";
    ann.last_name = "Lee";
    ann.sam_account_name = "ann";
    ann.upn = "ann@west.example.org";
    ann.object_sid = "S-1-5-21-1-2-3-1104";
    staged.users.emplace_back(UserId{"00uWestUserUserUser1"}, ann);
    proto::ImportedUser bare{.stable_id = "no guid", .dn = "CN=B,DC=west", .key = "cn=b,dc=west", .login = "b"};
    staged.users.emplace_back(UserId{"00uWestUserUserUser2"}, bare);
    proto::ImportedGroup group{.stable_id = guid, .dn = "CN=West Users,DC=west", .key = "cn=west users,dc=west"};
    group.name = "West Users";
    group.description = "everybody in the west";
    group.attribute = "member";
    group.object_class = "group";
    group.member_keys = {"cn=ann,dc=west"};
    group.sam_account_name = "WestUsers";
    group.object_sid = "S-1-5-21-1-2-3-1177";
    group.domain = "WEST";
    group.type = proto::GroupType::security;
    group.scope = proto::GroupScope::domain_local;
    staged.groups.emplace_back(GroupId{"00gWestWestWestWest1"}, group);
    auto plain = group;
    plain.stable_id = "00000000-0000-0000-0000-000000000001";
    plain.dn = plain.key = "cn=plain,dc=west";
    plain.name = "plain";
    plain.sam_account_name = plain.object_sid = plain.domain = "";
    plain.type = {};
    plain.scope = {};
    staged.groups.emplace_back(GroupId{"00gWestWestWestWest2"}, plain);
    append(*ledger, DirectoryId{west},
           {ledger::DirectoryCreated{"West", "LDAP"}, ledger::AgentEnrolled{AgentId{"a53west"}, "west-1", "key", ""},
            ledger::ImportStarted{import, AgentId{"a53west"}, ""}, staged, ledger::ImportApplied{import, 2, 2, "AD"}});
    append(*ledger, DirectoryId{corp}, {ledger::AgentEnrolled{AgentId{"a53corp"}, "corp-1", "key", ""}});
  }
  Json get(const std::string& target) {
    const auto response = call("GET", target);
    EXPECT_EQ(response.status, 200) << target << " " << response.body;
    return Json::parse(response.body);
  }
  std::vector<std::string> ids(const std::string& list, const std::string& parameter, const std::string& value) {
    std::vector<std::string> found;
    for (const auto& row : get(list + "?" + parameter + "=" + percent_encode(value))) found.push_back(row["id"]);
    return found;
  }
};

TEST_F(HubWindows, AGroupIsAWindowsSecurityPrincipalWithItsProfile) {
  const auto group = get("/api/v1/groups/00gWestWestWestWest1");
  EXPECT_EQ(group["type"], "APP_GROUP");
  EXPECT_EQ(group["objectClass"], Json::array({"okta:windows_security_principal"}));
  EXPECT_EQ(group["profile"], (Json{{"name", "West Users"},
                                    {"description", "everybody in the west"},
                                    {"groupType", "Security"},
                                    {"groupScope", "DomainLocal"},
                                    {"samAccountName", "WestUsers"},
                                    {"objectSid", "S-1-5-21-1-2-3-1177"},
                                    {"dn", "CN=West Users,DC=west"},
                                    {"windowsDomainQualifiedName", "WEST\\WestUsers"},
                                    {"externalId", external_id},
                                    {"memberAttribute", "member"}}));
  const auto& links = group["_links"];
  ASSERT_EQ(links["logo"].size(), 2u);
  EXPECT_EQ(links["logo"][0]["name"], "medium");
  EXPECT_TRUE(links["logo"][1]["href"].get<std::string>().ends_with("/img/logos/groups/active_directory-large.png"));
  EXPECT_TRUE(links["source"]["href"].get<std::string>().ends_with(std::string{"/api/v1/apps/"} + west));
  EXPECT_TRUE(links.contains("users") && links.contains("apps"));
}

TEST_F(HubWindows, WhatTheDirectoryDidNotSayIsLeftOut) {
  const auto profile = get("/api/v1/groups/00gWestWestWestWest2")["profile"];
  for (const auto* absent : {"groupType", "groupScope", "samAccountName", "objectSid", "windowsDomainQualifiedName"})
    EXPECT_FALSE(profile.contains(absent)) << absent;
  const auto user = get(std::string{"/api/v1/apps/"} + west + "/users/00uWestUserUserUser2");
  EXPECT_FALSE(user["profile"].contains("objectSid"));
  EXPECT_EQ(user["externalId"], "no guid");
}

TEST_F(HubWindows, AnLdapGroupHasItsOwnExtraKeysAndNoLogo) {
  const auto group = get("/api/v1/groups/00gStaffStaffStaff01");
  EXPECT_EQ(group["objectClass"], Json::array({"okta:user_group"}));
  EXPECT_EQ(group["profile"], (Json{{"name", "g"},
                                    {"description", ""},
                                    {"dn", "cn=g,dc=x"},
                                    {"externalId", "uuid-g"},
                                    {"memberAttribute", "member"}}));
  EXPECT_FALSE(group["_links"].contains("logo"));
}

TEST_F(HubWindows, GroupsAreFoundByWhatActiveDirectoryAloneHas) {
  const std::vector<std::string> one{"00gWestWestWestWest1"};
  for (const auto* search :
       {R"(profile.samAccountName sw "West")", R"(profile.samAccountName eq "westusers")",
        R"(profile.windowsDomainQualifiedName eq "WEST\\WestUsers")", R"(profile.groupScope eq "DomainLocal")",
        R"(profile.objectSid ew "-1177")", R"(profile.externalId eq "OZJdWdONCU6h7WjQKp+LPA==")",
        R"(type eq "APP_GROUP" and source.id eq "0oaWestWestWestWest1" and profile.groupType pr)"})
    EXPECT_EQ(ids("/api/v1/groups", "search", search), one) << search;
  EXPECT_EQ(ids("/api/v1/groups", "search", R"(source.id eq "0oaWestWestWestWest1")").size(), 2u);
}

TEST_F(HubWindows, TheAppHasItsNameAndIsFoundByIt) {
  EXPECT_EQ(ids("/api/v1/apps", "filter", "name eq \"active_directory\""), std::vector<std::string>{west});
  EXPECT_EQ(ids("/api/v1/apps", "filter", "name eq \"ldap_sun_one\""), std::vector<std::string>{corp});
  const auto app = get(std::string{"/api/v1/apps/"} + west);
  EXPECT_EQ(app["name"], "active_directory");
  EXPECT_EQ(app["label"], "West");
  EXPECT_EQ(app["orn"], std::string{"orn:okta:idp:dirbridge:apps:active_directory:"} + west);
  const auto group = get("/api/v1/groups/00gWestWestWestWest1?expand=app");
  EXPECT_EQ(group["_embedded"]["app"]["name"], "active_directory");
  EXPECT_EQ(group["_embedded"]["app"]["id"], west);
}

TEST_F(HubWindows, UsersHaveTheirProviderAndTheirProfileInTheApp) {
  const auto user = get("/api/v1/users/00uWestUserUserUser1");
  EXPECT_EQ(user["credentials"]["provider"], (Json{{"type", "ACTIVE_DIRECTORY"}, {"name", "West"}}));
  EXPECT_EQ(user["profile"]["firstName"], "Ann");
  EXPECT_EQ(user["profile"]["externalId"], external_id);
  const auto in_app = get(std::string{"/api/v1/apps/"} + west + "/users/00uWestUserUserUser1");
  EXPECT_EQ(in_app["externalId"], external_id);
  EXPECT_EQ(in_app["profile"], (Json{{"dn", "CN=Ann,DC=west"},
                                     {"samAccountName", "ann"},
                                     {"upn", "ann@west.example.org"},
                                     {"objectSid", "S-1-5-21-1-2-3-1104"},
                                     {"email", "ann@example.org"},
                                     {"firstName", "Ann"},
                                     {"lastName", "Lee"},
                                     {"displayName", ""}}));
  const auto of_ldap = get(std::string{"/api/v1/apps/"} + corp + "/users/00uUserUserUserUser0");
  EXPECT_EQ(of_ldap["profile"]["uid"], "ada");
  EXPECT_FALSE(of_ldap["profile"].contains("samAccountName"));
  EXPECT_EQ(get("/api/v1/users/00uUserUserUserUser0")["credentials"]["provider"],
            (Json{{"type", "LDAP"}, {"name", "Corp"}}));
}

TEST_F(HubWindows, AgentPoolsAreOfTheirKind) {
  for (const auto& [type, id] : {std::pair{"AD", west}, std::pair{"LDAP", corp}}) {
    const auto pools = get(std::string{"/api/v1/agentPools?poolType="} + type);
    ASSERT_EQ(pools.size(), 1u) << type;
    EXPECT_EQ(pools[0]["id"], id);
    EXPECT_EQ(pools[0]["type"], type);
    EXPECT_EQ(pools[0]["agents"][0]["type"], type);
  }
  EXPECT_EQ(get("/api/v1/agentPools").size(), 2u);
  EXPECT_EQ(get("/api/v1/agentPools?poolType=MFA").size(), 0u);
}

}  // namespace
}  // namespace dirbridge::hub
