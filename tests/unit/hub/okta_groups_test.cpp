// Okta's own groups over HTTP: made, renamed, deleted, their members set; and imported groups left alone.
#include "api_fixture.hpp"

namespace dirbridge::hub {
namespace {

class OktaGroupsApi : public HubApi {
 protected:
  static constexpr const char* groups = "/api/v1/groups";
  static constexpr const char* imported = "/api/v1/groups/00gStaffStaffStaff01";
  static constexpr const char* ada = "00uUserUserUserUser0";

  static std::string profile(const std::string& name, const std::string& description = {}) {
    return Json{{"profile", {{"name", name}, {"description", description}}}}.dump();
  }
  std::string make(const std::string& name) {
    const auto made = call("POST", groups, profile(name, "of " + name));
    EXPECT_EQ(made.status, 200) << made.body;
    return Json::parse(made.body)["id"];
  }
  Json get(const std::string& target) { return Json::parse(call("GET", target).body); }
  static std::string at(const std::string& id) { return std::string{groups} + "/" + id; }
};

TEST_F(OktaGroupsApi, AGroupIsMadeReadRenamedAndDeleted) {
  const auto id = make("Own");
  EXPECT_TRUE(id.starts_with("00g") && id.size() == 20) << id;
  const auto read = get(at(id));
  EXPECT_EQ(read["type"], "OKTA_GROUP");
  EXPECT_EQ(read["profile"], (Json{{"name", "Own"}, {"description", "of Own"}}));
  EXPECT_FALSE(read["_links"].contains("source"));
  const auto renamed = call("PUT", at(id), profile("Renamed"));
  EXPECT_EQ(renamed.status, 200);
  EXPECT_EQ(Json::parse(renamed.body)["profile"]["name"], "Renamed");
  EXPECT_EQ(Json::parse(renamed.body)["profile"]["description"], "");
  EXPECT_EQ(call("DELETE", at(id)).status, 204);
  EXPECT_EQ(refusal(call("GET", at(id))).status, 404);
  EXPECT_EQ(refusal(call("DELETE", at(id))).code, "E0000007");
  EXPECT_EQ(refusal(call("PUT", at(id), profile("x"))).code, "E0000007");
}

TEST_F(OktaGroupsApi, OwnGroupsAndImportedOnesStandInOneListAndAreToldApart) {
  const auto id = make("Own");
  EXPECT_EQ(get(groups).size(), 2u);
  const auto own = get("/api/v1/groups?filter=type%20eq%20%22OKTA_GROUP%22&expand=stats");
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0]["id"], id);
  EXPECT_EQ(own[0]["_embedded"]["stats"]["appsCount"], 0);
  EXPECT_EQ(get("/api/v1/groups?search=source.id%20pr").size(), 1u);
  EXPECT_EQ(get(at(id) + "/apps").size(), 0u);
}

TEST_F(OktaGroupsApi, MembersAreSetAndUnsetAndDoingItTwiceIsTheSame) {
  const auto id = make("Own");
  const auto member = at(id) + "/users/" + ada;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(call("PUT", member).status, 204);
  ASSERT_EQ(get(at(id) + "/users").size(), 1u);
  EXPECT_EQ(get(at(id) + "/users")[0]["id"], ada);
  EXPECT_EQ(get(std::string{"/api/v1/users/"} + ada + "/groups").size(), 2u);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(call("DELETE", member).status, 204);
  EXPECT_TRUE(get(at(id) + "/users").empty());
  EXPECT_EQ(refusal(call("PUT", at(id) + "/users/00uNobody")).causes, "");
  EXPECT_EQ(refusal(call("PUT", at(id) + "/users/00uNobody")).status, 404);
}

TEST_F(OktaGroupsApi, AMemberWhomAnImportTookAwayIsCountedNoMoreAndCanBeTakenOut) {
  const auto id = make("Own");
  const auto member = at(id) + "/users/" + ada;
  EXPECT_EQ(call("PUT", member).status, 204);
  stop();
  hub_.reset();
  {
    const auto ledger = ledger::open_sqlite_ledger({.path = settings_.data_dir + "/ledger.sqlite"}).value();
    const ImportId import{"impTwoTwoTwoTwoTwo02"};
    append(*ledger, DirectoryId{"0oaCorpCorpCorpCorp1"},
           {ledger::ImportStarted{import, AgentId{"a53"}, ""}, ledger::ImportStaged{import, {}, {}},
            ledger::ImportApplied{import, 0, 0}});
  }
  start();
  EXPECT_TRUE(get(at(id) + "/users").empty());
  EXPECT_EQ(get("/api/v1/groups?search=id%20eq%20%22" + id + "%22&expand=stats")[0]["_embedded"]["stats"]["usersCount"],
            0);
  EXPECT_EQ(call("DELETE", member).status, 204);
  EXPECT_EQ(call("DELETE", member).status, 404) << "nobody, and no member";
}

TEST_F(OktaGroupsApi, EachChangeOfAMembershipIsOneEventAndOneThatChangesNothingIsNone) {
  const auto id = make("Own");
  const auto member = at(id) + "/users/" + ada;
  for (const auto* method : {"PUT", "PUT", "DELETE", "DELETE"}) EXPECT_EQ(call(method, member).status, 204);
  const auto events = get("/api/v1/logs?sortOrder=ASCENDING&filter=eventType%20sw%20%22group.user_membership%22");
  ASSERT_EQ(events.size(), 2u) << events.dump(1);
  EXPECT_EQ(events[0]["eventType"], "group.user_membership.add");
  EXPECT_EQ(events[1]["eventType"], "group.user_membership.remove");
  EXPECT_EQ(events[0]["target"][0]["id"], ada);
  EXPECT_EQ(events[0]["target"][1]["id"], id);
  EXPECT_EQ(events[0]["target"][1]["displayName"], "Own");
  EXPECT_EQ(events[0]["outcome"]["result"], "SUCCESS");
}

TEST_F(OktaGroupsApi, WhoPollsAnEmptyPageGoesOnAfterWhatThereIsAndNotAtTheBeginning) {
  const auto id = make("Own");
  const auto empty = call("GET", "/api/v1/logs?since=2999-01-01T00:00:00Z");
  EXPECT_EQ(empty.body, "[]");
  std::string after;
  for (auto [link, last] = empty.headers.equal_range("Link"); link != last; ++link)
    if (link->second.ends_with("rel=\"next\""))
      after = link->second.substr(link->second.find("after=") + 6,
                                  link->second.find('>') - link->second.find("after=") - 6);
  ASSERT_FALSE(after.empty());
  after = after.substr(0, after.find('&'));
  EXPECT_TRUE(get("/api/v1/logs?after=" + after).empty());
  EXPECT_EQ(call("PUT", at(id) + "/users/" + ada).status, 204);
  EXPECT_EQ(get("/api/v1/logs?after=" + after).size(), 1u);
}

TEST_F(OktaGroupsApi, AnImportedGroupIsNeitherChangedNorDeletedHere) {
  for (const auto& [method, target] :
       std::vector<std::pair<std::string, std::string>>{{"PUT", imported},
                                                        {"DELETE", imported},
                                                        {"PUT", std::string{imported} + "/users/" + ada},
                                                        {"DELETE", std::string{imported} + "/users/" + ada}}) {
    const auto answer = refusal(call(method, target, method == "PUT" ? profile("x") : ""));
    EXPECT_EQ(answer.status, 403) << method << target;
    EXPECT_EQ(answer.code, "E0000006");
    EXPECT_NE(answer.causes.find("APP_GROUP"), std::string::npos) << answer.causes;
  }
  EXPECT_EQ(get(std::string{imported} + "/users").size(), 3u);
}

TEST_F(OktaGroupsApi, AProfileThatIsNoneIsRefusedByField) {
  make("Taken");
  for (const auto& [body, cause] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "profile: "},
           {R"({"profile":[]})", "profile: "},
           {R"({"profile":{}})", "name: "},
           {R"({"profile":{"name":" "}})", "name: "},
           {profile("taken"), "name: An object with this field already exists"},
           {R"({"profile":{"name":"x","colour":"red"}})", "profile: a group has no attribute colour"},
           {R"({"profile":{"name":"x","description":1}})", "description: "},
           {profile("x", std::string(1025, 'a')), "description: "}}) {
    const auto answer = refusal(call("POST", groups, body));
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_EQ(answer.code, "E0000001") << body;
    EXPECT_TRUE(answer.causes.starts_with(cause)) << answer.causes;
  }
  EXPECT_EQ(refusal(call("POST", groups, "{")).code, "E0000003");
  EXPECT_EQ(get(groups).size(), 2u) << "nothing was made";
}

TEST_F(OktaGroupsApi, OnlyATokenThatManagesGroupsMayChangeThem) {
  const auto id = make("Own");
  const auto made = call("POST", "/_dirbridge/v1/tokens", R"({"name":"r","scopes":["okta.groups.read"]})");
  const net::Headers reader{{"Authorization", "SSWS " + Json::parse(made.body)["token"].get<std::string>()}};
  for (const auto& [method, target] :
       std::vector<std::pair<std::string, std::string>>{{"POST", groups},
                                                        {"PUT", at(id)},
                                                        {"DELETE", at(id)},
                                                        {"PUT", at(id) + "/users/" + ada},
                                                        {"DELETE", at(id) + "/users/" + ada}})
    EXPECT_EQ(call(method, target, method == "DELETE" ? "" : profile("x"), reader).status, 403) << method;
  EXPECT_EQ(call("GET", at(id), "", reader).status, 200);
}

}  // namespace
}  // namespace dirbridge::hub
