// Lists of groups, users and apps as Okta's clients ask for them: criteria, pages, cursors, expansions, scopes.
#include <set>

#include "api_fixture.hpp"

namespace dirbridge::hub {
namespace {

constexpr const char* corp = "0oaCorpCorpCorpCorp1";
constexpr const char* labs = "0oaLabsLabsLabsLabs1";

std::string number(int i) { return (i < 10 ? "00" : i < 100 ? "0" : "") + std::to_string(i); }

// One directory of `groups` groups and `users` users, everybody in the first group beside a service account.
std::vector<ledger::Body> directory_of(const std::string& name, int groups, int users) {
  const ImportId import{"imp" + name + "OneOneOneOne1"};
  ledger::ImportStaged staged{import, {}, {}};
  std::vector<std::string> keys{"cn=aaa service,dc=" + name};
  for (int i = 0; i < users; ++i) {
    const auto login = name + number(i);
    const auto dn = "uid=" + login + ",dc=x";
    keys.push_back(dn);
    staged.users.emplace_back(UserId{"00u" + name + "UserUser" + "ab" + number(i)},
                              proto::ImportedUser{"uuid-" + login, dn, dn, login, login + "@example.org",
                                                  i % 2 ? "Ada" : "Grace", "Last" + number(i), login});
  }
  for (int i = 0; i < groups; ++i) {
    const auto group = name + " Group " + number(i);
    const auto dn = "cn=" + group + ",dc=x";
    staged.groups.emplace_back(
        GroupId{"00g" + name + "GroupGroup" + number(i)},
        proto::ImportedGroup{"uuid-" + group, dn, dn, group, i == 7 ? "the seventh" : "", "member", "groupOfNames",
                             i == 0 ? keys : std::vector<std::string>{}});
  }
  return {ledger::DirectoryCreated{name, "LDAP"}, ledger::ImportStarted{import, AgentId{"a53"}, ""}, staged,
          ledger::ImportApplied{import, static_cast<std::uint64_t>(users), static_cast<std::uint64_t>(groups)}};
}

class HubLists : public HubApi {
 protected:
  explicit HubLists(void (*furnishing)(const std::string&) = furnish_two) : HubApi(furnishing) {}
  static void furnish_two(const std::string& data_dir) {
    make_data_dir(data_dir).value();
    const auto ledger = ledger::open_sqlite_ledger({.path = data_dir + "/ledger.sqlite"}).value();
    append(*ledger, DirectoryId{corp}, directory_of("Corp", 120, 60));
    append(*ledger, DirectoryId{labs}, directory_of("Labs", 5, 3));
  }
  Json get(const std::string& target) {
    const auto response = call("GET", target);
    EXPECT_EQ(response.status, 200) << target << " " << response.body;
    return Json::parse(response.body);
  }
  static std::string with(const std::string& list, const std::string& parameter, const std::string& value) {
    return list + "?" + parameter + "=" + percent_encode(value);
  }
  std::size_t count(const std::string& list, const std::string& parameter, const std::string& value) {
    return get(with(list, parameter, value)).size();
  }
  // Every row of every page, each page but the last full.
  std::vector<std::string> walk(std::string target, std::size_t limit) {
    std::vector<std::string> ids;
    for (int page = 0; page < 200 && !target.empty(); ++page) {
      const auto response = call("GET", target);
      EXPECT_EQ(response.status, 200) << target << response.body;
      const auto rows = Json::parse(response.body);
      target = next_of(response);
      EXPECT_TRUE(target.empty() || rows.size() == limit) << rows.size() << " rows before " << target;
      EXPECT_FALSE(rows.empty() && page > 0) << "a link led to nothing";
      for (const auto& row : rows) ids.push_back(row["id"]);
    }
    return ids;
  }
  std::string token_with(const std::vector<std::string>& scopes) {
    const auto made = call("POST", "/_dirbridge/v1/tokens", Json{{"name", "limited"}, {"scopes", scopes}}.dump());
    return Json::parse(made.body)["token"];
  }
};

TEST_F(HubLists, AClientFindsTheGroupsOfOneDirectory) {
  EXPECT_EQ(count("/api/v1/groups", "search", std::string{"type eq \"APP_GROUP\" and source.id eq \""} + labs + "\""),
            5u);
  EXPECT_EQ(count("/api/v1/groups", "search", std::string{"source.id eq \""} + corp + "\""), 120u);
  EXPECT_EQ(count("/api/v1/groups", "search", "source.id eq \"0oaNowhereNowhere001\""), 0u);
  EXPECT_EQ(count("/api/v1/groups", "filter", "type eq \"OKTA_GROUP\""), 0u);
  EXPECT_EQ(count("/api/v1/groups", "filter", "type eq \"APP_GROUP\""), 125u);
}

TEST_F(HubLists, GroupsAreSearchedByWhatTheirProfileHolds) {
  for (const auto& [search, rows] : std::vector<std::pair<std::string, std::size_t>>{
           {"profile.name eq \"corp GROUP 007\"", 1},
           {"profile.name sw \"Corp Group 01\"", 10},
           {"profile.name co \"Group 004\"", 2},
           {"profile.description pr", 1},
           {"not (profile.description pr) and profile.name sw \"Labs\"", 5},
           {"profile.description eq \"the seventh\"", 1},
           {"profile.dn eq \"cn=Labs Group 002,dc=x\"", 1},
           {"profile.name eq \"Labs Group 001\" or profile.name eq \"Corp Group 001\"", 2},
           {"id eq \"00gLabsGroupGroup003\"", 1},
           {"id eq \"00gLabsGroupGroup003\" and profile.name sw \"Corp\"", 0},
           {"lastUpdated gt \"2020-01-01T00:00:00.000Z\"", 125},
           {"lastUpdated lt \"2020-01-01T00:00:00.000Z\"", 0}})
    EXPECT_EQ(count("/api/v1/groups", "search", search), rows) << search;
}

TEST_F(HubLists, AFilterOfGroupsKnowsTimesAndIds) {
  EXPECT_EQ(count("/api/v1/groups", "filter", "lastMembershipUpdated gt \"2020-01-01T00:00:00.000Z\""), 125u);
  EXPECT_EQ(count("/api/v1/groups", "filter", "lastMembershipUpdated gt \"2999-01-01T00:00:00.000Z\""), 0u);
  EXPECT_EQ(count("/api/v1/groups", "filter", "id eq \"00gCorpGroupGroup001\" or id eq \"00gLabsGroupGroup001\""), 2u);
  EXPECT_EQ(count("/api/v1/groups", "q", "LABS group"), 5u);
}

TEST_F(HubLists, ARefusedExpressionIsNamedOnce) {
  for (const auto& [parameter, text] :
       {std::pair{"filter", "type eq"}, {"filter", "nothing eq 1"}, {"search", "type"}}) {
    const auto causes = refusal(call("GET", with("/api/v1/groups", parameter, text))).causes;
    EXPECT_TRUE(causes.starts_with(std::string{parameter} + ": ")) << causes;
    EXPECT_EQ(causes.find("filter: ", 1), std::string::npos) << causes;
  }
  EXPECT_EQ(refusal(call("GET", "/api/v1/logs?filter=eventType")).causes.find("filter: ", 1), std::string::npos);
}

TEST_F(HubLists, CriteriaThatAreNoneOrAskForTheUnknownAre400) {
  for (const auto& [list, parameter, value] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"groups", "filter", "type"},
                                                                      {"groups", "filter", "type eq APP_GROUP"},
                                                                      {"groups", "filter", "profile.name eq \"x\""},
                                                                      {"groups", "search", "colour eq \"x\""},
                                                                      {"groups", "search", "(type eq \"APP_GROUP\""},
                                                                      {"groups", "search", "profile.name eq \"x\" and"},
                                                                      {"groups", "sortBy", "profile.name"},
                                                                      {"groups", "sortOrder", "desc"},
                                                                      {"users", "filter", "profile.city eq \"x\""},
                                                                      {"users", "search", "source.id eq \"x\""},
                                                                      {"apps", "filter", "label eq \"x\""},
                                                                      {"apps", "search", "name eq \"x\""}}) {
    const auto answer = refusal(call("GET", with("/api/v1/" + list, parameter, value)));
    EXPECT_EQ(answer.status, 400) << list << " " << value;
    EXPECT_EQ(answer.code, "E0000031") << list << " " << value;
    EXPECT_TRUE(answer.causes.starts_with(parameter)) << answer.causes;
  }
}

TEST_F(HubLists, AnEmptyFilterOrSearchAsksForEverything) {
  const auto all = call("GET", "/api/v1/groups").body;
  for (const auto* query : {"filter=", "search=", "filter=%20&search="})
    EXPECT_EQ(call("GET", std::string{"/api/v1/groups?"} + query).body, all) << query;
}

TEST_F(HubLists, PagesAreFullAndMeetEachRowOnce) {
  for (const auto& [list, rows] : std::vector<std::pair<std::string, std::size_t>>{
           {"/api/v1/groups?limit=7", 125},
           {"/api/v1/groups?limit=4&" + with("", "search", "profile.name co \"1\"").substr(1), 40},
           {"/api/v1/groups?limit=5&" + with("", "filter", "type eq \"APP_GROUP\"").substr(1), 125},
           {"/api/v1/users?limit=9", 63},
           {"/api/v1/users?limit=10&" + with("", "search", "profile.firstName eq \"Ada\"").substr(1), 31},
           {"/api/v1/groups/00gCorpGroupGroup000/users?limit=10", 60},
           {"/api/v1/apps?limit=1", 2},
           {std::string{"/api/v1/apps/"} + corp + "/users?limit=12", 60},
           {std::string{"/api/v1/apps/"} + corp + "/groups?limit=50", 120}}) {
    const auto at = list.find("limit=") + 6;
    const auto ids = walk(list, std::stoul(list.substr(at)));
    EXPECT_EQ(ids.size(), rows) << list;
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), rows) << list;
  }
}

TEST_F(HubLists, ACursorSaysNothingAndFitsOnlyTheQuestionItWasMadeFor) {
  const auto next = next_of(call("GET", "/api/v1/groups?limit=2&q=Corp"));
  ASSERT_FALSE(next.empty());
  const auto cursor = next.substr(next.find("after=") + 6);
  EXPECT_EQ(cursor.find("00g"), std::string::npos);
  EXPECT_EQ(call("GET", "/api/v1/groups?q=Corp&limit=9&after=" + cursor).status, 200) << "another order, another limit";
  auto altered = cursor;
  altered.back() = altered.back() == 'A' ? 'Q' : 'A';
  for (const std::string& target : {"/api/v1/groups?after=" + cursor, "/api/v1/groups?q=Labs&after=" + cursor,
                                    "/api/v1/users?q=Corp&after=" + cursor, "/api/v1/groups?q=Corp&after=" + altered,
                                    "/api/v1/groups?q=Corp&after=" + cursor + "AAAA",
                                    std::string{"/api/v1/groups?q=Corp&after=00gCorpGroupGroup001"}}) {
    const auto answer = refusal(call("GET", target));
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_EQ(answer.code, "E0000029") << target;
  }
}

TEST_F(HubLists, StatsAndAppAreEmbeddedOnRequestOnly) {
  const auto plain = get("/api/v1/groups/00gCorpGroupGroup000");
  EXPECT_FALSE(plain.contains("_embedded"));
  const auto rows = get("/api/v1/groups?q=Corp%20Group%20000&expand=stats,app");
  ASSERT_EQ(rows.size(), 1u);
  const auto& embedded = rows[0]["_embedded"];
  EXPECT_EQ(embedded["stats"]["appsCount"], 1);
  EXPECT_EQ(embedded["stats"]["groupPushMappingsCount"], 0);
  EXPECT_EQ(embedded["stats"]["hasAdminPrivlege"], false);
  EXPECT_EQ(embedded["app"]["id"], corp);
  EXPECT_EQ(embedded["app"]["name"], "ldap_sun_one");
}

TEST_F(HubLists, UsersAreFoundByNameMailAndCriteria) {
  EXPECT_EQ(count("/api/v1/users", "q", "ada"), 31u);
  EXPECT_EQ(count("/api/v1/users", "q", "LAST059"), 1u);
  EXPECT_EQ(count("/api/v1/users", "q", "labs00"), 3u);
  EXPECT_EQ(count("/api/v1/users", "filter", "profile.login eq \"CORP003\""), 1u);
  EXPECT_EQ(count("/api/v1/users", "filter", "status eq \"ACTIVE\""), 63u);
  EXPECT_EQ(count("/api/v1/users", "filter", "status eq \"SUSPENDED\""), 0u);
  EXPECT_EQ(count("/api/v1/users", "search", "profile.email ew \"@example.org\" and profile.login sw \"labs\""), 3u);
  EXPECT_EQ(get("/api/v1/users/Labs001")["id"], "00uLabsUserUserab001");
  EXPECT_EQ(get("/api/v1/users/Labs001/groups").size(), 1u);
}

class HubSpellings : public HubLists {
 protected:
  HubSpellings() : HubLists(furnish_spellings) {}
  static void furnish_spellings(const std::string& data_dir) {
    furnish_two(data_dir);
    const auto ledger = ledger::open_sqlite_ledger({.path = data_dir + "/ledger.sqlite"}).value();
    const ImportId import{"impSpellSpellSpell01"};
    ledger::ImportStaged staged{import, {}, {}};
    // Many, so that their index is used by one of the ways to read it and not by the other; one is decomposed.
    for (int i = 0; i < 60; ++i) {
      const auto name = std::string{i == 7  ? "Mu\xCC\x88ller "
                                    : i % 2 ? "M\xC3\x9CLLER "
                                            : "m\xC3\xBCller "} +
                        number(i);
      const auto dn = "uid=" + number(i) + ",dc=x";
      staged.users.emplace_back(UserId{"00uSpellUserUserab" + number(i)},
                                proto::ImportedUser{"uuid-" + number(i), dn, dn, name, "", "", "", name});
      staged.groups.emplace_back(
          GroupId{"00gSpellGroupGroup" + number(i)},
          proto::ImportedGroup{
              "uuid-g" + number(i), "cn=" + number(i), "cn=" + number(i), name, "", "member", "groupOfNames", {}});
    }
    append(*ledger, DirectoryId{"0oaSpellSpellSpell01"},
           {ledger::DirectoryCreated{"B\xC3\x9CRO", "LDAP"}, ledger::ImportStarted{import, AgentId{"a53"}, ""}, staged,
            ledger::ImportApplied{import, 60, 60}});
  }
};

TEST_F(HubSpellings, AreOneNameInEveryListAndOverItsPages) {
  for (const auto* q : {"m\xC3\xBCller", "M\xC3\x9CLLER", "Mu\xCC\x88ll"}) {
    EXPECT_EQ(walk(with("/api/v1/groups", "q", q) + "&limit=7", 7).size(), 60u) << q;
    EXPECT_EQ(walk(with("/api/v1/users", "q", q) + "&limit=7", 7).size(), 60u) << q;
    EXPECT_EQ(count("/api/v1/apps/0oaSpellSpellSpell01/groups", "q", q), 20u) << q;
    EXPECT_EQ(count("/api/v1/apps/0oaSpellSpellSpell01/users", "q", q), 50u) << q;
    const auto name = "profile.name sw \"" + std::string{q} + "\"";
    EXPECT_EQ(count("/api/v1/groups", "search", name), 60u) << q;
  }
  EXPECT_EQ(count("/api/v1/groups", "q", "muller"), 0u);
  EXPECT_EQ(count("/api/v1/apps", "q", "b\xC3\xBCro"), 1u);
  EXPECT_EQ(count("/api/v1/groups", "search", "profile.name eq \"MU\xCC\x88LLER 008\""), 1u);
  EXPECT_EQ(count("/api/v1/users", "filter", "profile.login eq \"M\xC3\x9CLLER 007\""), 1u);
  EXPECT_EQ(get("/api/v1/users/" + percent_encode("M\xC3\x9CLLER 008"))["id"], "00uSpellUserUserab008");
}

TEST_F(HubLists, AppsAreTheDirectoriesAndTheirUsersHoldTheDn) {
  EXPECT_EQ(count("/api/v1/apps", "filter", "name eq \"ldap_sun_one\""), 2u);
  EXPECT_EQ(count("/api/v1/apps", "filter", "name eq \"active_directory\""), 0u);
  EXPECT_EQ(count("/api/v1/apps", "filter", "status eq \"ACTIVE\""), 2u);
  EXPECT_EQ(count("/api/v1/apps", "q", "lab"), 1u);
  const auto app = std::string{"/api/v1/apps/"} + labs;
  EXPECT_EQ(get(app)["label"], "Labs");
  const auto user = get(app + "/users/00uLabsUserUserab001");
  EXPECT_EQ(user["externalId"], "uuid-Labs001");
  EXPECT_EQ(user["profile"]["dn"], "uid=Labs001,dc=x");
  EXPECT_EQ(user["credentials"]["userName"], "Labs001");
  EXPECT_EQ(user["scope"], "USER");
  EXPECT_EQ(count(app + "/users", "q", "Labs002"), 1u);
  EXPECT_EQ(get("/api/v1/groups/00gLabsGroupGroup001/apps")[0]["id"], labs);
  EXPECT_EQ(get(app + "/groups/00gLabsGroupGroup001")["id"], "00gLabsGroupGroup001");
  for (const std::string& target :
       {std::string{"/api/v1/apps/0oaNowhere"}, std::string{"/api/v1/apps/0oaNowhere/users"},
        app + "/users/00uCorpUserUserab001", app + "/groups/00gCorpGroupGroup001"})
    EXPECT_EQ(refusal(call("GET", target)).code, "E0000007") << target;
}

TEST_F(HubLists, EachOperationAsksForItsOwnScope) {
  const auto groups = token_with({"okta.groups.read"}), apps = token_with({"okta.apps.read"});
  const auto status = [&](const std::string& token, const std::string& method, const std::string& target) {
    return call(method, target, method == "POST" ? "{}" : "", {{"Authorization", "SSWS " + token}}).status;
  };
  EXPECT_EQ(status(groups, "GET", "/api/v1/groups"), 200);
  EXPECT_EQ(status(groups, "GET", "/api/v1/apps"), 403);
  EXPECT_EQ(status(groups, "GET", "/api/v1/users"), 403);
  EXPECT_EQ(status(apps, "GET", "/api/v1/apps"), 200);
  EXPECT_EQ(status(apps, "GET", "/api/v1/groups"), 403);
}

TEST_F(HubLists, AgentPoolsAreOneADirectoryInPagesOfTheirOwnLimit) {
  EXPECT_EQ(get("/api/v1/agentPools").size(), 2u);
  EXPECT_EQ(get("/api/v1/agentPools?poolType=LDAP").size(), 2u);
  EXPECT_EQ(get("/api/v1/agentPools?poolType=MFA").size(), 0u);
  EXPECT_EQ(walk("/api/v1/agentPools?limitPerPoolType=1&poolType=LDAP", 1), (std::vector<std::string>{corp, labs}));
  const auto wrong = refusal(call("GET", "/api/v1/agentPools?poolType=ldap"));
  EXPECT_EQ(wrong.status, 400);
  EXPECT_NE(wrong.causes.find("poolType"), std::string::npos);
  EXPECT_NE(refusal(call("GET", "/api/v1/agentPools?limitPerPoolType=0")).causes.find("limitPerPoolType"),
            std::string::npos);
  EXPECT_EQ(refusal(call("GET", "/api/v1/agentPools?after=xyz")).code, "E0000029");
}

TEST_F(HubLists, TheLinkOfAPoolLeadsToIt) {
  const auto pool = get("/api/v1/agentPools?limitPerPoolType=1")[0];
  const auto link = pool["_links"]["self"]["href"].get<std::string>();
  EXPECT_EQ(get(link.substr(link.find("/api"))), pool);
  const auto unknown = refusal(call("GET", "/api/v1/agentPools/0oaNowhere"));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.code, "E0000007");
}

TEST_F(HubLists, APoolWithoutAgentsIsInactive) {
  for (const auto& pool : get("/api/v1/agentPools")) EXPECT_EQ(pool["operationalStatus"], "INACTIVE");
}

TEST_F(HubLists, AnApiTokenThatAsksForItsPersonIsShownItself) {
  const auto me = get("/api/v1/users/me");
  EXPECT_EQ(me["status"], "ACTIVE");
  EXPECT_EQ(me["id"].get<std::string>().size(), 20u);
  EXPECT_EQ(me["id"].get<std::string>().substr(0, 3), "00u");
  EXPECT_FALSE(me["profile"]["login"].get<std::string>().empty());
  EXPECT_EQ(get("/api/v1/users/me"), me);
}

TEST_F(HubLists, ListsAreAskedForAsTerraformAndOktasOwnDefaultsAsk) {
  EXPECT_EQ(call("GET", "/api/v1/users?sortOrder=0&limit=1").status, 200);
  EXPECT_EQ(refusal(call("GET", "/api/v1/users?sortOrder=DESC")).code, "E0000031");
  EXPECT_EQ(get("/api/v1/apps?limit=-1").size(), 2u);
  EXPECT_EQ(refusal(call("GET", "/api/v1/groups?limit=-1")).code, "E0000001");
}

TEST_F(HubLists, AHostThatIsNoneDoesNotComeBackInLinks) {
  const auto answer = call("GET", "/api/v1/groups?limit=1", {}, {{"Host", "evil.example\"><x"}});
  EXPECT_EQ(answer.body.find("evil"), std::string::npos);
  for (const auto& [name, value] : answer.headers) EXPECT_EQ(value.find("evil"), std::string::npos) << name;
}

}  // namespace
}  // namespace dirbridge::hub
