// Attribute queries and the contract's table of refusals, over HTTP against a real directory.
#include <gtest/gtest.h>

#include "e2e/world.hpp"

namespace dirbridge::e2e {
namespace {

class Queries : public ::testing::Test {
 protected:
  Queries() : group(world.group("engineering")), user(world.user("zoe")) {}

  std::string query_path(const std::string& of) const {
    return "/api/v1/directories/" + world.directory() + "/groups/" + of + "/query";
  }
  World::Answer submit(const Json& attributes) {
    return world.call("POST", query_path(group), Json{{"attributes", attributes}}.dump());
  }
  // Asks until it is no longer 202.
  World::Answer fetch(const std::string& id) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    auto answer = world.call("GET", query_path(group) + "/" + id);
    while (answer.status == 202 && std::chrono::steady_clock::now() < until)
      answer = world.call("GET", query_path(group) + "/" + id);
    return answer;
  }
  World::Answer modify(const std::string& body) {
    return world.call("POST", "/api/v1/directories/" + world.directory() + "/groups/modify", body);
  }
  std::string body(const std::string& of, const std::string& action, const std::string& attribute,
                   const Json& values) const {
    return Json{{"id", of}, {"parameters", {{"action", action}, {"attribute", attribute}, {"values", values}}}}.dump();
  }
  static std::string causes(const World::Answer& answer) {
    std::string all;
    const auto json = answer.json();
    for (const auto& cause : json["errorCauses"]) all += cause["errorSummary"].get<std::string>() + "\n";
    return all;
  }

  World world;
  std::string group;
  std::string user;
};

TEST_F(Queries, AQueryIs202WithAResultIdAndItsResultHoldsWhatTheDirectoryHolds) {
  const auto asked = submit({"cn", "ObjectClass", "entryUUID", "seeAlso"});
  ASSERT_EQ(asked.status, 202) << asked.body;
  const auto id = asked.json()["resultId"].get<std::string>();
  EXPECT_TRUE(id.starts_with("rdj") && id.size() == 20) << id;
  const auto answer = fetch(id);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json()["id"], group);
  const auto profile = answer.json()["profile"];
  EXPECT_EQ(profile["cn"], "engineering");
  EXPECT_TRUE(profile.contains("ObjectClass")) << profile;
  EXPECT_EQ(profile["entryUUID"].get<std::string>().size(), 36u) << profile;
  EXPECT_FALSE(profile.contains("seeAlso"));
  EXPECT_EQ(fetch("rdj00000000000000000").status, 404);
  EXPECT_EQ(world.call("GET", query_path(world.group("sales")) + "/" + id).status, 404);
}

TEST_F(Queries, AnAttributeIsAskedForByAnyOfItsNamesAndWithoutItsOptions) {
  const auto dn = world.call("GET", "/api/v1/groups/" + group).json()["profile"]["dn"].get<std::string>();
  const auto changed = world.tools().modify("dn: " + dn +
                                            "\nchangetype: modify\nadd: description;lang-de\n"
                                            "description;lang-de: hallo\n-\nreplace: description\n"
                                            "description: hello\n");
  ASSERT_TRUE(changed) << changed.error().message();
  const auto asked = submit({"commonName", "2.5.4.3", "description", "description;lang-de", "distinguishedName"});
  ASSERT_EQ(asked.status, 202) << asked.body;
  const auto answer = fetch(asked.json()["resultId"].get<std::string>());
  EXPECT_EQ(answer.json()["profile"], (Json{{"commonName", "engineering"},
                                            {"2.5.4.3", "engineering"},
                                            {"description", "hello"},
                                            {"description;lang-de", "hallo"}}))
      << answer.body;
}

TEST_F(Queries, AFrozenDirectoryIs202UntilTheTimeIsUpAndThen504) {
  world.slapd().freeze();
  const auto asked = submit({"cn"});
  EXPECT_EQ(asked.status, 202) << asked.body;
  const auto id = asked.json()["resultId"].get<std::string>();
  EXPECT_EQ(world.call("GET", query_path(group) + "/" + id).status, 202);
  const auto answer = fetch(id);
  world.slapd().thaw();
  EXPECT_EQ(answer.status, 504) << answer.body;
  EXPECT_EQ(answer.json()["errorCode"], "E0000237");
}

TEST_F(Queries, WithoutAnAgentAQueryIs502) {
  World::kill(world.agent());
  world.await_no_agent();
  const auto answer = submit({"cn"});
  EXPECT_EQ(answer.status, 502) << answer.body;
  EXPECT_EQ(answer.json()["errorCode"], "E0000236");
}

TEST_F(Queries, MembersAndEverythingAreRefusedInAllSpellingsAndEveryBadOneIsNamed) {
  const Json bad = {"member", "MEMBEROF", "*", "+", "2.5.4.31", "member;range=0-*", "no good", 7, ""};
  auto asked = bad;
  asked.push_back("cn");
  const auto answer = submit(asked);
  EXPECT_EQ(answer.status, 400) << answer.body;
  EXPECT_EQ(answer.json()["errorCode"], "E0000001");
  EXPECT_EQ(answer.json()["errorCauses"].size(), bad.size()) << answer.body;
  for (const Json& wrong : {Json::array(), Json("cn"), Json(nullptr), Json(std::vector<std::string>(65, "cn"))})
    EXPECT_EQ(submit(wrong).status, 400) << wrong;
  EXPECT_EQ(world.call("POST", query_path(group), "{").json()["errorCode"], "E0000003");
  EXPECT_EQ(world.call("POST", query_path("00gNobodyNobodyNobo1"), R"({"attributes":["cn"]})").status, 404);
}

TEST_F(Queries, ADryRunByTheCommandWritesNothingAndItsOutputIsLdifThatDoesTheChange) {
  const auto dn = world.call("GET", "/api/v1/groups/" + group).json()["profile"]["dn"].get<std::string>();
  const auto stamp = world.tools().values(dn, "entryCSN").value();
  const auto members = world.tools().values(dn, "member").value();
  int status = -1;
  const auto told = world.command({"group", "add", "engineering", "zoe", "jmueller", "alice", "--dry-run"}, &status);
  EXPECT_EQ(status, 0) << told;
  for (const char* line : {"# zoe: would be applied\n", "# jmueller: would be applied\n", "# alice: already so\n",
                           "version: 1\n", "changetype: modify\n", "member:: "})
    EXPECT_NE(told.find(line), std::string::npos) << line << told;
  EXPECT_EQ(world.tools().values(dn, "entryCSN").value(), stamp);
  EXPECT_EQ(world.command({"jobs", "--json"}), "[]\n");

  const auto done = world.tools().modify(told);
  ASSERT_TRUE(done) << done.error().message() << told;
  EXPECT_EQ(world.tools().values(dn, "member").value().size(), members.size() + 2);

  world.command({"group", "remove", "engineering", "zoe", "--dry-run", "--json"}, &status);
  EXPECT_EQ(status, 0);
  World::kill(world.agent());
  world.await_no_agent();
  const auto refused = world.command({"group", "remove", "engineering", "zoe", "--dry-run"}, &status);
  EXPECT_EQ(status, 1) << refused;
  EXPECT_NE(refused.find("nothing was changed"), std::string::npos) << refused;
}

// ---- the contract's table B3, row by row ----

TEST_F(Queries, ModifyB3BadJsonIs400E0000003) {
  for (const char* text : {"", "{", "[]", "\"x\"", "{\"id\":1}}", "nul"}) {
    const auto answer = modify(text);
    EXPECT_EQ(answer.status, 400) << text;
    EXPECT_EQ(answer.json()["errorCode"], "E0000003") << text;
  }
}

TEST_F(Queries, ModifyB3EveryMissingOrBadFieldIsNamedAtOnce) {
  const auto empty = modify("{}");
  EXPECT_EQ(empty.json()["errorCode"], "E0000001");
  EXPECT_EQ(empty.json()["errorCauses"].size(), 2u) << empty.body;
  const auto all = modify(body("", "add", "no good", Json::array()));
  EXPECT_EQ(all.status, 400);
  for (const char* field : {"id:", "parameters.action:", "parameters.attribute:", "parameters.values:"})
    EXPECT_NE(causes(all).find(field), std::string::npos) << all.body;
}

TEST_F(Queries, ModifyB3ABadTokenIs401E0000011AndNoneIs401E0000015) {
  const auto path = "/api/v1/directories/" + world.directory() + "/groups/modify";
  const auto bad = world.call("POST", path, "{}", "SSWS wrong");
  EXPECT_EQ(bad.status, 401);
  EXPECT_EQ(bad.json()["errorCode"], "E0000011");
  const auto none = world.call("POST", path, "{}", World::nobody);
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.json()["errorCode"], "E0000015");
}

TEST_F(Queries, ModifyB3UnknownAppGroupAndUsersAre404WithTheirEntity) {
  const auto summary = [](const World::Answer& answer) { return answer.json()["errorSummary"].get<std::string>(); };
  const auto app =
      world.call("POST", "/api/v1/directories/0oaNobody/groups/modify", body(group, "ADD", "member", {user}));
  EXPECT_EQ(app.status, 404);
  EXPECT_NE(summary(app).find("(AppInstance)"), std::string::npos);
  const auto no_group = modify(body("00gNobody", "ADD", "member", {user}));
  EXPECT_EQ(no_group.status, 404);
  EXPECT_NE(summary(no_group).find("(UserGroup)"), std::string::npos);
  const auto users = modify(body(group, "ADD", "seeAlso", {user, "00uNobody1", "00uNobody2"}));
  EXPECT_EQ(users.status, 404);
  EXPECT_NE(summary(users).find("00uNobody1 (User)"), std::string::npos);
  for (const char* cause : {"00uNobody1", "00uNobody2", "parameters.attribute"})
    EXPECT_NE(causes(users).find(cause), std::string::npos) << users.body;
}

TEST_F(Queries, ModifyB3AnAttributeThatIsNotTheGroupsIs400AndTheRightOneIsNamed) {
  const auto answer = modify(body(group, "ADD", "uniqueMember", {user}));
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(causes(answer).find("`member`"), std::string::npos) << answer.body;
}

TEST_F(Queries, ModifyB3SegmentsOfThePathAreDecoded) {
  auto encoded = world.directory();
  encoded.replace(0, 1, "%30");
  const auto answer =
      world.call("POST", "/api/v1/directories/" + encoded + "/groups/modify", body(group, "ADD", "MEMBER", {user}));
  EXPECT_EQ(answer.status, 200) << answer.body;
}

}  // namespace
}  // namespace dirbridge::e2e
