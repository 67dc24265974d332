#include "base/fold_case.hpp"

#include <gtest/gtest.h>

namespace dirbridge {
namespace {

TEST(FoldCase, MakesOneTextOfAllSpellings) {
  for (const auto* spelling : {"M\xC3\xBCller", "M\xC3\x9CLLER", "mu\xCC\x88ller", "MU\xCC\x88LLER"})
    EXPECT_EQ(fold_case(spelling), "m\xC3\xBCller") << spelling;
  EXPECT_EQ(fold_case("Stra\xC3\x9F"
                      "e"),
            fold_case("STRASSE"));
  EXPECT_EQ(fold_case("\xCE\x9F\xCE\xB4\xCF\x8C\xCF\x82"), fold_case("\xCE\x9F\xCE\x94\xCE\x8C\xCE\xA3")) << "sigmas";
  EXPECT_EQ(fold_case("\xEF\xBC\xA1\xEF\xBC\xA2"), "ab") << "full width";
  EXPECT_EQ(fold_case("\xEC\x9E\xA5"), fold_case("\xE1\x84\x8C\xE1\x85\xA1\xE1\x86\xBC"))
      << "a syllable and its letters";
  EXPECT_EQ(fold_case("Plain ASCII 7"), "plain ascii 7");
  EXPECT_EQ(fold_case(""), "");
}

TEST(FoldCase, KeepsWhatPeopleTellApart) {
  EXPECT_NE(fold_case("M\xC3\xBCller"), fold_case("Muller"));
  EXPECT_NE(fold_case("\xE5\xB1\xB1"), fold_case("\xE5\xB7\x9D"));
}

TEST(FoldCase, OfWhatIsFoldedIsTheSame) {
  for (const auto* text : {"M\xC3\x9CLLER",
                           "Stra\xC3\x9F"
                           "e",
                           "\xC4\xB0stanbul", "\xEF\xAC\x81n", "\xE2\x84\xA6"})
    EXPECT_EQ(fold_case(fold_case(text)), fold_case(text)) << text;
}

TEST(FoldCase, OfWhatIsNoUtf8TakesTheAsciiLetters) {
  EXPECT_EQ(fold_case("A\xFF"
                      "B"),
            "a\xFF"
            "b");
}

}  // namespace
}  // namespace dirbridge
