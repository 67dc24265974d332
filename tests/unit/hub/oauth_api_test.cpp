// The token endpoint over HTTP: what holds across a restart, and who may ask how.
#include "api_fixture.hpp"
#include "base/crypto.hpp"
#include "jose/signed_token.hpp"

namespace dirbridge::hub {
namespace {

class OAuthApi : public HubApi {
 protected:
  std::string create(const std::string& name) {
    const auto made = call("POST", "/_dirbridge/v1/apps",
                           Json{{"name", name}, {"scopes", {"okta.groups.read"}}, {"key", key.public_json()}}.dump());
    EXPECT_EQ(made.status, 200) << made.body;
    return Json::parse(made.body)["client_id"];
  }
  std::string assertion(const std::string& client, const std::string& jti) {
    const auto now = to_epoch_ms(system_clock().wall_now()) / 1000;
    const Json claims{{"iss", client}, {"sub", client}, {"aud", audience}, {"exp", now + 300}, {"jti", jti}};
    return jose::sign(key, jose::default_algorithm(key.type()), "", claims).value();
  }
  // The Host header is the caller's word, so the audience outlives the port.
  net::HttpResponse ask(const std::string& text, const std::string& more = {}) {
    return call("POST", "/oauth2/v1/token",
                "grant_type=client_credentials&scope=okta.groups.read&client_assertion_type="
                "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=" +
                    text + more,
                {{"Authorization", ""}});
  }
  static std::string error_of(const net::HttpResponse& response) {
    return Json::parse(response.body).value("error_description", "none");
  }
  const jose::Jwk key = jose::Jwk::generate(jose::KeyType::p256).with_kid("k");
  std::string audience = "https://public.example.org/oauth2/v1/token";
};

class PublicOAuthApi : public OAuthApi {
 protected:
  PublicOAuthApi() {
    settings_.public_url = "https://public.example.org";
    restart();
  }
};

TEST_F(PublicOAuthApi, AnAssertionThatWasUsedIsUsedAfterARestartToo) {
  const auto client = create("one");
  const auto used = assertion(client, "j1"), fresh = assertion(client, "j2");
  EXPECT_EQ(ask(used).status, 200);
  restart();
  const auto refused = ask(used);
  EXPECT_EQ(refused.status, 401) << refused.body;
  EXPECT_EQ(error_of(refused), "The client_assertion token has already been used.");
  EXPECT_EQ(ask(fresh).status, 200);
}

TEST_F(PublicOAuthApi, AClientIdOfAnotherClientBesideAnAssertionIsInvalidClient) {
  const auto mine = create("mine"), other = create("other");
  const auto text = assertion(mine, "j1");
  const auto refused = ask(text, "&client_id=" + other);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(Json::parse(refused.body)["error"], "invalid_client");
  EXPECT_EQ(ask(text, "&client_id=" + mine).status, 200) << "it is not used up";
}

TEST_F(OAuthApi, AWrongMethodOfAnOpenPathIs405WithoutAToken) {
  for (const auto& [path, allow] :
       {std::pair{"/oauth2/v1/token", "POST"}, {"/oauth2/v1/keys", "GET, HEAD"}, {"/healthz", "GET, HEAD"}}) {
    const auto refused = call("DELETE", path, "", {{"Authorization", ""}});
    EXPECT_EQ(refusal(refused).code, "E0000022") << path;
    EXPECT_EQ(refused.status, 405) << path;
    EXPECT_EQ(refused.headers.find("Allow")->second, allow);
  }
  EXPECT_EQ(call("DELETE", "/api/v1/groups", "", {{"Authorization", ""}}).status, 401) << "that one is not open";
}

TEST_F(OAuthApi, TwoAuthorizationHeadersAreNoCredentials) {
  const auto twice = [&](const std::string& first, const std::string& second) {
    return call("GET", "/api/v1/groups", "", {{"Authorization", first}, {"Authorization", second}});
  };
  for (const auto& [first, second] : {std::pair{"SSWS " + token_, std::string{"SSWS wrong"}},
                                      {"SSWS " + token_, "SSWS " + token_},
                                      {std::string{}, "SSWS " + token_}}) {
    const auto refused = twice(first, second);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refusal(refused).code, "E0000011");
  }
}

TEST_F(OAuthApi, AnAppListSaysWhichKeysAreGood) {
  const auto client = create("rotated");
  const auto next = jose::Jwk::generate(jose::KeyType::p256).with_kid("next");
  const auto body = Json{{"key", next.public_json()}}.dump();
  EXPECT_EQ(call("POST", "/_dirbridge/v1/apps/" + client + "/keys", body).status, 200);
  const auto apps = Json::parse(call("GET", "/_dirbridge/v1/apps").body);
  ASSERT_EQ(apps.size(), 1u);
  ASSERT_EQ(apps[0]["keys"].size(), 2u);
  EXPECT_EQ(apps[0]["keys"][0]["valid"], false);
  EXPECT_EQ(apps[0]["keys"][1]["valid"], true);
}

}  // namespace
}  // namespace dirbridge::hub
