// Every frame, from one table: round trip, every key removed, of every wrong type, and a key too many.
#include "proto/frames.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/crypto.hpp"
#include "proto/strict_json.hpp"
#include "unit/proto/example_frames.hpp"

namespace dirbridge::proto {
namespace {

struct Direction {
  std::function<result<std::string>(std::string_view)> rewrite;  // parse, then write again
  const std::vector<ExampleFrame>& examples;
};

std::vector<Direction> directions() {
  const auto agent = [](std::string_view text) -> result<std::string> {
    auto frame = parse_agent_frame(text);
    if (!frame) return frame.error();
    return to_json(*frame);
  };
  const auto hub = [](std::string_view text) -> result<std::string> {
    auto frame = parse_hub_frame(text);
    if (!frame) return frame.error();
    return to_json(*frame);
  };
  return {{agent, example_agent_frames()}, {hub, example_hub_frames()}};
}

// Every object inside a document, with its place as a JSON pointer and in our own words.
void visit_objects(Json& value, const std::string& place, const std::string& pattern,
                   const std::function<void(Json&, const std::string&, const std::string&)>& visit) {
  const auto join = [](const std::string& base, const std::string& key) {
    return base.empty() ? key : base + '.' + key;
  };
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      visit_objects(value[i], place + '[' + std::to_string(i) + ']', pattern + "[]", visit);
    }
  } else if (value.is_object()) {
    for (auto& [key, child] : value.items()) visit_objects(child, join(place, key), join(pattern, key), visit);
    visit(value, place, pattern);
  }
}

// Runs `mutate` on each key of each object of each example, one at a time, and hands the text to `check`.
void for_each_key(const std::function<std::vector<Json>(const Json& old)>& replacements, bool remove,
                  const std::function<void(const Direction&, const ExampleFrame&, const std::string& place,
                                           const std::string& pattern, const std::string& text)>& check) {
  for (const auto& direction : directions()) {
    for (const auto& example : direction.examples) {
      auto document = Json::parse(example.text);
      visit_objects(document, "", "", [&](Json& object, const std::string& place, const std::string& pattern) {
        const Json original = object;
        for (const auto& [key, old] : original.items()) {
          const auto dot = [&, k = key](const std::string& base) { return base.empty() ? k : base + '.' + k; };
          if (remove) {
            object.erase(key);
            check(direction, example, dot(place), dot(pattern), document.dump());
          }
          for (const auto& replacement : replacements(old)) {
            object[key] = replacement;
            check(direction, example, dot(place), dot(pattern), document.dump());
          }
          object = original;
        }
      });
    }
  }
}

TEST(Frames, EveryExampleIsReadAndWrittenBackUnchanged) {
  for (const auto& direction : directions()) {
    for (const auto& example : direction.examples) {
      const auto written = direction.rewrite(example.text);
      ASSERT_TRUE(written) << example.type << ": " << written.error().message();
      EXPECT_EQ(Json::parse(*written), Json::parse(example.text));
      EXPECT_EQ(Json::parse(*written)["type"], example.type);
    }
  }
}

TEST(Frames, TheExamplesCoverEveryTypeOfBothDirections) {
  std::set<std::size_t> agent;
  for (const auto& example : example_agent_frames()) agent.insert(parse_agent_frame(example.text)->index());
  EXPECT_EQ(agent.size(), std::variant_size_v<AnyAgentFrame>);
  std::set<std::size_t> hub;
  for (const auto& example : example_hub_frames()) hub.insert(parse_hub_frame(example.text)->index());
  EXPECT_EQ(hub.size(), std::variant_size_v<AnyHubFrame>);
}

TEST(Frames, EveryMissingKeyIsNamedUnlessItIsOptional) {
  int checked = 0;
  for_each_key([](const Json&) { return std::vector<Json>{}; }, true,
               [&](const Direction& direction, const ExampleFrame& example, const std::string& place,
                   const std::string& pattern, const std::string& text) {
                 const auto written = direction.rewrite(text);
                 const auto& optional = example.optional;
                 ++checked;
                 if (std::find(optional.begin(), optional.end(), pattern) != optional.end()) {
                   ASSERT_TRUE(written) << text << written.error().message();
                   EXPECT_EQ(Json::parse(*written), Json::parse(text)) << "an absent key must stay absent";
                   return;
                 }
                 ASSERT_FALSE(written) << "accepted without " << place << ": " << text;
                 EXPECT_EQ(written.error().code, errc::malformed);
                 // Who a hello is from is one question of three keys: the frame is named, not one of them.
                 const bool identity =
                     example.type == "hello" && (place == "agent" || place == "enrol_code" || place == "public_key");
                 EXPECT_NE(written.error().message().find(identity ? "hello" : place), std::string::npos)
                     << written.error().message() << " for " << text;
               });
  EXPECT_GT(checked, 100);
}

TEST(Frames, EveryValueOfAWrongTypeIsNamed) {
  const auto wrong_types = [](const Json& old) {
    std::vector<Json> wrong = {nullptr, 1.5, -1e300, Json::array({Json::array()}), Json::object({{"x", 1}})};
    if (!old.is_string()) wrong.push_back("text");
    if (!old.is_boolean()) wrong.push_back(true);
    if (!old.is_number()) wrong.push_back(7);
    return wrong;
  };
  int checked = 0;
  for_each_key(wrong_types, false,
               [&](const Direction& direction, const ExampleFrame&, const std::string& place, const std::string&,
                   const std::string& text) {
                 const auto written = direction.rewrite(text);
                 ++checked;
                 ASSERT_FALSE(written) << "accepted: " << text;
                 EXPECT_NE(written.error().message().find(place), std::string::npos)
                     << written.error().message() << " for " << text;
               });
  EXPECT_GT(checked, 500);
}

TEST(Frames, AKeyTooManyIsNamedInEveryObject) {
  for (const auto& direction : directions()) {
    for (const auto& example : direction.examples) {
      auto document = Json::parse(example.text);
      visit_objects(document, "", "", [&](Json& object, const std::string& place, const std::string&) {
        const Json original = object;
        object["surplus"] = 1;
        const auto written = direction.rewrite(document.dump());
        object = original;
        ASSERT_FALSE(written) << example.type << " at " << place;
        EXPECT_NE(written.error().message().find(place.empty() ? "surplus" : place + ".surplus"), std::string::npos)
            << written.error().message();
      });
    }
  }
}

TEST(Frames, AFrameOfTheOtherDirectionIsUnknown) {
  EXPECT_EQ(parse_agent_frame(example_hub_frames().front().text).error().message(), "unknown frame type: challenge");
  EXPECT_EQ(parse_hub_frame(example_agent_frames().front().text).error().message(), "unknown frame type: hello");
}

TEST(Frames, WhatIsNoFrameIsRefusedWithAReason) {
  EXPECT_EQ(parse_agent_frame("[]").error().message(), "a frame must be a JSON object");
  EXPECT_EQ(parse_agent_frame("{}").error().message(), "type: is missing");
  EXPECT_EQ(parse_agent_frame(R"({"type":7})").error().message(), "type: must be a string");
  EXPECT_EQ(parse_agent_frame(R"({"type":""})").error().message(), "unknown frame type: ");
  EXPECT_FALSE(parse_agent_frame(""));
  const auto long_type = R"({"type":")" + std::string(1 << 20, 'x') + "\"}";
  EXPECT_LT(parse_agent_frame(long_type).error().message().size(), 200u);
}

TEST(Frames, TheValuesReachTheFieldsTheyAreNamedAfter) {
  const auto hub = parse_hub_frame(example_hub_frames()[3].text);
  const auto& jobs = std::get<Jobs>(*hub);
  EXPECT_EQ(jobs.poll, 7u);
  EXPECT_EQ(jobs.at, 81234);
  ASSERT_EQ(jobs.jobs.size(), 1u);
  const auto& job = jobs.jobs.front();
  EXPECT_EQ(job.job, JobId{"ADS1"});
  EXPECT_EQ(job.lease, (Fence{3, 17}));
  EXPECT_EQ(job.delivery, 2);
  EXPECT_TRUE(job.reconcile);
  EXPECT_EQ(job.lease_time, 12s);
  EXPECT_EQ(job.remaining, 9500ms);
  EXPECT_EQ(job.request, RequestId{"c0ffee"});
  EXPECT_EQ(job.change->group, (ObjectRef{"00g1", "cn=g,dc=x", "g-1"}));
  EXPECT_EQ(job.change->action, Action::remove);
  EXPECT_EQ(job.change->attribute, "uniqueMember");
  EXPECT_EQ(job.change->members.at(1), (ObjectRef{"00u2", "uid=bob,dc=x", "u-2"}));

  const auto agent = parse_agent_frame(example_agent_frames()[5].text);
  const auto& report = std::get<Report>(*agent);
  EXPECT_FALSE(report.final);
  EXPECT_EQ(report.took, 12ms);
  EXPECT_EQ(report.outcome.of(2).code, 50);
  EXPECT_EQ(report.outcome.of(1).verdict, Verdict::already);
  EXPECT_EQ(report.outcome.of(1).evidence, Evidence::read_back);

  const auto go_away = parse_hub_frame(std::ranges::find(example_hub_frames(), "go_away", &ExampleFrame::type)->text);
  EXPECT_EQ(std::get<GoAway>(*go_away).retry_after, 1500ms);
  EXPECT_TRUE(std::get<GoAway>(*go_away).final);
}

TEST(Frames, WhatOnlyVersion3MaySayIsKnown) {
  EXPECT_FALSE(is_of_version_3(AgentFrame{ImportBegin{ImportId{"i"}, "r", {}}}));
  EXPECT_TRUE(is_of_version_3(AgentFrame{ImportBegin{ImportId{"i"}, "r", DirectoryKind::ldap}}));
  ImportBatch batch{ImportId{"i"}, 0, {{"u-1", "CN=Ann", "cn=ann", "ann", "", "", "", ""}}, {}};
  batch.groups.push_back({"g-1", "CN=G", "cn=g", "G", "", "member", "group", {}});
  EXPECT_FALSE(is_of_version_3(AgentFrame{batch}));
  auto changed = batch;
  changed.users[0].upn = "ann@example.org";
  EXPECT_TRUE(is_of_version_3(AgentFrame{changed}));
  changed = batch;
  changed.groups[0].scope = GroupScope::global;
  EXPECT_TRUE(is_of_version_3(AgentFrame{changed}));
}

TEST(Frames, AHelloEitherEnrolsOrReturns) {
  auto both = Json::parse(example_agent_frames()[0].text);
  both["enrol_code"] = "K7QF";
  EXPECT_EQ(parse_agent_frame(both.dump()).error().message(),
            "hello: needs either agent, or enrol_code and public_key");
  auto no_key = Json::parse(example_agent_frames()[1].text);
  no_key.erase("public_key");
  EXPECT_FALSE(parse_agent_frame(no_key.dump()));
  no_key["public_key"] = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR";  // 31 bytes
  EXPECT_FALSE(parse_agent_frame(no_key.dump()));
}

TEST(Frames, AFenceHasOneSpelling) {
  EXPECT_EQ(*parse_fence("3.17"), (Fence{3, 17}));
  EXPECT_EQ(*parse_fence("0.0"), (Fence{0, 0}));
  EXPECT_EQ(*parse_fence("18446744073709551615.18446744073709551615"), (Fence{UINT64_MAX, UINT64_MAX}));
  EXPECT_EQ(to_text(*parse_fence("12.345")), "12.345");
  for (const auto* bad : {"", ".", "3", "3.", ".17", "03.17", "3.017", "-3.17", "+3.17", "3.17 ", " 3.17", "3.17.1",
                          "3,17", "0x3.1", "18446744073709551616.1", "1.18446744073709551616", "3.1e1"}) {
    EXPECT_FALSE(parse_fence(bad)) << bad;
  }
  EXPECT_LT((Fence{3, 17}), (Fence{4, 0}));
}

TEST(Frames, AProofSignsTheNonceTheAgentAndTheInstance) {
  const auto key = SigningKey::generate();
  const auto text = challenge_text("nonce", AgentId{"a53"}, "9f2c");
  EXPECT_EQ(text, "dirbridge.agent.v1 proof\nnonce\na53\n9f2c");
  EXPECT_TRUE(verify_signature(key.public_key(), text, key.sign(text)));
  EXPECT_FALSE(verify_signature(key.public_key(), challenge_text("nonce", AgentId{"a54"}, "9f2c"), key.sign(text)));
}

}  // namespace
}  // namespace dirbridge::proto
