#include "proto/strict_json.hpp"

#include <gtest/gtest.h>

namespace dirbridge::proto {
namespace {

std::string refusal(std::string_view text, const JsonLimits& limits = {}) {
  const auto parsed = parse_json(text, limits);
  return parsed ? "accepted" : parsed.error().message();
}

TEST(StrictJson, EveryKindOfValueIsReadAsJsonSays) {
  const auto parsed = parse_json(R"( {"a":[1,-2,3.5,true,false,null,"x\u00e9\ud83d\ude00"],"b":{"c":{}},"":[]} )");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, Json::parse(R"({"a":[1,-2,3.5,true,false,null,"xé😀"],"b":{"c":{}},"":[]})"));
  EXPECT_EQ(*parse_json("7"), Json(7));
  EXPECT_EQ(*parse_json(R"("text")"), Json("text"));
}

TEST(StrictJson, BrokenTextIsRefusedWithItsByteOffset) {
  EXPECT_EQ(refusal(""), "JSON ends too early at byte 0");
  EXPECT_EQ(refusal(R"({"a":1)"), "JSON ends too early at byte 6");
  EXPECT_EQ(refusal(R"({"a":x})"), "not well-formed JSON at byte 5");
  EXPECT_EQ(refusal(R"({"a":1}})"), "not well-formed JSON at byte 7");
  EXPECT_EQ(refusal(R"({"a":1} {})"), "not well-formed JSON at byte 8");
  for (const auto* bad : {"{", "[1,]", "{\"a\":1,}", "{a:1}", "'a'", "[1 2]", "nul", "01", "1.", ".5", "+1", "NaN",
                          "Infinity", "\"\t\"", "\"\\x\"", "// c\n1", "[1]x", "\"a"}) {
    EXPECT_NE(refusal(bad), "accepted") << bad;
  }
}

TEST(StrictJson, TextThatIsNotUtf8IsRefused) {
  EXPECT_EQ(refusal("{\"a\":\"\xFF\"}"), "not UTF-8 at byte 6");
  EXPECT_NE(refusal("\"\xC3\""), "accepted");              // a sequence cut by the end of the string
  EXPECT_NE(refusal("\"\xC3"), "accepted");                // … and of the text
  EXPECT_NE(refusal("\"\xE2\x82\""), "accepted");          // two bytes of three
  EXPECT_NE(refusal("\"\xC0\xAF\""), "accepted");          // overlong
  EXPECT_NE(refusal("\"\xED\xA0\x80\""), "accepted");      // a surrogate
  EXPECT_NE(refusal("\"\xF4\x90\x80\x80\""), "accepted");  // above U+10FFFF
  EXPECT_NE(refusal("{\"\x80\":1}"), "accepted");          // in a key
  EXPECT_EQ(refusal("\"\xF0\x9F\x98\x80\""), "accepted");
}

TEST(StrictJson, LoneSurrogatesAreRefused) {
  EXPECT_EQ(refusal(R"("\ud800")"), "lone surrogate at byte 7");
  EXPECT_NE(refusal(R"("\ud800x")"), "accepted");
  EXPECT_NE(refusal(R"("\udc00")"), "accepted");
  EXPECT_NE(refusal(R"("\ud800\ud800")"), "accepted");
  EXPECT_NE(refusal(R"({"\ud800":1})"), "accepted");
  EXPECT_EQ(refusal(R"("\ud800\udc00")"), "accepted");
}

TEST(StrictJson, ANulByteNeverHidesWhatFollows) {
  using namespace std::string_view_literals;
  EXPECT_EQ(refusal("{}\0garbage"sv), "NUL byte at byte 2");
  EXPECT_EQ(refusal("\0"sv), "NUL byte at byte 0");
  EXPECT_EQ(refusal("\"a\0b\""sv), "NUL byte at byte 2");
  EXPECT_EQ(*parse_json(R"("a\u0000b")"), Json("a\0b"sv));  // escaped it is a character like any other
}

TEST(StrictJson, NumbersNoTypeCanHoldAreRefusedAndOddOnesKeepTheirValue) {
  EXPECT_EQ(refusal("1e999"), "number out of range at byte 4");
  EXPECT_NE(refusal("[-1e999]"), "accepted");
  EXPECT_EQ(*parse_json("-0"), Json(0));
  EXPECT_TRUE(parse_json("18446744073709551615")->is_number_unsigned());
  EXPECT_TRUE(parse_json("18446744073709551616")->is_number_float());
  EXPECT_TRUE(parse_json("1" + std::string(300, '0'))->is_number_float());
  EXPECT_NE(refusal(std::string(400, '9')), "accepted");
}

TEST(StrictJson, AKeyTwiceInOneObjectIsNamedWithItsPlace) {
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), "key appears twice: a at byte 9");
  EXPECT_NE(refusal(R"({"a":1,"a":1})"), "accepted");
  EXPECT_EQ(refusal(R"({"x":[{},{"b":{"c":1,"c":2}}]})").substr(0, 30), "key appears twice: x[1].b.c at");
  EXPECT_NE(refusal(R"({"a":1,"\u0061":2})"), "accepted");
  EXPECT_EQ(refusal(R"({"a":{"a":{"a":1}},"b":{"a":1}})"), "accepted");
  const auto key = std::string(1000, 'k');
  EXPECT_LT(refusal("{\"" + key + "\":1,\"" + key + "\":2}").size(), 120u);
}

TEST(StrictJson, ACallerMayCollectRepeatedKeysAndGetsTheLastValue) {
  std::vector<std::string> repeated;
  const auto parsed = parse_json(R"({"a":[1,[2]],"b":{"c":1,"c":{"d":2}},"a":3})", {}, repeated);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, Json::parse(R"({"a":3,"b":{"c":{"d":2}}})"));
  EXPECT_EQ(repeated, (std::vector<std::string>{"b.c", "a"}));

  std::string many = "{\"a\":1";
  for (int i = 0; i < 1000; ++i) many += ",\"a\":1";
  repeated.clear();
  ASSERT_TRUE(parse_json(many + "}", {}, repeated));
  EXPECT_EQ(repeated.size(), 32u);
}

TEST(StrictJson, DepthIsLimitedExactlyAndDeepTextCostsNoStack) {
  EXPECT_EQ(refusal(std::string(16, '[') + std::string(16, ']')), "accepted");
  EXPECT_EQ(refusal(std::string(17, '[') + std::string(17, ']')), "nested deeper than 16 at byte 16");
  EXPECT_EQ(parse_json(std::string(17, '[')).error().code, errc::too_large);
  EXPECT_NE(refusal(std::string(100'000, '[')), "accepted");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  EXPECT_EQ(refusal(objects), "nested deeper than 16 at byte 80");
  // Breadth at full depth is not depth.
  EXPECT_EQ(refusal("[[],[],[[]],{\"a\":[]}]", {.depth = 3}), "accepted");
}

TEST(StrictJson, BytesAndValuesAreLimitedExactly) {
  EXPECT_EQ(refusal("[1,2]", {.bytes = 5}), "accepted");
  EXPECT_EQ(refusal("[1,22]", {.bytes = 5}), "6 bytes, at most 5 are read");
  EXPECT_EQ(parse_json("[1,22]", {.bytes = 5}).error().code, errc::too_large);
  EXPECT_EQ(refusal("[1,{\"a\":2}]", {.values = 4}), "accepted");
  EXPECT_EQ(refusal("[1,{\"a\":2}]", {.values = 3}).substr(0, 23), "more than 3 JSON values");
}

}  // namespace
}  // namespace dirbridge::proto
