// The switches where Okta's sources contradict each other, turned the other way, over HTTP.
#include "api_fixture.hpp"

namespace dirbridge::hub {
namespace {

HubSettings switched() {
  HubSettings settings;
  settings.contract = {.error_profile = "product", .directory_tokens = "any", .out_of_scope = "not_found"};
  return settings;
}
HubSettings strict() {
  HubSettings settings;
  settings.contract.directory_tokens = "oauth";
  return settings;
}

constexpr const char* modify = "/api/v1/directories/0oaCorpCorpCorpCorp1/groups/modify";
std::string change(const std::string& group) {
  return Json{
      {"id", group},
      {"parameters", {{"action", "ADD"}, {"attribute", "member"}, {"values", Json::array({"00uUserUserUserUser0"})}}}}
      .dump();
}
constexpr const char* staff = "00gStaffStaffStaff01";

class SwitchedApi : public HubApi {
 protected:
  SwitchedApi() : HubApi(two_directories, switched()) {}
  static void two_directories(const std::string& data_dir) {
    furnish(data_dir);
    const auto ledger = ledger::open_sqlite_ledger({.path = data_dir + "/ledger.sqlite"}).value();
    append(*ledger, DirectoryId{"0oaElseElseElseElse1"}, {ledger::DirectoryCreated{"Else", "LDAP"}});
  }
};

TEST_F(SwitchedApi, InTheProductProfileNoConnectedAgentIs504E0000241) {
  const auto refused = refusal(call("POST", modify, change(staff)));
  EXPECT_EQ(refused.status, 504);
  EXPECT_EQ(refused.code, "E0000241");
  EXPECT_EQ(failures_logged(), "FAILURE E0000241");
}

TEST_F(SwitchedApi, AGroupOfAnotherDirectoryCanBeSaidNotToExist) {
  const auto refused = refusal(call("POST", "/api/v1/directories/0oaElseElseElseElse1/groups/modify", change(staff)));
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.code, "E0000007");
}

HubSettings counting() {
  HubSettings settings;
  settings.rates.enforce = true;
  settings.rates.limit = 5;
  return settings;
}

class LimitedApi : public HubApi {
 protected:
  LimitedApi() : HubApi(furnish, counting()) {}
};

TEST_F(LimitedApi, AnEncodedLetterInThePathIsNoWayAroundALimit) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(call("GET", "/api/v1/groups").status, 200);
  EXPECT_EQ(call("GET", "/api/v1/groups").status, 429);
  EXPECT_EQ(call("GET", "/api/v1/%67roups").status, 429);
}

TEST_F(LimitedApi, WhoHasNoGoodTokenIsLimitedByAddress) {
  const net::Headers wrong{{"Authorization", "SSWS wrong"}};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(call("GET", "/api/v1/groups", {}, wrong).status, 401);
  EXPECT_EQ(refusal(call("GET", "/api/v1/groups", {}, wrong)).code, "E0000047");
  EXPECT_EQ(call("GET", "/api/v1/groups").status, 200);
}

class StrictApi : public HubApi {
 protected:
  StrictApi() : HubApi(furnish, strict()) {}
};

TEST_F(StrictApi, AnApiTokenIs403OnDirectoriesAndGoodElsewhere) {
  const auto refused = refusal(call("POST", modify, change(staff)));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code, "E0000006");
  EXPECT_EQ(call("GET", "/api/v1/groups").status, 200);
  EXPECT_EQ(failures_logged(), "FAILURE E0000006");
}

TEST_F(HubApi, AChangeThatIsRefusedForItsScopeOrItsTypeStandsInTheSystemLogAsWell) {
  const auto made = call("POST", "/_dirbridge/v1/tokens", R"({"name":"reader","scopes":["okta.groups.read"]})");
  const auto reader = "SSWS " + Json::parse(made.body)["token"].get<std::string>();
  EXPECT_EQ(call("POST", modify, change(staff), {{"Authorization", reader}}).status, 403);
  EXPECT_EQ(failures_logged(), "FAILURE E0000006");
  EXPECT_EQ(call("POST", modify, change(staff), {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(failures_logged(), "FAILURE E0000006,FAILURE E0000021");
  // Nobody known asked.
  EXPECT_EQ(call("POST", modify, change(staff), {{"Authorization", "SSWS wrong"}}).status, 401);
  EXPECT_EQ(failures_logged(), "FAILURE E0000006,FAILURE E0000021");
}

TEST_F(HubApi, AnApiTokenIsTakenWithAndWithoutTheBlankBehindSsws) {
  for (const auto* scheme : {"SSWS ", "SSWS", "ssws "})
    EXPECT_EQ(call("GET", "/api/v1/groups", {}, {{"Authorization", scheme + token_}}).status, 200) << scheme;
  EXPECT_EQ(refusal(call("GET", "/api/v1/groups", {}, {{"Authorization", "SSWS"}})).status, 401);
  EXPECT_EQ(refusal(call("GET", "/api/v1/groups", {}, {{"Authorization", "SSWSx" + token_}})).code, "E0000011");
}

TEST_F(HubApi, WithTheDefaultsNoConnectedAgentIs502E0000236) {
  const auto refused = refusal(call("POST", modify, change(staff)));
  EXPECT_EQ(refused.status, 502);
  EXPECT_EQ(refused.code, "E0000236");
}

}  // namespace
}  // namespace dirbridge::hub
