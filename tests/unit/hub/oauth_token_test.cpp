// What a token is, who may use it, and how long: access tokens, the keys that sign them, proofs of possession.
#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "hub/oauth/dpop.hpp"
#include "hub/oauth/key_ring.hpp"

namespace dirbridge::hub::oauth {
namespace {

const WallTime now = from_epoch_ms(1'800'000'000'000);
constexpr std::int64_t now_seconds = 1'800'000'000;

const jose::Jwk& signer() {
  static const auto key = jose::Jwk::generate(jose::KeyType::rsa);
  return key;
}

TEST(AccessTokens, HoldWhatOktasHold) {
  const auto text = make_access_token(signer(), "https://org", {ClientId{"0oaA"}, {"okta.groups.read"}, "thumb"}, now);
  const auto token = jose::SignedToken::parse(text);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->type(), "application/okta-internal-at+jwt");
  EXPECT_EQ(token->algorithm(), jose::Algorithm::rs256);
  auto claims = token->claims();
  EXPECT_TRUE(claims["jti"].get<std::string>().starts_with("AT."));
  claims.erase("jti");
  EXPECT_EQ(claims, Json::parse(R"({"ver":1,"iss":"https://org","aud":"https://org","sub":"0oaA","cid":"0oaA",
    "iat":1800000000,"exp":1800003600,"scp":["okta.groups.read"],"cnf":{"jkt":"thumb"}})"));
}

TEST(AccessTokens, AreReadBackUntilTheSecondTheyEnd) {
  const std::vector keys{signer()};
  const auto text = make_access_token(signer(), "https://org", {ClientId{"0oaA"}, {"okta.groups.read"}, ""}, now);
  const auto grant = read_access_token(text, keys, now + 3599s);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->client, ClientId{"0oaA"});
  EXPECT_EQ(grant->scopes, std::vector<std::string>{"okta.groups.read"});
  EXPECT_TRUE(grant->thumbprint.empty());
  EXPECT_FALSE(read_access_token(text, keys, now + 3600s));
}

TEST(AccessTokens, OfAnotherKeyOrTypeAreNotOurs) {
  const std::vector keys{signer()};
  const auto stranger = jose::Jwk::generate(jose::KeyType::rsa);
  const Grant grant{ClientId{"0oaA"}, {"okta.groups.read"}, ""};
  EXPECT_FALSE(read_access_token(make_access_token(stranger, "https://org", grant, now), keys, now));
  EXPECT_FALSE(
      read_access_token(make_access_token(stranger.with_kid(signer().kid()), "https://org", grant, now), keys, now));
  const Json claims{{"cid", "0oaA"}, {"exp", now_seconds + 60}, {"scp", {"okta.groups.read"}}};
  EXPECT_FALSE(read_access_token(*jose::sign(signer(), jose::Algorithm::rs256, "JWT", claims), keys, now));
}

TEST(KeyRing, AKeyBeforeIsAliveAsLongAsTheLastTokenItSigned) {
  KeyRing ring{signer(), now};
  const auto next = jose::Jwk::generate(jose::KeyType::rsa);
  ring.rotate(next, now + 10s);
  EXPECT_EQ(ring.current().kid(), next.kid());
  EXPECT_EQ(ring.alive(now + 10s + 3599s).size(), 2u);
  EXPECT_EQ(ring.alive(now + 10s + 3600s).size(), 1u);
  const auto again = KeyRing::from_json(ring.to_json().reveal());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->current().thumbprint(), next.thumbprint());
  EXPECT_EQ(again->alive(now + 10s).front().thumbprint(), signer().thumbprint());
}

TEST(KeyRing, ADamagedFileIsAnError) {
  for (const auto* text : {"", "[]", "{}", "[{}]", R"([{"key":{"kty":"oct"},"made":1,"retired":0}])",
                           R"([{"key":{},"made":"1","retired":0}])"})
    EXPECT_FALSE(KeyRing::from_json(text)) << text;
}

class Proofs : public ::testing::Test {
 protected:
  static Json claims() {
    return {{"htm", "POST"},
            {"htu", "http://hub.example:8080/oauth2/v1/token"},
            {"iat", now_seconds},
            {"jti", to_hex(random_bytes(8))}};
  }
  std::string proof(const Json& json, std::string_view type = "dpop+jwt", jose::KeyIn header = jose::KeyIn::jwk) {
    return jose::sign(key, jose::Algorithm::es256, type, json, header).value();
  }
  void expect_refused(const std::string& text, const std::string& word, const std::string& access_token = {}) {
    const auto answer = check(text, access_token);
    ASSERT_FALSE(answer) << word;
    EXPECT_EQ(answer.error().status, 400);
    EXPECT_EQ(answer.error().error, "invalid_dpop_proof");
    EXPECT_NE(answer.error().description.find(word), std::string::npos) << answer.error().description;
  }
  Answer<Proof> check(const std::string& text, const std::string& access_token = {}) {
    return check_proof(text, {"POST", {"http://hub.example:8080/oauth2/v1/token"}, now, access_token}, used);
  }
  const jose::Jwk key = jose::Jwk::generate(jose::KeyType::p256);
  ReplayGuard used;
};

TEST_F(Proofs, AGoodOneTellsTheKeyAndTheNonce) {
  auto json = claims();
  json["nonce"] = "n1";
  const auto answer = check(proof(json));
  ASSERT_TRUE(answer) << answer.error().description;
  EXPECT_EQ(answer->thumbprint, key.thumbprint());
  EXPECT_EQ(answer->nonce, "n1");
}

TEST_F(Proofs, TheUrlIsComparedWithoutQueryAndWithoutTheCaseOfTheHost) {
  auto json = claims();
  json["htu"] = "HTTP://Hub.Example:8080/oauth2/v1/token?a=b#c";
  EXPECT_TRUE(check(proof(json)));
  for (const auto* url : {"http://hub.example/oauth2/v1/token", "https://hub.example:8080/oauth2/v1/token",
                          "http://hub.example:8080/oauth2/v1/TOKEN", "http://hub.example:8080", "", "nonsense"}) {
    auto other = claims();
    other["htu"] = url;
    expect_refused(proof(other), "htu");
  }
}

TEST_F(Proofs, EveryPartThatIsWrongIsNamed) {
  const auto with = [](const char* name, const Json& value) {
    auto json = claims();
    json[name] = value;
    return json;
  };
  expect_refused("", "The DPoP proof JWT header is missing.");
  expect_refused("a.b.c", "not a valid token");
  expect_refused(proof(claims(), "JWT"), "typ");
  expect_refused(proof(claims(), "dpop+jwt", jose::KeyIn::kid), "has no jwk");
  expect_refused(proof(with("htm", "GET")), "htm");
  expect_refused(proof(with("iat", now_seconds - 300)), "within the last 5 minutes");
  expect_refused(proof(with("iat", now_seconds + 61)), "within the last 5 minutes");
  expect_refused(proof(with("iat", "now")), "within the last 5 minutes");
  expect_refused(proof(with("jti", 7)), "no jti");
  auto changed = proof(claims());
  const auto at = changed.rfind('.') + 3;
  changed[at] = changed[at] == 'A' ? 'B' : 'A';
  expect_refused(changed, "signature");
  EXPECT_TRUE(check(proof(with("iat", now_seconds - 299))));
}

TEST_F(Proofs, OneIsGoodOnce) {
  const auto text = proof(claims());
  EXPECT_TRUE(check(text));
  expect_refused(text, "already been used");
}

TEST_F(Proofs, WithAnAccessTokenItMustHashThatToken) {
  auto json = claims();
  expect_refused(proof(json), "ath", "token");
  json["ath"] = to_base64url(sha256("another"));
  expect_refused(proof(json), "ath", "token");
  json["ath"] = to_base64url(sha256("token"));
  EXPECT_TRUE(check(proof(json), "token"));
}

TEST(Nonces, OfADayAreAcceptedForThreeMoreAndAfterARestart) {
  const NonceBook book{"secret"};
  const auto day = NonceBook::day;
  const auto nonce = book.current(now);
  EXPECT_TRUE(book.accepts(nonce, now));
  EXPECT_FALSE(book.accepts("", now));
  EXPECT_FALSE(book.accepts("guess", now));
  EXPECT_NE(book.current(now + day), nonce);
  EXPECT_TRUE(book.accepts(nonce, now + 3 * day));
  EXPECT_FALSE(book.accepts(nonce, now + 4 * day));
  EXPECT_FALSE(book.accepts(book.current(now + day), now)) << "of the future";
  EXPECT_TRUE(NonceBook{"secret"}.accepts(nonce, now));
  EXPECT_FALSE(NonceBook{"another"}.accepts(nonce, now));
}

}  // namespace
}  // namespace dirbridge::hub::oauth
