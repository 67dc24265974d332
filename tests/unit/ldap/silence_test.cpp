#include "ldap/silence.hpp"

#include <gtest/gtest.h>

namespace dirbridge::ldap {
namespace {

constexpr TimePoint at(int ms) { return TimePoint{} + milliseconds{ms}; }

TEST(Silence, LastsFromTheFirstQuestionThatGotNoWordBack) {
  Silence silence;
  EXPECT_EQ(silence.lasts(at(5)), milliseconds{0});
  silence.asked(at(10));
  silence.asked(at(20));
  EXPECT_EQ(silence.lasts(at(30)), milliseconds{20});
}

TEST(Silence, EndsWithAnyMessageAndBeginsAnewWhileAnswersAreOwed) {
  Silence silence;
  silence.asked(at(0));
  silence.heard(at(40), true);
  EXPECT_EQ(silence.lasts(at(50)), milliseconds{10});
  silence.heard(at(60), false);
  EXPECT_EQ(silence.lasts(at(1'000)), milliseconds{0});
}

TEST(Silence, DoesNotGrowWhileNothingIsAskedAndGoesOnWithTheNextQuestion) {
  Silence silence;
  silence.asked(at(0));
  silence.gave_up(at(30));
  EXPECT_EQ(silence.lasts(at(10'000)), milliseconds{30});
  silence.asked(at(10'000));
  EXPECT_EQ(silence.lasts(at(10'020)), milliseconds{50});
}

}  // namespace
}  // namespace dirbridge::ldap
