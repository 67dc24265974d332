#include "proto/utf8.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace dirbridge::proto {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

TEST(Utf8, WellFormedTextIsUnchanged) {
  EXPECT_EQ(repair_utf8("plain é 😀 \xEF\xBF\xBD"), "plain é 😀 \xEF\xBF\xBD");
  EXPECT_EQ(repair_utf8(""), "");
}

TEST(Utf8, EachBadByteIsReplacedAndTheTextAroundItKept) {
  EXPECT_EQ(repair_utf8("a\xFFz", "?"), "a?z");
  EXPECT_EQ(repair_utf8("\xC3", "?"), "?");
  EXPECT_EQ(repair_utf8("\xE2\x82z\xC3\xA9", "?"), "??z\xC3\xA9");
  EXPECT_EQ(repair_utf8("\xED\xA0\x80", "?"), "???");
  EXPECT_EQ(repair_utf8("\xF0\x9F\x98", "?"), "???");
}

TEST(Utf8, EveryTwoByteTextBecomesWellFormed) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text = {static_cast<char>(a), static_cast<char>(b)};
      ASSERT_TRUE(is_utf8(repair_utf8(text)));
      ASSERT_TRUE(is_utf8(clip(text, 64)));
    }
  }
}

TEST(Utf8, ClippingKeepsTheLimitAndWholeCharacters) {
  EXPECT_EQ(clip("abcdef", 6), "abcdef");
  EXPECT_EQ(clip("abcdefg", 6), "abc…");
  const std::string wide = "ééééé😀😀😀";
  for (std::size_t most = 3; most <= wide.size(); ++most) {
    const auto clipped = clip(wide, most);
    EXPECT_LE(clipped.size(), most);
    EXPECT_TRUE(is_utf8(clipped)) << most;
  }
  EXPECT_EQ(clip(wide, wide.size()), wide);
  // Repairing makes text longer: the limit is on the result.
  EXPECT_LE(clip(std::string(10, '\xFF'), 12).size(), 12u);
}

TEST(Utf8, ClippingReplacesNul) {
  EXPECT_EQ(clip(std::string_view{"a\0b", 3}, 16), "a" + std::string{replacement} + "b");
  EXPECT_LE(clip(std::string(4096, '\0'), 4096).size(), 4096u);
}

TEST(Utf8, ControlCharactersAreSeen) {
  EXPECT_TRUE(has_control("a\nb"));
  EXPECT_TRUE(has_control(std::string_view{"\0", 1}));
  EXPECT_TRUE(has_control("\x7F"));
  EXPECT_FALSE(has_control("plain é"));
}

TEST(Utf8, CharactersThatAreNotSeenButChangeWhatIsAreFound) {
  for (const char* text :
       {"\u0085", "a\u009b", "\u061c", "\u200b", "x\u200fy", "\u2028", "\u2029", "\u202e", "\u2066", "\u2069"})
    EXPECT_TRUE(has_invisible(text)) << text;
  for (const char* text : {"", "plain", "Jürgen", "山田", "\u00a0", "\u2010", "\u2026", "\u20ac", "\u2070", "\u1680"})
    EXPECT_FALSE(has_invisible(text)) << text;
}

}  // namespace
}  // namespace dirbridge::proto
