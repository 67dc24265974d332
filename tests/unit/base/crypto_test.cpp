#include "base/crypto.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace dirbridge {
namespace {

TEST(Base64Url, RoundTripsEveryLengthAndHasOneSpellingPerValue) {
  for (std::size_t length = 0; length < 70; ++length) {
    const auto bytes = random_bytes(length);
    EXPECT_EQ(from_base64url(to_base64url(bytes)).value(), bytes);
  }
  EXPECT_FALSE(from_base64url("A"));
  EXPECT_FALSE(from_base64url("AB"));  // left-over bits are not zero
  EXPECT_FALSE(from_base64url("AA=="));
  EXPECT_FALSE(from_base64url("A+/A"));
}

TEST(Base64, PadsToAMultipleOfFour) {
  EXPECT_EQ(to_base64("a"), "YQ==");
  EXPECT_EQ(to_base64("ab"), "YWI=");
  EXPECT_EQ(to_base64("abc"), "YWJj");
}

TEST(Sha256, AgreesWithTheStandardsExample) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(SigningKey, ASignatureHoldsForItsKeyAndMessageAndNothingElse) {
  const auto key = SigningKey::generate(), other = SigningKey::generate();
  const auto signature = key.sign("message");
  EXPECT_TRUE(verify_signature(key.public_key(), "message", signature));
  EXPECT_FALSE(verify_signature(key.public_key(), "massage", signature));
  EXPECT_FALSE(verify_signature(other.public_key(), "message", signature));
  for (const auto* nonsense : {"", "x", "not base64 !", "AAAA"}) {
    EXPECT_FALSE(verify_signature(key.public_key(), "message", nonsense));
    EXPECT_FALSE(verify_signature(nonsense, "message", signature));
  }
}

TEST(SigningKey, SurvivesItsPemAndRefusesWhatIsNoEd25519Key) {
  const auto key = SigningKey::generate();
  const auto again = SigningKey::from_pem(key.private_pem());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key(), key.public_key());
  EXPECT_FALSE(SigningKey::from_pem(""));
  EXPECT_FALSE(SigningKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"));
}

TEST(Ids, HaveTheirPrefixAndTwentyCharactersAndDoNotRepeat) {
  const auto a = new_id<JobId>("ADS"), b = new_id<JobId>("ADS");
  EXPECT_EQ(a.str().size(), 20u);
  EXPECT_TRUE(a.str().starts_with("ADS"));
  EXPECT_NE(a, b);
  EXPECT_EQ(new_request_id().str().find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(new_request_id().str().size(), 32u);
}

TEST(Clock, WritesTimesAsOktaAndHttpDo) {
  const auto time = from_epoch_ms(1'764'009'878'042);
  EXPECT_EQ(to_iso8601(time), "2025-11-24T18:44:38.042Z");
  EXPECT_EQ(to_http_date(time), "Mon, 24 Nov 2025 18:44:38 GMT");
  EXPECT_EQ(to_iso8601(from_epoch_ms(0)), "1970-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace dirbridge
