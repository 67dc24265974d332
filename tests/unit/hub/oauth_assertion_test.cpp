// Who gets as far as a token: the request's form, the client's assertion, the scopes (contract A6).
#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "hub/oauth/client_assertion.hpp"
#include "hub/oauth/scopes.hpp"
#include "hub/oauth/token_request.hpp"

namespace dirbridge::hub::oauth {
namespace {

const WallTime now = from_epoch_ms(1'800'000'000'000);
constexpr std::int64_t now_seconds = 1'800'000'000;
const std::string endpoint = "http://hub.example:8080/oauth2/v1/token";

class Assertion : public ::testing::Test {
 protected:
  Assertion() { app = {ClientId{"0oaApp"}, "ci", {"okta.groups.read"}, false, now, false, {row(key)}}; }
  static ledger::AppKeyRow row(const jose::Jwk& key, std::optional<WallTime> expires = {}) {
    return {key.kid(), key.public_json().dump(), now, expires};
  }
  static Json claims() {
    return {{"iss", "0oaApp"},    {"sub", "0oaApp"},          {"aud", endpoint},
            {"iat", now_seconds}, {"exp", now_seconds + 300}, {"jti", to_hex(random_bytes(8))}};
  }
  Answer<Asserted> check(const std::string& token, WallTime at = now, const std::string& client_id = {}) {
    const auto find = [this](const ClientId& id) { return id == app.id ? std::optional{app} : std::nullopt; };
    return check_assertion(token, {{endpoint, "https://public.example/oauth2/v1/token"}, at, client_id}, find, used);
  }
  Answer<Asserted> check(const Json& json) { return check(signed_by(key, json)); }
  static std::string signed_by(const jose::Jwk& key, const Json& json) {
    return jose::sign(key, jose::default_algorithm(key.type()), "", json).value();
  }
  // The same without a kid, as Go, Java and Python send it unless told.
  static std::string without_kid(const jose::Jwk& key, const Json& json) {
    return jose::sign(key, jose::default_algorithm(key.type()), "", json, jose::KeyIn::nothing).value();
  }
  void expect_refused(const Answer<Asserted>& answer, const std::string& word) {
    ASSERT_FALSE(answer) << word;
    EXPECT_EQ(answer.error().status, 401);
    EXPECT_EQ(answer.error().error, "invalid_client");
    EXPECT_NE(answer.error().description.find(word), std::string::npos) << answer.error().description;
  }

  const jose::Jwk key = jose::Jwk::generate(jose::KeyType::p256).with_kid("first");
  ledger::AppRow app;
  ReplayGuard used;
};

TEST_F(Assertion, AGoodOneNamesItsApp) {
  const auto answer = check(claims());
  ASSERT_TRUE(answer) << answer.error().description;
  EXPECT_EQ(answer->app.id, app.id);
}

TEST_F(Assertion, EveryAudienceThatIsNotExactlyOursIsRefused) {
  for (const Json& audience :
       std::vector<Json>{"http://hub.example:8080/oauth2/v1/token/", "https://hub.example:8080/oauth2/v1/token",
                         "http://hub.example/oauth2/v1/token", "http://hub.example:8080", "", 7, nullptr, Json::array(),
                         Json::array({endpoint, "http://other.example"})}) {
    auto json = claims();
    json["aud"] = audience;
    expect_refused(check(json), "must be the endpoint invoked for the request");
  }
  auto json = claims();
  json.erase("aud");
  expect_refused(check(json), "must be the endpoint");
  json["aud"] = "https://public.example/oauth2/v1/token";
  EXPECT_TRUE(check(json));
  json = claims();
  json["aud"] = Json::array({endpoint});
  EXPECT_TRUE(check(json));
}

TEST_F(Assertion, ItLivesAnHourAtMostAndEndsOnTheSecond) {
  const auto with_exp = [](const Json& exp) {
    auto json = claims();
    json["exp"] = exp;
    return json;
  };
  EXPECT_TRUE(check(with_exp(now_seconds + 3600)));
  EXPECT_TRUE(check(with_exp(now_seconds + 3660)));
  expect_refused(check(with_exp(now_seconds + 3661)), "too far into the future");
  expect_refused(check(with_exp(now_seconds)), "expired");
  EXPECT_TRUE(check(with_exp(now_seconds + 1)));
  for (const Json& exp : std::vector<Json>{"1800000300", nullptr, -1, 1e300})
    expect_refused(check(with_exp(exp)), "must have an expiration");
}

TEST_F(Assertion, OneOfTheFutureIsRefused) {
  for (const auto* name : {"iat", "nbf"}) {
    auto json = claims();
    json[name] = now_seconds + 61;
    expect_refused(check(json), "not valid yet");
    json[name] = now_seconds + 60;
    EXPECT_TRUE(check(json)) << "a clock may be a minute off";
  }
  auto json = claims();
  json.erase("iat");
  EXPECT_TRUE(check(json));
}

TEST_F(Assertion, IssuerAndSubjectAreTheClient) {
  for (const auto* name : {"iss", "sub"}) {
    auto json = claims();
    json[name] = "0oaOther";
    expect_refused(check(json), "issuer and as subject");
    json.erase(name);
    expect_refused(check(json), "issuer and as subject");
  }
  auto json = claims();
  json["iss"] = json["sub"] = "0oaOther";
  expect_refused(check(json), "unknown client");
}

TEST_F(Assertion, ARevokedAppIsAnUnknownOne) {
  app.revoked = true;
  expect_refused(check(claims()), "unknown client");
}

TEST_F(Assertion, ItsJtiIsGoodOnce) {
  const auto json = claims();
  EXPECT_TRUE(check(json));
  expect_refused(check(json), "already been used");
}

TEST_F(Assertion, IsToBeWrittenDownForAsLongAsItIsGood) {
  auto json = claims();
  json["jti"] = "j1";
  const auto answer = check(json);
  ASSERT_TRUE(answer->used);
  EXPECT_EQ(answer->used->hash, ReplayGuard::key_of("0oaApp", "j1"));
  EXPECT_EQ(answer->used->until, now + 300s);
  json.erase("jti");
  EXPECT_FALSE(check(json)->used);
}

TEST_F(Assertion, AClientIdBesideItIsOfTheSameClient) {
  const auto json = claims();
  expect_refused(check(signed_by(key, json), now, "0oaOther"), "client_id");
  EXPECT_TRUE(check(signed_by(key, json), now, "0oaApp")) << "the refused one did not use it up";
}

TEST_F(Assertion, ARefusedOneDoesNotUseUpItsJti) {
  auto json = claims();
  json["aud"] = "elsewhere";
  EXPECT_FALSE(check(json));
  const auto stranger = jose::Jwk::generate(jose::KeyType::p256).with_kid("first");
  expect_refused(check(signed_by(stranger, claims())), "signature is invalid");
  json["aud"] = endpoint;
  EXPECT_TRUE(check(json));
}

TEST_F(Assertion, TheKeyIsFoundByNameOrIsTheOneThatSigned) {
  expect_refused(check(signed_by(key.with_kid("other"), claims())), "kid names no key");
  EXPECT_TRUE(check(without_kid(key, claims())));
  const auto second = jose::Jwk::generate(jose::KeyType::rsa).with_kid("second");
  app.keys.push_back(row(second));
  EXPECT_TRUE(check(without_kid(key, claims()))) << "a key that was kept when another came";
  EXPECT_TRUE(check(without_kid(second, claims())));
  expect_refused(check(without_kid(jose::Jwk::generate(jose::KeyType::rsa), claims())), "signature is invalid");
  EXPECT_TRUE(check(signed_by(second, claims())));
  EXPECT_TRUE(check(claims()));
}

TEST_F(Assertion, AKeyThatHasEndedIsNoKey) {
  app.keys = {row(key, now + 1ms), row(jose::Jwk::generate(jose::KeyType::p256))};
  EXPECT_TRUE(check(claims()));
  app.keys[0].expires = now;
  expect_refused(check(claims()), "kid names no key");
}

TEST_F(Assertion, WhatIsNoTokenIsRefused) {
  for (const auto* text : {"", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."})
    expect_refused(check(std::string{text}), "not a valid token");
}

TEST(TokenRequests, TheErrorsBeforeAnybodyIsKnown) {
  const std::string type = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
  const std::string good = "grant_type=client_credentials&scope=a+b&client_assertion=x.y.z&" + type;
  struct Case {
    std::string body;
    int status;
    const char* error;
  };
  for (const auto& [body, status, error] : std::vector<Case>{
           {"", 400, "invalid_request"},
           {"grant_type=password", 400, "unauthorized_client"},
           {"grant_type=authorization_code", 400, "unauthorized_client"},
           {"grant_type=magic", 400, "unsupported_grant_type"},
           {"grant_type=client_credentials", 401, "invalid_client"},
           {"grant_type=client_credentials&client_id=a&client_secret=b", 401, "invalid_client"},
           {good + "&client_secret=b", 400, "invalid_request"},
           {good + "&scope=c", 400, "invalid_request"},
           {good + "&x=%zz", 400, "invalid_request"},
           {"grant_type=client_credentials&client_assertion=x.y.z", 400, "invalid_request"},
           {"grant_type=client_credentials&client_assertion=x&client_assertion_type=jwt", 400, "invalid_request"}}) {
    net::HttpRequest request{"POST", "/oauth2/v1/token", {}, body, "", false};
    const auto answer = read_token_request(request);
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().status, status) << body;
    EXPECT_EQ(answer.error().error, error) << body;
  }
  const auto form = read_token_request({"POST", "/oauth2/v1/token", {}, good, "", false});
  ASSERT_TRUE(form);
  EXPECT_EQ(form->assertion, "x.y.z");
  EXPECT_EQ(form->scope, "a b");
  EXPECT_EQ(form->client_id, "");
  EXPECT_EQ(read_token_request({"POST", "/oauth2/v1/token", {}, good + "&client_id=0oaA", "", false})->client_id,
            "0oaA");
  EXPECT_TRUE(read_token_request({"POST", "/oauth2/v1/token?" + good, {}, "", "", false})) << "one SDK sends it so";
  const auto basic =
      read_token_request({"POST", "/oauth2/v1/token", {{"Authorization", "Basic eA=="}}, good, "", false});
  EXPECT_EQ(basic.error().error, "invalid_request");
}

TEST(Scopes, ManageIncludesRead) {
  EXPECT_TRUE(covers("okta.groups.manage", "okta.groups.read"));
  EXPECT_TRUE(covers("okta.groups.read", "okta.groups.read"));
  EXPECT_FALSE(covers("okta.groups.read", "okta.groups.manage"));
  EXPECT_FALSE(covers("okta.groups.manage", "okta.users.read"));
}

TEST(Scopes, WhatWasGrantedOfWhatWasAskedIsIssued) {
  const std::vector<std::string> granted{"okta.groups.manage", "okta.users.read"};
  EXPECT_EQ(*scopes_to_issue("okta.groups.read okta.users.read okta.logs.read", granted),
            (std::vector<std::string>{"okta.groups.read", "okta.users.read"}));
  EXPECT_EQ(scopes_to_issue("  ", granted).error().description, "No scopes were requested.");
  EXPECT_EQ(scopes_to_issue("okta.groups.read openid", granted).error().error, "invalid_scope");
  EXPECT_EQ(scopes_to_issue("dirbridge.operator", granted).error().error, "invalid_scope");
  // One of Okta's that was not granted is left out, one that is none refused.
  EXPECT_EQ(*scopes_to_issue("okta.groups.read okta.policies.read", granted),
            std::vector<std::string>{"okta.groups.read"});
  for (const auto* none : {"okta.group.read", "okta.groups.write", "okta.read", "okta.", "okta..read", "groups.read"})
    EXPECT_FALSE(is_known_scope(none)) << none;
  for (const auto* one : {"okta.logs.read", "okta.directories.groups.manage", "okta.users.read.self"})
    EXPECT_TRUE(is_known_scope(one)) << one;
  EXPECT_EQ(scopes_to_issue("okta.logs.read", granted).error().error, "consent_required");
}

TEST(Replays, WhatWasUsedInAnEarlierRunIsUsedInThisOne) {
  ReplayGuard guard;
  guard.remember(ReplayGuard::key_of("a", "1"), now + 10s);
  EXPECT_EQ(guard.use("a", "1", now + 10s, now), ReplayGuard::Verdict::used);
  EXPECT_EQ(guard.use("a", "2", now + 10s, now), ReplayGuard::Verdict::first);
  EXPECT_EQ(guard.use("a", "1", now + 20s, now + 10s), ReplayGuard::Verdict::first) << "it has ended";
}

TEST(Replays, AUseIsRememberedUntilItEndsAndAFullBookLetsNothingIn) {
  ReplayGuard guard{2};
  EXPECT_EQ(guard.use("a", "1", now + 10s, now), ReplayGuard::Verdict::first);
  EXPECT_EQ(guard.use("a", "1", now + 10s, now), ReplayGuard::Verdict::used);
  EXPECT_EQ(guard.use("b", "1", now + 20s, now), ReplayGuard::Verdict::first);
  EXPECT_EQ(guard.use("c", "1", now + 20s, now), ReplayGuard::Verdict::full);
  EXPECT_EQ(guard.use("a", "1", now + 10s, now + 9s), ReplayGuard::Verdict::used);
  EXPECT_EQ(guard.use("c", "1", now + 20s, now + 10s), ReplayGuard::Verdict::first);
  EXPECT_EQ(guard.size(), 2u);
}

}  // namespace
}  // namespace dirbridge::hub::oauth
