// The hub over HTTP as a client meets it: what is refused, with which status, and in which words.
#include <gtest/gtest.h>

#include <set>

#include "api_fixture.hpp"

namespace dirbridge::hub {
namespace {

TEST_F(HubApi, AnOktaPathThatIsNotServedIs501WithASentenceAndAnyOther404) {
  const auto official = refusal(call("GET", "/api/v1/policies?type=PASSWORD"));
  EXPECT_EQ(official.status, 501);
  EXPECT_EQ(official.code, "E0000052");
  EXPECT_EQ(official.causes, "GET /api/v1/policies is a part of Okta's API that this hub does not serve.\n");
  // Those that clients ask without a management token, and only those.
  const net::Headers nobody{{"Authorization", "SSWS wrong"}};
  for (const auto& [method, path] : {std::pair{"GET", "/.well-known/oauth-authorization-server"},
                                     {"POST", "/oauth2/v1/revoke"},
                                     {"POST", "/oauth2/v1/introspect"}})
    EXPECT_EQ(refusal(call(method, path, {}, nobody)).status, 501) << path;
  EXPECT_EQ(refusal(call("GET", "/api/v1/policies", {}, nobody)).status, 401);
  const auto other = refusal(call("GET", "/api/v1/polices"));
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.code, "E0000008");
}

TEST_F(HubApi, WhatADirectoryDoesNotSayOfAUserIsLeftOutOfTheProfile) {
  for (const auto& user : Json::parse(call("GET", "/api/v1/users").body)) {
    EXPECT_TRUE(user["profile"].contains("displayName")) << user.dump();
    for (const auto* name : {"email", "firstName", "lastName"}) EXPECT_FALSE(user["profile"].contains(name)) << name;
  }
  EXPECT_FALSE(Json::parse(call("GET", "/api/v1/users/me").body)["profile"].contains("email"));
}

TEST_F(HubApi, EveryAnswerHasOktasHeadersAndCountsDownItsBucket) {
  const auto header = [](const net::HttpResponse& response, const char* name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? "none" : found->second;
  };
  const auto first = call("GET", "/api/v1/users");
  const auto second = call("GET", "/api/v1/users/nobody");
  const auto third = call("GET", "/api/v1/users");
  for (const auto* response : {&first, &second, &third}) {
    EXPECT_EQ(header(*response, "Content-Type"), "application/json");
    EXPECT_EQ(header(*response, "Cache-Control"), "no-cache, no-store");
    EXPECT_EQ(header(*response, "Pragma"), "no-cache");
    EXPECT_EQ(header(*response, "Expires"), "0");
    EXPECT_EQ(header(*response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(*response, "X-Okta-Request-Id").size(), 32u);
    EXPECT_EQ(header(*response, "Strict-Transport-Security"), "none");  // plain HTTP
    EXPECT_EQ(header(*response, "Set-Cookie"), "none");
    EXPECT_TRUE(header(*response, "Date").ends_with(" GMT"));
  }
  EXPECT_EQ(header(first, "X-Rate-Limit-Limit"), "600");
  EXPECT_EQ(header(first, "X-Rate-Limit-Remaining"), "599");
  EXPECT_EQ(header(second, "X-Rate-Limit-Limit"), "1200");
  EXPECT_EQ(header(second, "X-Rate-Limit-Remaining"), "1199");
  EXPECT_EQ(header(third, "X-Rate-Limit-Remaining"), "598");
  EXPECT_EQ(header(third, "X-Rate-Limit-Reset"), header(first, "X-Rate-Limit-Reset"));
}

TEST_F(HubApi, AWrongMethodIsToldTheRightOnes) {
  const auto response = call("PUT", "/_dirbridge/v1/tokens");
  EXPECT_EQ(response.status, 405);
  ASSERT_TRUE(response.headers.contains("Allow"));
  EXPECT_EQ(response.headers.find("Allow")->second, "GET, HEAD, POST");
}

TEST_F(HubApi, ALongUrlAndALongHeaderAreRefusedInOktasEnvelopeWithTheLimit) {
  const auto url = refusal(call("GET", "/api/v1/groups?q=" + std::string(5000, 'a')));
  EXPECT_EQ(url.status, 414);
  EXPECT_EQ(url.code, "E0000002");
  EXPECT_NE(url.causes.find("4096 bytes"), std::string::npos) << url.causes;
  const auto header = refusal(call("GET", "/api/v1/groups", {}, {{"X-Long", std::string(5000, 'a')}}));
  EXPECT_EQ(header.status, 431);
  EXPECT_NE(header.causes.find("4096 bytes"), std::string::npos) << header.causes;
}

TEST_F(HubApi, ABodyThatIsNoPlainJsonIs415) {
  const std::string body = R"({"name":"x"})";
  for (const auto& [name, value] : {std::pair{"Content-Encoding", "gzip"}, std::pair{"Content-Type", "text/plain"}}) {
    const auto answer = refusal(call("POST", "/_dirbridge/v1/directories", body, {{name, value}}));
    EXPECT_EQ(answer.status, 415) << name;
    EXPECT_NE(answer.causes.find(name), std::string::npos) << answer.causes;
  }
  EXPECT_EQ(Json::parse(call("GET", "/_dirbridge/v1/directories").body).size(), 1u);
}

TEST_F(HubApi, ACursorThatNoListHandedOutIs400) {
  for (const char* target :
       {"/api/v1/groups?after=x", "/api/v1/groups?after=00uAdaAdaAdaAdaAda01", "/api/v1/users?after=00g1",
        "/api/v1/users?after=00uAdaAdaAdaAdaAda0%20", "/api/v1/groups/00gStaffStaffStaff01/users?after=bogus",
        "/_dirbridge/v1/jobs?before=bogus"}) {
    const auto answer = refusal(call("GET", target));
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_EQ(answer.code, "E0000029") << target;
    EXPECT_NE(answer.causes.find("Invalid cursor."), std::string::npos) << answer.causes;
  }
  EXPECT_EQ(call("GET", "/api/v1/groups?after=00gStaffStaffStaff01").status, 400) << "cursors are opaque";
  EXPECT_EQ(refusal(call("GET", "/api/v1/groups?after=%zz")).status, 400);
}

TEST_F(HubApi, EveryCursorThatAListHandsOutIsTaken) {
  for (const std::string list : {"/api/v1/groups/00gStaffStaffStaff01/users", "/api/v1/users"}) {
    std::set<std::string> seen;
    std::string target = list + "?limit=1";
    for (int page = 0; page < 4 && !target.empty(); ++page) {
      const auto response = call("GET", target);
      ASSERT_EQ(response.status, 200) << target << response.body;
      for (const auto& user : Json::parse(response.body)) seen.insert(user["id"]);
      target.clear();
      const auto [first, last] = response.headers.equal_range("Link");
      for (auto link = first; link != last; ++link)
        if (link->second.find("rel=\"next\"") != std::string::npos)
          target = link->second.substr(link->second.find("/api"), link->second.find('>') - link->second.find("/api"));
    }
    EXPECT_EQ(seen.size(), 3u) << list;
  }
}

TEST_F(HubApi, ALimitAboveTheMaximumIsCappedOnOktasListsAndRefusedOnOurs) {
  for (const char* target : {"/api/v1/groups?limit=10000", "/api/v1/users?limit=201", "/_dirbridge/v1/jobs?limit=500"})
    EXPECT_EQ(call("GET", target).status, 200) << target;
  for (const char* target : {"/api/v1/groups?limit=0", "/api/v1/users?limit=-1", "/api/v1/users?limit=",
                             "/api/v1/groups?limit=99999999999999999999", "/_dirbridge/v1/jobs?limit=501"}) {
    const auto answer = refusal(call("GET", target));
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_NE(answer.causes.find("limit: must be a number from 1 to "), std::string::npos) << answer.causes;
  }
}

TEST_F(HubApi, ANameThatCouldFakeALineOfAListIsRefused) {
  for (const std::string name : {"", "  ", "a ", "a\nb", "a\x1b[2J", "a\x7f",
                                 "a\xC2\x9B"
                                 "b",
                                 "a\xE2\x80\xAE"
                                 "b",
                                 "a\xE2\x80\xA8"
                                 "b"}) {
    const auto directory = refusal(call("POST", "/_dirbridge/v1/directories", Json{{"name", name}}.dump()));
    EXPECT_EQ(directory.status, 400) << name;
    EXPECT_TRUE(directory.causes.starts_with("name: ")) << directory.causes;
    const auto token = refusal(call("POST", "/_dirbridge/v1/tokens", Json{{"name", name}}.dump()));
    EXPECT_EQ(token.status, 400) << name;
  }
  EXPECT_EQ(call("POST", "/_dirbridge/v1/directories", Json{{"name", "Jürgen\u00a0Müller 山田"}}.dump()).status, 200);
}

TEST_F(HubApi, AFilterByADirectoryThatDoesNotExistIs404) {
  for (const char* target : {"/_dirbridge/v1/jobs?directory=0oaNowhere", "/_dirbridge/v1/agents?directory=0oaNowhere"})
    EXPECT_EQ(refusal(call("GET", target)).status, 404) << target;
}

TEST_F(HubApi, ADryRunIsRefusedAsTheChangeItselfWouldBe) {
  const std::string corp = "/_dirbridge/v1/directories/0oaCorpCorpCorpCorp1/groups/preview";
  const auto body = [](const std::string& group, const std::string& attribute, const Json& values) {
    return Json{{"id", group}, {"parameters", {{"action", "ADD"}, {"attribute", attribute}, {"values", values}}}}
        .dump();
  };
  const Json ada = {"00uUserUserUserUser0"};
  EXPECT_EQ(refusal(call("POST", corp, "{")).code, "E0000003");
  EXPECT_EQ(refusal(call("POST", corp, "{}")).code, "E0000001");
  EXPECT_EQ(call("POST", corp, body("00gNobody", "member", ada)).status, 404);
  EXPECT_EQ(call("POST", corp, body("00gStaffStaffStaff01", "member", {"00uNobody"})).status, 404);
  EXPECT_EQ(call("POST", corp, body("00gStaffStaffStaff01", "uniqueMember", ada)).status, 400);
  EXPECT_EQ(
      call("POST", "/_dirbridge/v1/directories/0oaNowhere/groups/preview", body("00gStaffStaffStaff01", "member", ada))
          .status,
      404);
  const auto no_agent = refusal(call("POST", corp, body("00gStaffStaffStaff01", "member", ada)));
  EXPECT_EQ(no_agent.status, 502);
  EXPECT_EQ(no_agent.code, "E0000236");
  EXPECT_EQ(call("POST", corp, "{}", {{"Authorization", "SSWS wrong"}}).status, 401);
}

TEST_F(HubApi, WhoeverMayChangeGroupsMayAskForADryRunAndNobodyElse) {
  const std::string corp = "/_dirbridge/v1/directories/0oaCorpCorpCorpCorp1/groups/preview";
  for (const auto& [scope, status] :
       {std::pair{"okta.directories.groups.manage", 400}, std::pair{"okta.groups.read", 403}}) {
    const auto made = call("POST", "/_dirbridge/v1/tokens", Json{{"name", scope}, {"scopes", {scope}}}.dump());
    const auto token = Json::parse(made.body)["token"].get<std::string>();
    EXPECT_EQ(call("POST", corp, "{}", {{"Authorization", "SSWS " + token}}).status, status) << scope;
  }
}

}  // namespace
}  // namespace dirbridge::hub
