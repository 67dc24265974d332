#include "proto/outcome.hpp"

#include <gtest/gtest.h>

namespace dirbridge::proto {
namespace {

Finding finding(Verdict verdict, std::vector<Finding::Range> values, int code = 0) {
  return {verdict, Evidence::result, code, {}, {}, std::move(values)};
}

std::string refusal(std::vector<Finding> findings, std::size_t count) {
  const auto made = Outcome::make(std::move(findings), count);
  return made ? "accepted" : made.error().message();
}

TEST(Outcome, AllGivesEveryValueTheSameVerdict) {
  const auto outcome = Outcome::all(10, Verdict::refused, Evidence::result, 50, "no write access", "grant it");
  EXPECT_EQ(outcome.count(), 10u);
  ASSERT_EQ(outcome.findings().size(), 1u);
  EXPECT_EQ(outcome.findings().front().values, (std::vector<Finding::Range>{{0, 9}}));
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(outcome.of(i).code, 50);
  EXPECT_EQ(outcome.verdict(), Verdict::refused);
}

TEST(Outcome, EqualValuesFoldIntoOneFindingAndNeighboursIntoOneRange) {
  const auto a = finding(Verdict::applied, {});
  const auto r = finding(Verdict::refused, {}, 19);
  const auto outcome = Outcome::from_values({a, a, r, a, a, a, r});
  ASSERT_EQ(outcome.findings().size(), 2u);
  EXPECT_EQ(outcome.findings()[0].values, (std::vector<Finding::Range>{{0, 1}, {3, 5}}));
  EXPECT_EQ(outcome.findings()[1].values, (std::vector<Finding::Range>{{2, 2}, {6, 6}}));
  const std::vector<Verdict> expected = {Verdict::applied, Verdict::applied, Verdict::refused, Verdict::applied,
                                         Verdict::applied, Verdict::applied, Verdict::refused};
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(outcome.of(i).verdict, expected[i]) << i;
  EXPECT_EQ(*Outcome::make(outcome.findings(), outcome.count()), outcome);
}

TEST(Outcome, FindingsThatDifferInAnythingStayApart) {
  const Finding base{Verdict::refused, Evidence::result, 50, "no", "grant", {}};
  auto verdict = base, evidence = base, code = base, diagnostic = base, advice = base;
  verdict.verdict = Verdict::retryable;
  evidence.evidence = Evidence::read_back;
  code.code = 53;
  diagnostic.diagnostic = "nein";
  advice.advice = "ask";
  EXPECT_EQ(Outcome::from_values({base, verdict, evidence, code, diagnostic, advice, base}).findings().size(), 6u);
}

TEST(Outcome, TenThousandDifferentDiagnosticsAreFoldedAndFound) {
  std::vector<Finding> values;
  for (int i = 0; i < 10'000; ++i)
    values.push_back({Verdict::refused, Evidence::result, 19, std::to_string(i), {}, {}});
  const auto outcome = Outcome::from_values(std::move(values));
  EXPECT_EQ(outcome.findings().size(), 10'000u);
  for (std::size_t i = 0; i < 10'000; ++i) ASSERT_EQ(outcome.of(i).diagnostic, std::to_string(i));
}

TEST(Outcome, EveryValueHasExactlyOneVerdict) {
  EXPECT_EQ(refusal({finding(Verdict::applied, {{0, 2}})}, 3), "accepted");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{2, 2}, {0, 0}}), finding(Verdict::already, {{1, 1}})}, 3), "accepted");
  EXPECT_EQ(refusal({}, 0), "accepted");
  EXPECT_EQ(refusal({}, 1), "value 0 has no verdict");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{1, 2}})}, 3), "value 0 has no verdict");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{0, 1}})}, 3), "value 2 has no verdict");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{0, 0}, {2, 2}})}, 3), "value 1 has no verdict");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{0, 2}}), finding(Verdict::refused, {{2, 2}})}, 3),
            "value 2 has two verdicts");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{0, 1}, {1, 2}})}, 3), "value 1 has two verdicts");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{0, 3}})}, 3), "range 0-3 is not within the 3 values");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{2, 0}})}, 3), "range 2-0 is not within the 3 values");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{0, UINT32_MAX}})}, 3),
            "range 0-4294967295 is not within the 3 values");
  EXPECT_EQ(refusal({finding(Verdict::applied, {{0, 2}}), finding(Verdict::refused, {})}, 3),
            "finding 1 has no values");
}

TEST(Outcome, TheJobIsAsBadAsItsWorstValue) {
  const std::vector<Verdict> gravest_first = {Verdict::unknown,  Verdict::retryable, Verdict::refused,
                                              Verdict::not_sent, Verdict::applied,   Verdict::already};
  for (std::size_t worse = 0; worse < gravest_first.size(); ++worse) {
    for (std::size_t better = worse; better < gravest_first.size(); ++better) {
      const auto w = finding(gravest_first[worse], {}), b = finding(gravest_first[better], {});
      EXPECT_EQ(Outcome::from_values({w, b}).verdict(), gravest_first[worse]);
      EXPECT_EQ(Outcome::from_values({b, w}).verdict(), gravest_first[worse]);
    }
  }
}

TEST(Outcome, OnlyAppliedAndAlreadyAreSuccess) {
  EXPECT_TRUE(Outcome::all(1, Verdict::applied).is_success());
  EXPECT_TRUE(Outcome::all(1, Verdict::already).is_success());
  for (const auto verdict : {Verdict::refused, Verdict::retryable, Verdict::unknown, Verdict::not_sent}) {
    EXPECT_FALSE(Outcome::all(1, verdict).is_success());
  }
}

TEST(Outcome, AnEmptyOutcomeIsUnknownAndNoSuccess) {
  EXPECT_EQ(Outcome{}.verdict(), Verdict::unknown);
  EXPECT_FALSE(Outcome{}.is_success());
  EXPECT_EQ(Outcome::all(0, Verdict::applied), Outcome{});
  EXPECT_EQ(Outcome::from_values({}), Outcome{});
}

}  // namespace
}  // namespace dirbridge::proto
