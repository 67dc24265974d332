#include "jose/signed_token.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace dirbridge::jose {
namespace {

const Json claims{{"iss", "0oaApp"}, {"sub", "0oaApp"}, {"exp", 4'000'000'000}, {"jti", "1"}};

std::string part(const Json& json) { return to_base64url(json.dump()); }
std::string compact(const Json& header, const Json& body, std::string_view signature = "sig") {
  return part(header) + "." + part(body) + "." + to_base64url(signature);
}

class Token : public ::testing::Test {
 protected:
  const Jwk rsa = Jwk::generate(KeyType::rsa);
  const Jwk p256 = Jwk::generate(KeyType::p256);
  std::string signed_by(const Jwk& key) { return sign(key, default_algorithm(key.type()), "JWT", claims).value(); }
};

TEST_F(Token, EveryAlgorithmSignsAndIsVerifiedByThePublicHalf) {
  const auto p384 = Jwk::generate(KeyType::p384);
  const auto p521 = Jwk::generate(KeyType::p521);
  const std::vector<std::pair<Algorithm, const Jwk*>> pairs{{Algorithm::rs256, &rsa},  {Algorithm::rs384, &rsa},
                                                            {Algorithm::rs512, &rsa},  {Algorithm::es256, &p256},
                                                            {Algorithm::es384, &p384}, {Algorithm::es512, &p521}};
  for (const auto& [algorithm, key] : pairs) {
    const auto text = sign(*key, algorithm, "dpop+jwt", claims);
    ASSERT_TRUE(text) << text.error().message();
    const auto token = SignedToken::parse(*text);
    ASSERT_TRUE(token) << token.error().message();
    EXPECT_EQ(token->algorithm(), algorithm);
    EXPECT_EQ(token->kid(), key->kid());
    EXPECT_EQ(token->type(), "dpop+jwt");
    EXPECT_EQ(token->claims(), claims);
    EXPECT_TRUE(token->is_signed_by(key->public_half())) << to_text(algorithm);
  }
}

TEST_F(Token, AnotherKeyOfTheSameKindDidNotSignIt) {
  EXPECT_FALSE(SignedToken::parse(signed_by(rsa))->is_signed_by(Jwk::generate(KeyType::rsa)));
  EXPECT_FALSE(SignedToken::parse(signed_by(p256))->is_signed_by(Jwk::generate(KeyType::p256)));
}

TEST_F(Token, AKeyOfAnotherTypeOrCurveIsNotEvenTried) {
  EXPECT_FALSE(SignedToken::parse(signed_by(rsa))->is_signed_by(p256));
  EXPECT_FALSE(SignedToken::parse(signed_by(p256))->is_signed_by(rsa));
  EXPECT_FALSE(SignedToken::parse(signed_by(p256))->is_signed_by(Jwk::generate(KeyType::p384)));
  EXPECT_FALSE(sign(p256, Algorithm::es384, "", claims));
  EXPECT_FALSE(sign(p256, Algorithm::rs256, "", claims));
  EXPECT_FALSE(sign(rsa.public_half(), Algorithm::rs256, "", claims));
}

TEST_F(Token, AChangedByteAnywhereIsNoticed) {
  for (const auto& text : {signed_by(rsa), signed_by(p256)}) {
    const auto& key = SignedToken::parse(text)->algorithm() == Algorithm::rs256 ? rsa : p256;
    // The last character of a part may carry unused bits; the first ones never do.
    for (std::size_t at = text.find('.') + 1; at < text.size(); at += 7) {
      auto changed = text;
      if (changed[at] == '.') continue;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      const auto token = SignedToken::parse(changed);
      if (!token) continue;
      EXPECT_FALSE(token->is_signed_by(key)) << at;
    }
  }
}

TEST_F(Token, NoneAndSharedSecretsAreRefusedBeforeAnyKeyIsTouched) {
  for (const auto* name :
       {"none", "None", "NONE", "", "HS256", "HS384", "HS512", "PS256", "EdDSA", "ES256K", "rs256", "RSA1_5", "dir"}) {
    const auto token = SignedToken::parse(compact({{"alg", name}}, claims));
    ASSERT_FALSE(token) << name;
    EXPECT_NE(token.error().message().find("alg"), std::string::npos);
  }
  EXPECT_FALSE(SignedToken::parse(part({{"alg", "none"}}) + "." + part(claims) + "."));
}

// The classic: the public key's PEM as the secret of an HMAC.
TEST_F(Token, ATokenMacedWithThePublicKeyIsRefused) {
  const auto secret = rsa.public_pem();
  const auto text = part({{"alg", "HS256"}, {"kid", rsa.kid()}}) + "." + part(claims);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  const auto signature = to_base64url({reinterpret_cast<const char*>(mac), size});
  EXPECT_FALSE(SignedToken::parse(text + "." + signature));
  // The same MAC under a header that claims RS256 is read, and not believed.
  const auto honest = part({{"alg", "RS256"}}) + "." + part(claims);
  const auto token = SignedToken::parse(honest + "." + signature);
  ASSERT_TRUE(token);
  EXPECT_FALSE(token->is_signed_by(rsa));
}

TEST_F(Token, ASignatureOfAnyOtherLengthIsNoSignature) {
  const auto text = signed_by(p256);
  const auto head = text.substr(0, text.rfind('.') + 1);
  for (const std::size_t size : {1u, 2u, 63u, 65u, 96u, 4096u}) {
    const auto token = SignedToken::parse(head + to_base64url(std::string(size, '\0')));
    ASSERT_TRUE(token);
    EXPECT_FALSE(token->is_signed_by(p256)) << size;
  }
  const auto zero = SignedToken::parse(head + to_base64url(std::string(64, '\0')));
  EXPECT_FALSE(zero->is_signed_by(p256));  // r = s = 0 (CVE-2022-21449)
}

TEST_F(Token, TruncatedTokensAreRefusedOrNotBelieved) {
  const auto text = signed_by(rsa);
  for (std::size_t size = 0; size < text.size(); size += 3) {
    const auto token = SignedToken::parse(text.substr(0, size));
    if (!token) continue;
    EXPECT_FALSE(token->is_signed_by(rsa)) << size;
  }
}

TEST_F(Token, WhatIsNotThreePartsOfOneJsonObjectEachIsRefused) {
  const auto good = part({{"alg", "RS256"}});
  const std::vector<std::string> texts{
      "",
      ".",
      "..",
      "a.b.c",
      good,
      good + "." + part(claims),
      good + "." + part(claims) + ".c2ln.c2ln",
      good + "." + part(claims) + ".",
      good + "." + part(claims) + ".c2ln=",
      good + "." + part(claims) + ".c2 n",
      good + "." + to_base64url("[]") + ".c2ln",
      good + "." + to_base64url("{\"iss\":\"a\",\"iss\":\"b\"}") + ".c2ln",
      good + "." + to_base64url("{\"iss\":\"\xff\"}") + ".c2ln",
      good + "." + to_base64url("{} {}") + ".c2ln",
      to_base64url("{\"alg\":\"none\",\"alg\":\"RS256\"}") + "." + part(claims) + ".c2ln",
      to_base64url("\"RS256\"") + "." + part(claims) + ".c2ln",
      part({{"alg", {"RS256"}}}) + "." + part(claims) + ".c2ln",
      part({{"alg", "RS256"}, {"kid", 7}}) + "." + part(claims) + ".c2ln",
      part({{"alg", "RS256"}, {"kid", std::string(300, 'k')}}) + "." + part(claims) + ".c2ln",
      part({{"alg", "RS256"}, {"crit", {"exp"}}}) + "." + part(claims) + ".c2ln",
      good + "." + to_base64url("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}") + ".c2ln",
  };
  for (const auto& text : texts) {
    const auto token = SignedToken::parse(text);
    ASSERT_FALSE(token) << text;
    EXPECT_TRUE(is_utf8(token.error().message()));
  }
}

TEST_F(Token, AHugeTokenIsRefusedUnread) {
  const auto token = SignedToken::parse(std::string(max_token_bytes + 1, 'a'));
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, errc::too_large);
}

TEST_F(Token, ABadSignatureLeavesNothingInOpensslsQueueOfErrors) {
  auto text = signed_by(rsa);
  const auto at = text.rfind('.') + 5;
  text[at] = text[at] == 'A' ? 'B' : 'A';
  const auto token = SignedToken::parse(text);
  ASSERT_TRUE(token);
  EXPECT_FALSE(token->is_signed_by(rsa));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

}  // namespace
}  // namespace dirbridge::jose
