#include "hub/log_query.hpp"

#include <gtest/gtest.h>

namespace dirbridge::hub {
namespace {

const WallTime now = from_epoch_ms(1'700'000'000'000);  // 2023-11-14T22:13:20Z

boost::system::result<LogQuery, proto::OktaError> read(const std::string& query) {
  net::HttpRequest request;
  request.target = "/api/v1/logs?" + query;
  return read_log_query(request, now);
}
LogQuery good(const std::string& query) {
  auto found = read(query);
  if (!found) throw std::runtime_error(found.error().to_json());
  return std::move(*found);
}
std::string code_of(const std::string& query) {
  const auto read_ = read(query);
  return read_ ? "none" : read_.error().code;
}

TEST(LogQuery, PagesBackwardsEndWhereTheirFirstOneEnds) {
  const LogQuery first = good("sortOrder=DESCENDING&until=2023-11-14T22:13:20Z");
  const LogQuery next = good("sortOrder=DESCENDING&until=2023-11-14T22:13:20Z&after=" + first.cursor(4711));
  EXPECT_EQ(next.range.since, first.range.since);
  EXPECT_EQ(next.range.since, now - std::chrono::hours{7 * 24});
}

TEST(LogQuery, AsksForTheLastSevenDaysOldestFirstAndPollsUnlessItIsBounded) {
  const auto query = good("");
  EXPECT_EQ(query.range.since, now - std::chrono::hours{7 * 24});
  EXPECT_GT(query.range.until, now);
  EXPECT_EQ(query.range.limit, 100u);
  EXPECT_FALSE(query.range.newest_first);
  EXPECT_TRUE(query.polling);
  EXPECT_FALSE(good("until=2023-11-14T22:13:20Z").polling);
  EXPECT_FALSE(good("sortOrder=DESCENDING").polling);
}

TEST(LogQuery, TakesLimitsFromZeroToAThousand) {
  EXPECT_EQ(good("limit=0").range.limit, 0u);
  EXPECT_EQ(good("limit=1000").range.limit, 1000u);
  for (const auto* wrong : {"1001", "-1", "ten", "", "1x"})
    EXPECT_EQ(code_of("limit=" + std::string{wrong}), "E0000001");
}

TEST(LogQuery, RefusesWhatIsNoTimeNoOrderNoCursorAndNoFilter) {
  EXPECT_EQ(code_of("since=yesterday"), "E0000001");
  EXPECT_EQ(code_of("since=2024-01-02&until=2024-01-01"), "E0000001");
  EXPECT_EQ(code_of("sortOrder=UP"), "E0000001");
  EXPECT_EQ(code_of("after=abc"), "E0000029");
  EXPECT_EQ(code_of("after=42"), "E0000029");
  EXPECT_EQ(code_of("after=42_1"), "E0000029");
  EXPECT_EQ(code_of("filter=eventType%20eq"), "E0000031");
  EXPECT_EQ(code_of("filter=nothing%20eq%20%22a%22"), "E0000031");
  EXPECT_EQ(code_of("q=" + std::string(41, 'a')), "E0000001");
}

TEST(LogQuery, GoesOnWhereACursorOfThisOrderSaysWhateverIsLookedFor) {
  const auto cursor = good("q=a").cursor(4711);
  EXPECT_EQ(cursor.find("4711"), std::string::npos) << "it says nothing";
  EXPECT_EQ(good("after=" + cursor).range.cursor, 4711u);
  EXPECT_EQ(good("limit=5&since=2023-11-01&after=" + cursor).range.cursor, 4711u);
  EXPECT_EQ(code_of("sortOrder=DESCENDING&after=" + cursor), "E0000029");
  EXPECT_EQ(code_of("after=" + cursor + "AAAA"), "E0000029");
  EXPECT_EQ(good("after=").range.cursor, 0u);
}

TEST(LogQuery, WhoeverComesBackToAPlaceAfterMonthsMissesNothing) {
  const LogQuery asked = good("since=2020-01-01T00:00:00Z");
  EXPECT_LT(good("after=" + asked.cursor(4711)).range.since, from_epoch_ms(0) + 24h);
}

TEST(LogQuery, FindsKeywordsHoweverTheyAreWritten) {
  const nlohmann::json event{{"displayMessage", "M\xC3\xBCller"}};
  for (const auto* word : {"m%C3%BCller", "M%C3%9CLLER", "Mu%CC%88ll"})
    EXPECT_TRUE(good(std::string{"q="} + word).matches(event)) << word;
  EXPECT_FALSE(good("q=muller").matches(event));
}

TEST(LogQuery, AnEventAnswersIfTheFilterHoldsAndEveryKeywordOccurs) {
  const nlohmann::json event{{"eventType", "system.import.start"},
                             {"target", {{{"id", "0oa1"}, {"type", "AppInstance"}}}},
                             {"outcome", {{"result", "SUCCESS"}}}};
  EXPECT_TRUE(good("filter=eventType%20sw%20%22system.import%22&q=0OA1%20success").matches(event));
  EXPECT_TRUE(good("filter=target.id%20eq%20%220oa1%22").matches(event));
  EXPECT_FALSE(good("q=0oa1%20failure").matches(event));
  EXPECT_FALSE(good("filter=outcome.result%20eq%20%22FAILURE%22").matches(event));
}

TEST(Iso8601, IsReadWithAndWithoutFractionAndOffset) {
  EXPECT_EQ(from_iso8601("2023-11-14T22:13:20Z"), now);
  for (const auto* odd : {"2023-11-14T 2:13:20Z", "2023-11- 4", " 023-11-14", "2023-11-14T22:13:+2Z"})
    EXPECT_FALSE(from_iso8601(odd)) << odd;
  EXPECT_EQ(from_iso8601("2023-11-14T22:13:20.120Z"), now + milliseconds{120});
  EXPECT_EQ(from_iso8601("2023-11-14T22:13:20.1234567Z"), now + milliseconds{123});
  EXPECT_EQ(from_iso8601("2023-11-15T00:13:20+02:00"), now);
  EXPECT_EQ(from_iso8601("2023-11-14T20:13:20-02:00"), now);
  EXPECT_EQ(to_iso8601(from_iso8601("2023-11-14").value()), "2023-11-14T00:00:00.000Z");
  for (const auto* wrong : {"", "2023", "2023-13-01", "2023-02-30", "2023-11-14T25:00:00Z", "2023-11-14T22:13:20",
                            "2023-11-14T22:13:20.Z", "2023-11-14T22:13:20+2", "2023-11-14 22:13:20Z", "2023-11-14Tx"})
    EXPECT_EQ(from_iso8601(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace dirbridge::hub
