#include "proto/json_codec.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace dirbridge::proto {
namespace {

TEST(JsonCodec, AnOutcomeOfOneVerdictIsShort) {
  EXPECT_EQ(dump(to_json_value(Outcome::all(10, Verdict::applied, Evidence::result))),
            R"({"count":10,"findings":[{"evidence":"result","values":[[0,9]],"verdict":"applied"}]})");
}

TEST(JsonCodec, OutcomesSurviveTheRoundTrip) {
  const std::vector<Outcome> outcomes = {
      Outcome{}, Outcome::all(1, Verdict::not_sent),
      Outcome::all(10'000, Verdict::unknown, Evidence::none, -1, "no answer", "wait"),
      Outcome::from_values({{Verdict::applied, Evidence::result, 0, "", "", {}},
                            {Verdict::already, Evidence::read_back, 20, "value \"x\" é", "", {}},
                            {Verdict::applied, Evidence::result, 0, "", "", {}},
                            {Verdict::retryable, Evidence::none, 51, "", "later", {}},
                            {Verdict::refused, Evidence::result, 50, "no", "", {}}})};
  for (const auto& outcome : outcomes) {
    const auto text = dump(to_json_value(outcome));
    const auto read = outcome_from_json(*parse_json(text));
    ASSERT_TRUE(read) << text << read.error().message();
    EXPECT_EQ(*read, outcome);
  }
}

TEST(JsonCodec, AnOutcomeThatBreaksItsInvariantIsRefused) {
  const auto refusal = [](const char* text) {
    const auto read = outcome_from_json(*parse_json(text));
    return read ? "accepted" : read.error().message();
  };
  EXPECT_EQ(refusal(R"({"count":2,"findings":[{"verdict":"applied","values":[[0,0]]}]})"),
            "findings: value 1 has no verdict");
  EXPECT_EQ(refusal(R"({"count":2,"findings":[{"verdict":"applied","values":[[0,1],[1,1]]}]})"),
            "findings: value 1 has two verdicts");
  EXPECT_EQ(
      refusal(R"({"count":1,"findings":[{"verdict":"applied","values":[[0,0]]},{"verdict":"already","values":[]}]})"),
      "findings: must be an array of 0 to 1 elements");
  EXPECT_EQ(
      refusal(R"({"count":2,"findings":[{"verdict":"applied","values":[[0,1]]},{"verdict":"already","values":[]}]})"),
      "findings[1].values: must be an array of 1 to 2 elements");
  for (const auto* range : {"[0]", "[0,1,2]", "[-1,0]", "[0,10000]", "[0,1.0]", "[\"0\",1]", "0", "{}", "[0,1e9]"}) {
    EXPECT_EQ(
        refusal((R"({"count":2,"findings":[{"verdict":"applied","values":[)" + std::string{range} + "]}]}").c_str()),
        "findings[0].values[0]: must be [first, last], two indices below 10000")
        << range;
  }
  EXPECT_EQ(refusal(R"({"count":10001,"findings":[]})"), "count: must be an integer from 0 to 10000");
  EXPECT_EQ(refusal(R"({"count":1,"findings":[{"verdict":"done","values":[[0,0]]}]})"),
            "findings[0].verdict: must be one of applied, already, refused, retryable, unknown, not_sent");
}

TEST(JsonCodec, DirectoryTextIsCutAndRepairedWhenWritten) {
  const std::string dirty = std::string(5000, 'x') + "\xFF";
  const auto outcome = Outcome::all(1, Verdict::refused, Evidence::result, 50, dirty, std::string("a\0b\xC3", 4));
  const auto read = outcome_from_json(*parse_json(dump(to_json_value(outcome))));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->of(0).diagnostic.size(), max_text_bytes);
  EXPECT_TRUE(is_utf8(read->of(0).advice));

  ImportedUser user{"u-1", "uid=a", "uid=a", std::string(300, 'l'), std::string(300, 'e'), "F\xFF", "L", "D"};
  const auto back = imported_user_from_json(*parse_json(dump(to_json_value(user))));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->login.size(), max_name_bytes);
}

TEST(JsonCodec, ChangesAndObjectsSurviveTheRoundTrip) {
  const MembershipChange change{{"00g1", "cn=g\\,x,dc=é", ""}, Action::remove, "member;x-a", {{"00u1", "uid=a", "s"}}};
  EXPECT_EQ(*membership_change_from_json(*parse_json(dump(to_json_value(change)))), change);
  const ImportedUser user{"u-1", "uid=Ann", "uid=ann", "ann", "", "Ann", "", "A"};
  EXPECT_EQ(*imported_user_from_json(*parse_json(dump(to_json_value(user)))), user);
  const ImportedGroup group{"g-1", "cn=G", "cn=g", "G", "", "member", "groupOfNames", {"uid=ann", "uid=bob"}};
  EXPECT_EQ(*imported_group_from_json(*parse_json(dump(to_json_value(group)))), group);
}

TEST(JsonCodec, WhatActiveDirectoryAloneHasSurvivesAndIsNoWordMoreOfTheOthers) {
  ImportedUser user{"u-1", "CN=Ann", "cn=ann", "ann", "", "Ann", "", "A"};
  const auto plain_user = to_json_value(user);
  user.sam_account_name = "ann";
  user.upn = "ann@example.org";
  user.object_sid = "S-1-5-21-1-2-3-1104";
  EXPECT_EQ(*imported_user_from_json(*parse_json(dump(to_json_value(user)))), user);
  ImportedGroup group{"g-1", "CN=G", "cn=g", "G", "", "member", "group", {}};
  const auto plain_group = to_json_value(group);
  for (const auto type : group_types)
    for (const auto scope : group_scopes) {
      group.type = type;
      group.scope = scope;
      EXPECT_EQ(*imported_group_from_json(*parse_json(dump(to_json_value(group)))), group);
    }
  EXPECT_EQ(plain_user.size(), 6u) << "an LDAP import got larger";
  EXPECT_EQ(plain_group.size(), 7u);
  auto misspelled = to_json_value(group);
  misspelled["group_scope"] = "domainlocal";
  EXPECT_EQ(imported_group_from_json(misspelled).error().message(),
            "group_scope: must be one of Global, DomainLocal, Universal");
}

TEST(JsonCodec, AMemberTwiceInAChangeIsRefused) {
  const MembershipChange change{{"00g1", "cn=g", ""}, Action::add, "member", {{"00u1", "a", ""}, {"00u1", "b", ""}}};
  EXPECT_EQ(membership_change_from_json(to_json_value(change)).error().message(), "members[1]: is there twice");
}

}  // namespace
}  // namespace dirbridge::proto
