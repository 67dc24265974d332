#include "hub/http/rate_limits.hpp"

#include <gtest/gtest.h>

namespace dirbridge::hub {
namespace {

const WallTime noon = from_epoch_ms(1'700'000'000'300);

TEST(RateBook, CountsDownWithinAWindowThatBeginsWithTheFirstRequestAndThenAnew) {
  RateBook book{{.limit = 2}};
  EXPECT_EQ(book.count("a", Bucket::api, noon).remaining, 1);
  const auto second = book.count("a", Bucket::api, noon + 59s);
  EXPECT_EQ(second.remaining, 0);
  EXPECT_FALSE(second.over);
  EXPECT_EQ(second.reset, noon + 60s);
  const auto third = book.count("a", Bucket::api, noon + 59s);
  EXPECT_TRUE(third.over);
  EXPECT_EQ(third.remaining, 0);
  const auto fresh = book.count("a", Bucket::api, noon + 60s);
  EXPECT_FALSE(fresh.over);
  EXPECT_EQ(fresh.remaining, 1);
}

TEST(RateBook, BucketsAndPrincipalsAreCountedApart) {
  RateBook book{{.limit = 1}};
  EXPECT_FALSE(book.count("a", Bucket::users, noon).over);
  EXPECT_FALSE(book.count("a", Bucket::logs, noon).over);
  EXPECT_FALSE(book.count("b", Bucket::users, noon).over);
  EXPECT_TRUE(book.count("a", Bucket::users, noon).over);
}

TEST(RateBook, ResetIsRoundedUpSoThatWhoWaitsForItFindsTheWindowEnded) {
  RateBook book{{.limit = 1}};
  const auto state = book.count("a", Bucket::api, noon);
  const auto told = from_epoch_ms(reset_seconds(state.reset) * 1000);
  EXPECT_EQ(reset_seconds(state.reset), 1'700'000'061);
  EXPECT_FALSE(book.count("a", Bucket::api, told).over);
}

TEST(RateBook, ManyPrincipalsDoNotTakeMoreAndMoreMemory) {
  RateBook book{{}};
  for (std::size_t i = 0; i < RateBook::max_windows + 10; ++i) book.count(std::to_string(i), Bucket::api, noon);
  EXPECT_LE(book.size(), RateBook::max_windows);
}

TEST(RateLimits, HaveTheFiguresOfThePublishedTable) {
  EXPECT_EQ(published_limit(Plan::workforce, Bucket::api), 1200);
  EXPECT_EQ(published_limit(Plan::workforce, Bucket::groups), 500);
  EXPECT_EQ(published_limit(Plan::workforce, Bucket::group), 1000);
  EXPECT_EQ(published_limit(Plan::workforce, Bucket::users), 600);
  EXPECT_EQ(published_limit(Plan::workforce, Bucket::logs), 120);
  EXPECT_EQ(published_limit(Plan::integrator, Bucket::groups), 100);
  EXPECT_EQ(published_limit(Plan::enterprise, Bucket::logs), 50);
  EXPECT_EQ(to_plan("one_app"), Plan::one_app);
  EXPECT_EQ(to_plan("gold"), std::nullopt);
}

TEST(RateLimits, APathBelongsToOneBucket) {
  EXPECT_EQ(bucket_of("/api/v1/groups"), Bucket::groups);
  EXPECT_EQ(bucket_of("/api/v1/groups/00g1"), Bucket::group);
  EXPECT_EQ(bucket_of("/api/v1/groups/00g1/users"), Bucket::api);
  EXPECT_EQ(bucket_of("/api/v1/users"), Bucket::users);
  EXPECT_EQ(bucket_of("/api/v1/logs"), Bucket::logs);
  EXPECT_EQ(bucket_of("/oauth2/v1/token"), Bucket::oauth);
  EXPECT_EQ(bucket_of("/_dirbridge/v1/jobs"), Bucket::own);
  EXPECT_EQ(bucket_of("/healthz"), Bucket::own);
}

}  // namespace
}  // namespace dirbridge::hub
