#include "jose/jwk.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/crypto.hpp"

namespace dirbridge::jose {
namespace {

// RFC 7638 section 3.1.
constexpr auto rfc7638 =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";

TEST(Jwk, TheThumbprintIsThatOfTheStandardsExample) {
  const auto key = Jwk::from_json(std::string_view{rfc7638});
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(key->kid(), "2011-04-29");
  EXPECT_FALSE(key->is_private());
}

TEST(Jwk, AGeneratedKeyComesBackFromItsOwnJsonAndItsPublicHalfHoldsNoSecret) {
  for (const auto type : {KeyType::rsa, KeyType::p256, KeyType::p384, KeyType::p521}) {
    const auto key = Jwk::generate(type);
    EXPECT_EQ(key.type(), type);
    EXPECT_TRUE(key.is_private());
    EXPECT_EQ(key.kid(), key.thumbprint());
    const auto again = Jwk::from_json(std::string_view{key.private_json().reveal()});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->private_json().reveal(), key.private_json().reveal());
    const auto half = key.public_half();
    EXPECT_FALSE(half.is_private());
    EXPECT_EQ(half.thumbprint(), key.thumbprint());
    for (const auto* secret : {"d", "p", "q", "dp", "dq", "qi"}) EXPECT_FALSE(half.public_json().contains(secret));
  }
}

TEST(Jwk, TwoGeneratedKeysDiffer) {
  EXPECT_NE(Jwk::generate(KeyType::p256).thumbprint(), Jwk::generate(KeyType::p256).thumbprint());
}

TEST(Jwk, PemIsPkcs8AndSubjectPublicKeyInfo) {
  for (const auto type : {KeyType::rsa, KeyType::p256}) {
    const auto key = Jwk::generate(type);
    EXPECT_TRUE(key.private_pem().reveal().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    EXPECT_TRUE(key.public_pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    EXPECT_EQ(key.public_pem(), key.public_half().public_pem());
  }
}

TEST(Jwk, ALeadingZeroInTheModulusDoesNotChangeTheThumbprint) {
  auto json = Json::parse(rfc7638);
  json["n"] = to_base64url(std::string(1, '\0') + *from_base64url(json["n"].get<std::string>()));
  const auto key = Jwk::from_json(json);
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Jwk, AKeyWithoutANameIsCalledByItsThumbprint) {
  auto json = Json::parse(rfc7638);
  json.erase("kid");
  EXPECT_EQ(Jwk::from_json(json)->kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(Jwk::from_json(json)->with_kid("mine").kid(), "mine");
}

struct Refused {
  const char* what;
  std::function<void(Json&)> spoil;
  const char* named;
};

TEST(Jwk, EveryKeyThatIsNotWholeIsRefusedByTheNameOfItsFault) {
  const auto rsa = Jwk::generate(KeyType::rsa).private_json().reveal();
  const auto ec = Jwk::generate(KeyType::p256).private_json().reveal();
  const std::vector<std::pair<std::string, Refused>> cases{
      {rsa,
       {"a shared secret",
        [](Json& k) {
          k = {{"kty", "oct"}, {"k", "c2VjcmV0"}};
        },
        "kty"}},
      {rsa, {"no type", [](Json& k) { k.erase("kty"); }, "kty"}},
      {rsa, {"no modulus", [](Json& k) { k.erase("n"); }, "n"}},
      {rsa, {"a modulus that is a number", [](Json& k) { k["n"] = 17; }, "n"}},
      {rsa, {"a short modulus", [](Json& k) { k["n"] = to_base64url(std::string(128, '\xff')); }, "n"}},
      {rsa, {"a huge modulus", [](Json& k) { k["n"] = to_base64url(std::string(1024, '\xff')); }, "n"}},
      {rsa, {"an even exponent", [](Json& k) { k["e"] = "Ag"; }, "e"}},
      {rsa, {"exponent one", [](Json& k) { k["e"] = "AQ"; }, "e"}},
      {rsa, {"a long exponent", [](Json& k) { k["e"] = to_base64url(std::string(64, '\x7f')); }, "e"}},
      {rsa, {"no primes", [](Json& k) { k.erase("p"); }, "p"}},
      {rsa, {"padding", [](Json& k) { k["n"] = k["n"].get<std::string>() + "=="; }, "n"}},
      {rsa, {"an empty name", [](Json& k) { k["kid"] = ""; }, "kid"}},
      {rsa, {"a long name", [](Json& k) { k["kid"] = std::string(300, 'k'); }, "kid"}},
      {ec, {"another curve", [](Json& k) { k["crv"] = "secp256k1"; }, "crv"}},
      {ec, {"the coordinates of another curve", [](Json& k) { k["crv"] = "P-384"; }, "x"}},
      {ec, {"a short coordinate", [](Json& k) { k["x"] = "AAAA"; }, "x"}},
      {ec, {"a point off the curve", [](Json& k) { k["x"] = k["y"]; }, "its numbers"}},
  };
  for (const auto& [text, refused] : cases) {
    auto json = Json::parse(text);
    refused.spoil(json);
    const auto key = Jwk::from_json(json);
    ASSERT_FALSE(key) << refused.what;
    EXPECT_NE(key.error().message().find("key: " + std::string{refused.named} + " "), std::string::npos)
        << refused.what << ": " << key.error().message();
  }
}

TEST(Jwk, AKeyIsFoundByNameAndWithoutANameOnlyIfThereIsOne) {
  const std::vector keys{Jwk::generate(KeyType::p256).with_kid("one"), Jwk::generate(KeyType::p256).with_kid("two")};
  EXPECT_EQ(select_key(keys, "two"), &keys[1]);
  EXPECT_EQ(select_key(keys, "three"), nullptr);
  EXPECT_EQ(select_key(keys, ""), nullptr);
  EXPECT_EQ(select_key(std::span{keys}.first(1), ""), &keys[0]);
  EXPECT_EQ(select_key(std::span{keys}.first(1), "two"), nullptr);
  EXPECT_EQ(select_key({}, ""), nullptr);
}

}  // namespace
}  // namespace dirbridge::jose
