// What a filter means, and what is none.
#include <gtest/gtest.h>

#include "hub/filter/expression.hpp"

namespace dirbridge::hub::filter {
namespace {

const auto object = Json::parse(R"({"id":"00gAbc","type":"APP_GROUP","created":"2024-01-01T00:00:00.000Z","size":3,
  "hidden":false,"nothing":null,"empty":"","objectClass":["okta:user_group","Other"],"source":{"id":"0oaDir"},
  "profile":{"name":"West \"Coast\" users","samAccountName":"west"},"target":[{"id":"a","type":"x"},{"id":"b","type":"y"}]})");

bool matches(std::string_view text) {
  const auto filter = Expression::parse(text);
  if (!filter) throw std::runtime_error(filter.error().message());
  return filter->matches(object);
}

TEST(Filters, EveryOperatorHoldsAndFails) {
  for (const auto* yes : {R"(type eq "APP_GROUP")",
                          R"(type eq "app_group")",
                          R"(type ne "OKTA_GROUP")",
                          R"(profile.name sw "west")",
                          R"(profile.name co "COAST")",
                          R"(profile.name ew "users")",
                          R"(profile.name eq "West \"Coast\" users")",
                          R"(size gt 2.5)",
                          R"(size ge 3)",
                          R"(size lt 4)",
                          R"(size le 3)",
                          R"(size eq 3.0)",
                          R"(hidden eq false)",
                          R"(nothing eq null)",
                          R"(type pr)",
                          R"(profile.samAccountName SW "W")",
                          R"(created lt "2024-01-01T00:00:00.001Z")",
                          R"(created eq "2024-01-01T00:00:00Z")",
                          R"(created gt "2023-12-31T23:59:59Z")",
                          R"(objectClass eq "other")",
                          R"(target.id eq "b")",
                          R"(missing ne "x")"})
    EXPECT_TRUE(matches(yes)) << yes;
  for (const auto* no :
       {R"(type eq "OKTA_GROUP")", R"(type ne "APP_GROUP")", R"(profile.name sw "Coast")", R"(profile.name ew "West")",
        R"(size gt 3)", R"(size lt 3)", R"(size eq "3")", R"(size gt "2")", R"(hidden eq true)", R"(nothing pr)",
        R"(empty pr)", R"(missing pr)", R"(missing eq null)", R"(missing lt 5)", R"(type.deeper pr)",
        R"(Type eq "APP_GROUP")", R"(created gt "2024-01-01T00:00:00.000Z")", R"(objectClass ne "Other")",
        R"(target.id eq "c")"})
    EXPECT_FALSE(matches(no)) << no;
}

// The object changed 300 ms after the second that it shows. Whoever asks for what is later than the last time it saw
// gets it, and whoever asks what the time is gets what is shown.
TEST(Filters, WhatAsksForLaterTimesMissesNothingWithinASecond) {
  const auto shown = Json::parse(R"({"lastUpdated":"2024-01-01T10:00:05.000Z","profile":{"name":"g"}})");
  const auto exact = Json::parse(R"({"lastUpdated":"2024-01-01T10:00:05.300Z"})");
  const auto holds = [&](const std::string& text) { return Expression::parse(text)->matches(shown, exact); };
  for (const auto* yes :
       {R"(lastUpdated gt "2024-01-01T10:00:05.000Z")", R"(lastUpdated gt "2024-01-01T10:00:05.299Z")",
        R"(lastUpdated ge "2024-01-01T10:00:05.300Z")", R"(lastUpdated eq "2024-01-01T10:00:05.000Z")",
        R"(lastUpdated le "2024-01-01T10:00:05.000Z")", R"(lastUpdated lt "2024-01-01T10:00:05.100Z")",
        R"(not lastUpdated le "2024-01-01T10:00:05.000Z")", R"(not lastUpdated gt "2024-01-01T10:00:05.100Z")",
        R"(not (profile.name eq "x" or lastUpdated lt "2024-01-01T10:00:05.200Z"))",
        R"(lastUpdated ne "2024-01-01T10:00:05.300Z")", R"(profile.name gt "a")"})
    EXPECT_TRUE(holds(yes)) << yes;
  for (const auto* no :
       {R"(lastUpdated gt "2024-01-01T10:00:05.300Z")", R"(lastUpdated ge "2024-01-01T10:00:05.301Z")",
        R"(lastUpdated eq "2024-01-01T10:00:05.300Z")", R"(lastUpdated lt "2024-01-01T10:00:05.000Z")",
        R"(not not lastUpdated lt "2024-01-01T10:00:05.000Z")", R"(lastUpdated ne "2024-01-01T10:00:05.000Z")"})
    EXPECT_FALSE(holds(no)) << no;
}

TEST(Filters, TextsAreFoundHoweverTheyAreWritten) {
  const auto with_name = [](const char* name) { return Json{{"name", name}}; };
  for (const auto* name : {"M\xC3\xBCller", "M\xC3\x9CLLER", "Mu\xCC\x88ller"}) {
    for (const auto* yes : {"name eq \"m\xC3\xBCller\"", "name eq \"MU\xCC\x88LLER\"", "name sw \"M\xC3\x9C\"",
                            "name co \"\xC3\x9CLL\"", "name ew \"u\xCC\x88ller\"", "name ne \"muller\""})
      EXPECT_TRUE(Expression::parse(yes)->matches(with_name(name))) << name << " " << yes;
    EXPECT_FALSE(Expression::parse("name sw \"mu\"")->matches(with_name(name))) << "another letter";
  }
}

TEST(Filters, IdsAreComparedWithTheirCase) {
  EXPECT_TRUE(matches(R"(id eq "00gAbc" and source.id eq "0oaDir")"));
  EXPECT_FALSE(matches(R"(id eq "00gabc")"));
  EXPECT_FALSE(matches(R"(source.id sw "0OA")"));
}

TEST(Filters, NotBindsClosestAndAndCloserThanOr) {
  EXPECT_TRUE(matches(R"(type pr or missing pr and missing pr)"));
  EXPECT_FALSE(matches(R"((type pr or missing pr) and missing pr)"));
  EXPECT_TRUE(matches(R"(not missing pr and type pr)"));
  EXPECT_FALSE(matches(R"(not (missing pr or type pr))"));
  EXPECT_TRUE(matches(R"(NOT not type pr AND(type pr)OR missing pr)"));
  EXPECT_TRUE(matches(R"(type eq "APP_GROUP" and (created lt "2024-02-01T00:00:00.000Z" and source.id eq "0oaDir"))"));
}

TEST(Filters, AnAttributeMayBeginLikeAWordOfTheGrammar) {
  const auto filter = Expression::parse(R"(notes pr or order.android eq "x")");
  ASSERT_TRUE(filter);
  EXPECT_EQ(filter->terms()[0].name(), "notes");
  EXPECT_EQ(filter->terms()[1].name(), "order.android");
}

TEST(Filters, WhatIsNoFilterIsRefusedAtItsPlace) {
  struct Case {
    std::string text;
    std::size_t at;
  };
  for (const auto& [text, at] : std::vector<Case>{{"", 0},
                                                  {"   ", 3},
                                                  {"type", 4},
                                                  {"type is \"x\"", 5},
                                                  {"type eq", 7},
                                                  {"type eq APP_GROUP", 8},
                                                  {"type eq 'x'", 8},
                                                  {"type eq \"x", 8},
                                                  {"type eq \"x\\", 8},
                                                  {"type eq [1]", 8},
                                                  {"type eq {}", 8},
                                                  {"(type pr", 8},
                                                  {"type pr)", 7},
                                                  {"type pr type pr", 8},
                                                  {"type pr and", 11},
                                                  {"or type pr", 3},
                                                  {"profile..name pr", 8},
                                                  {".name pr", 0},
                                                  {"emails[type eq \"work\"] pr", 6},
                                                  {"type eq \"\\ud800\"", 8}}) {
    const auto filter = Expression::parse(text);
    ASSERT_FALSE(filter) << text;
    EXPECT_EQ(filter.error().code, errc::malformed);
    EXPECT_NE(filter.error().message().find("at byte " + std::to_string(at) + " "), std::string::npos)
        << text << ": " << filter.error().message();
  }
  EXPECT_FALSE(Expression::parse("type eq \"\xff\""));
}

TEST(Filters, EveryBoundIsKept) {
  const auto repeated = [](const std::string& text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
  };
  EXPECT_TRUE(Expression::parse(repeated("a pr or ", max_terms - 1) + "a pr"));
  EXPECT_EQ(Expression::parse(repeated("a pr or ", max_terms) + "a pr").error().code, errc::too_large);
  EXPECT_TRUE(Expression::parse(repeated("(", max_depth) + "a pr" + repeated(")", max_depth)));
  EXPECT_EQ(Expression::parse(repeated("(", max_depth + 1) + "a pr" + repeated(")", max_depth + 1)).error().code,
            errc::too_large);
  EXPECT_EQ(Expression::parse(repeated("not ", max_depth + 1) + "a pr").error().code, errc::too_large);
  EXPECT_EQ(Expression::parse(std::string(max_bytes + 1, ' ')).error().code, errc::too_large);
}

TEST(Filters, AttributesThatAreNotAllowedAreNamed) {
  const auto filter = Expression::parse(R"(type eq "x" and profile.name pr and status pr)");
  EXPECT_TRUE(filter->allow_only({"type", "profile.*", "status"}));
  const auto refused = filter->allow_only({"type", "profile.*"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("status"), std::string::npos);
  EXPECT_FALSE(Expression::parse("profiles pr")->allow_only({"profile.*"}));
}

TEST(Filters, WhatEveryMatchMustHaveIsKnown) {
  const auto both = Expression::parse(R"(type pr and (source.id eq "0oa1" and id pr))");
  ASSERT_TRUE(both->required("source.id"));
  EXPECT_EQ(*both->required("source.id"), "0oa1");
  EXPECT_FALSE(Expression::parse(R"(source.id eq "a" or type pr)")->required("source.id"));
  EXPECT_FALSE(Expression::parse(R"(not source.id eq "a")")->required("source.id"));
  EXPECT_FALSE(Expression::parse(R"(source.id ne "a")")->required("source.id"));
}

TEST(Filters, TimesOfAnyZoneAreTheMomentsTheyAre) {
  const auto object = Json::parse(R"({"lastUpdated":"2024-01-01T10:00:05.000Z","size":3})");
  const auto holds = [&](const char* text) { return Expression::parse(text).value().matches(object); };
  EXPECT_TRUE(holds(R"(lastUpdated eq "2024-01-01T12:00:05+02:00")"));
  EXPECT_TRUE(holds(R"(lastUpdated gt "2024-01-01T11:59:59+02:00")"));
  EXPECT_FALSE(holds(R"(lastUpdated lt "2024-01-01T05:00:05-05:00")"));
  EXPECT_TRUE(holds(R"(lastUpdated gt "2024-01-01")"));
  for (const auto* text : {R"(lastUpdated gt "yesterday")", R"(lastUpdated lt 5)",
                           R"(created ge "2026-13-45T99:00:00Z")", R"(published gt "garbage")"}) {
    const auto parsed = Expression::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().detail.find("a time like"), std::string::npos) << parsed.error().detail;
  }
}

}  // namespace
}  // namespace dirbridge::hub::filter
