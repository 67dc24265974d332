// The bounds of frames: each value at its limit is read, one past it is refused; hostile text costs little.
#include <gtest/gtest.h>

#include <chrono>

#include "base/text.hpp"
#include "proto/frames.hpp"
#include "proto/json_codec.hpp"
#include "unit/proto/example_frames.hpp"

namespace dirbridge::proto {
namespace {

// The first example of `type`, with the value at `pointer` replaced.
std::string with(std::string_view type, const std::string& pointer, const Json& value) {
  for (const auto* examples : {&example_agent_frames(), &example_hub_frames()}) {
    for (const auto& example : *examples) {
      if (example.type != type) continue;
      auto document = Json::parse(example.text);
      document[Json::json_pointer{pointer}] = value;
      return document.dump();
    }
  }
  ADD_FAILURE() << "no example of " << type;
  return {};
}
bool reads(const std::string& text) { return parse_agent_frame(text) || parse_hub_frame(text); }

std::string letters(std::size_t count) { return std::string(count, 'x'); }

TEST(FrameLimits, NumbersAreReadUpToTheirLimits) {
  struct Bound {
    const char* type;
    const char* pointer;
    std::int64_t least;
    std::int64_t most;
  };
  constexpr std::int64_t day = 24 * 3600 * 1000;
  const std::vector<Bound> bounds = {
      {"hello", "/version", 1, 1'000'000},
      {"poll", "/credit", 1, max_credit},
      {"poll", "/wait_ms", 0, 600'000},
      {"poll", "/poll", 0, max_integer},
      {"report", "/took_ms", 0, day},
      {"report", "/outcome/findings/0/code", -1000, INT32_MAX},
      {"heartbeat", "/sent", -max_integer, max_integer},
      {"import_batch", "/sequence", 0, max_integer},
      {"import_end", "/users", 0, max_integer},
      {"welcome", "/epoch", 0, max_integer},
      {"welcome", "/at", 0, max_integer},
      {"welcome", "/heartbeat_ms", 1, day},
      {"welcome", "/silence_ms", 1, day},
      {"jobs", "/jobs/0/delivery", 1, 1'000'000},
      {"jobs", "/jobs/0/lease_ms", 1, day},
      {"jobs", "/jobs/0/remaining_ms", 0, day},
      {"go_away", "/retry_after_ms", 0, day},
  };
  for (const auto& bound : bounds) {
    EXPECT_TRUE(reads(with(bound.type, bound.pointer, bound.least))) << bound.type << bound.pointer;
    EXPECT_TRUE(reads(with(bound.type, bound.pointer, bound.most))) << bound.type << bound.pointer;
    EXPECT_FALSE(reads(with(bound.type, bound.pointer, bound.least - 1))) << bound.type << bound.pointer;
    EXPECT_FALSE(reads(with(bound.type, bound.pointer, bound.most + 1))) << bound.type << bound.pointer;
    EXPECT_FALSE(reads(with(bound.type, bound.pointer, UINT64_MAX))) << bound.type << bound.pointer;
    EXPECT_FALSE(reads(with(bound.type, bound.pointer, 1e300))) << bound.type << bound.pointer;
  }
}

TEST(FrameLimits, OddSpellingsOfNumbersNeverSlipThrough) {
  const auto poll = [](const std::string& credit) {
    return R"({"type":"poll","poll":-0,"wait_ms":0,"credit":)" + credit + "}";
  };
  EXPECT_TRUE(parse_agent_frame(poll("16")));  // and -0 is 0
  for (const auto* odd : {"-0", "16.0", "1.6e1", "1e999", "-1e999", "016", "0x10", "99999999999999999999999", "\"16\"",
                          "18446744073709551615", "-9223372036854775809"}) {
    EXPECT_FALSE(parse_agent_frame(poll(odd))) << odd;
  }
}

TEST(FrameLimits, StringsAreReadUpToTheirLimits) {
  struct Bound {
    const char* type;
    const char* pointer;
    std::size_t least;
    std::size_t most;
  };
  const std::vector<Bound> bounds = {
      {"hello", "/name", 1, max_name_bytes},
      {"hello", "/software", 1, max_name_bytes},
      {"hello", "/instance", 1, max_id_bytes},
      {"hello", "/agent", 1, max_id_bytes},
      {"report", "/job", 1, max_id_bytes},
      {"report", "/operation", 0, max_text_bytes},
      {"report", "/outcome/findings/0/diagnostic", 0, max_text_bytes},
      {"report", "/outcome/findings/0/advice", 0, max_text_bytes},
      {"heartbeat", "/directory_state", 1, max_id_bytes},
      {"heartbeat", "/directory_detail", 0, max_text_bytes},
      {"import_begin", "/requested_by", 0, max_id_bytes},
      {"import_failed", "/reason", 0, max_text_bytes},
      {"import_batch", "/users/0/stable_id", 1, max_name_bytes},
      {"import_batch", "/users/0/dn", 1, max_dn_bytes},
      {"import_batch", "/users/0/key", 1, max_dn_bytes},
      {"import_batch", "/users/0/login", 1, max_name_bytes},
      {"import_batch", "/users/0/sam_account_name", 0, max_name_bytes},
      {"import_batch", "/users/0/upn", 0, max_name_bytes},
      {"import_batch", "/users/0/object_sid", 0, max_name_bytes},
      {"import_batch", "/groups/0/sam_account_name", 0, max_name_bytes},
      {"import_batch", "/groups/0/object_sid", 0, max_name_bytes},
      {"import_batch", "/groups/0/domain", 0, max_name_bytes},
      {"import_batch", "/groups/0/attribute", 1, max_attribute_bytes},
      {"import_batch", "/groups/0/description", 0, max_text_bytes},
      {"import_batch", "/groups/0/object_class", 1, max_name_bytes},
      {"import_batch", "/groups/0/member_keys/0", 1, max_dn_bytes},
      {"jobs", "/jobs/0/request", 0, max_id_bytes},
      {"jobs", "/jobs/0/change/group/dn", 1, max_dn_bytes},
      {"jobs", "/jobs/0/change/attribute", 1, max_attribute_bytes},
      {"jobs", "/jobs/0/change/members/0/id", 1, max_id_bytes},
      {"jobs", "/jobs/0/change/members/0/stable_id", 0, max_name_bytes},
      {"cancel", "/reason", 0, max_name_bytes},
      {"go_away", "/reason", 0, max_text_bytes},
  };
  for (const auto& bound : bounds) {
    EXPECT_EQ(reads(with(bound.type, bound.pointer, "")), bound.least == 0) << bound.type << bound.pointer;
    EXPECT_TRUE(reads(with(bound.type, bound.pointer, letters(bound.most)))) << bound.type << bound.pointer;
    EXPECT_FALSE(reads(with(bound.type, bound.pointer, letters(bound.most + 1)))) << bound.type << bound.pointer;
    EXPECT_FALSE(reads(with(bound.type, bound.pointer, std::string("x\0y", 3)))) << bound.type << bound.pointer;
  }
}

TEST(FrameLimits, IdsCannotForgeALogLine) {
  for (const auto* bad : {"a b", "a\nb", "a\tb", "é", "a\x7F"}) {
    EXPECT_FALSE(reads(with("report", "/job", bad)));
    EXPECT_FALSE(reads(with("hello", "/instance", bad)));
    EXPECT_FALSE(reads(with("jobs", "/jobs/0/request", bad)));
  }
}

TEST(FrameLimits, ArraysAreReadUpToTheirLimits) {
  const auto fences = [](std::size_t count) {
    auto array = Json::array();
    for (std::size_t i = 0; i < count; ++i) array.push_back("3." + std::to_string(i));
    return array;
  };
  EXPECT_TRUE(reads(with("renew", "/leases", fences(max_held))));
  EXPECT_FALSE(reads(with("renew", "/leases", fences(max_held + 1))));

  const auto repeated = [](const Json& element, std::size_t count) { return Json::array_t(count, element); };
  const auto batch = Json::parse(example_agent_frames()[9].text);
  const auto& user = batch["users"][0];
  const auto& group = batch["groups"][0];
  EXPECT_TRUE(reads(with("import_batch", "/users", repeated(user, max_import_batch - 1))));
  EXPECT_FALSE(reads(with("import_batch", "/users", repeated(user, max_import_batch))));  // one group more
  EXPECT_TRUE(reads(with("import_batch", "/groups", repeated(group, max_import_batch - 1))));
  EXPECT_FALSE(reads(with("import_batch", "/groups", repeated(group, max_import_batch))));
  EXPECT_TRUE(reads(with("import_batch", "/groups/0/member_keys", repeated("uid=a", max_member_keys))));
  EXPECT_FALSE(reads(with("import_batch", "/groups/0/member_keys", repeated("uid=a", max_member_keys + 1))));

  const auto jobs = Json::parse(example_hub_frames()[3].text);
  EXPECT_TRUE(reads(with("jobs", "/jobs", Json::array())));
  EXPECT_TRUE(reads(with("jobs", "/jobs", repeated(jobs["jobs"][0], max_credit))));
  EXPECT_FALSE(reads(with("jobs", "/jobs", repeated(jobs["jobs"][0], max_credit + 1))));
  EXPECT_FALSE(reads(with("jobs", "/jobs/0/change/members", Json::array())));
  EXPECT_FALSE(reads(with("report", "/outcome", Json::parse(R"({"count":0,"findings":[]})"))));
}

Jobs big_jobs(std::size_t members) {
  DeliveredJob job;
  job.job = JobId{"ADS1"};
  job.lease = {3, 17};
  job.lease_time = 12s;
  job.remaining = 10s;
  MembershipChange change{{"00g1", "cn=everyone,ou=groups,dc=example,dc=com", "5f1c6b3e-7d7c-103d-9d41-0f6f3a1f2a55"},
                          Action::add,
                          "member",
                          {}};
  for (std::size_t i = 0; i < members; ++i) {
    const auto number = std::to_string(10'000'000 + i);
    change.members.push_back({"00uAbCdEfGhIj" + number, "uid=user" + number + ",ou=people,dc=example,dc=com",
                              "5f1c6b3e-7d7c-103d-9d41-0f6f" + number});
  }
  job.change = std::move(change);
  return {.poll = 7, .at = 1, .jobs = {std::move(job)}};
}

TEST(FrameLimits, TenThousandMembersAreReadAndTenThousandAndOneAreNot) {
  const auto full = big_jobs(max_values);
  const auto read = parse_hub_frame(to_json(HubFrame{full}));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(std::get<Jobs>(*read).jobs.front().change, full.jobs.front().change);
  EXPECT_FALSE(parse_hub_frame(to_json(HubFrame{big_jobs(max_values + 1)})));
}

TEST(FrameLimits, AJobsFrameOfTenThousandMembersIsReadWithinFiftyMilliseconds) {
  const auto text = to_json(HubFrame{big_jobs(max_values)});
  auto best = std::chrono::steady_clock::duration::max();
  for (int i = 0; i < 5; ++i) {  // the best of five: other work on the machine is not ours
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(parse_hub_frame(text));
    best = std::min(best, std::chrono::steady_clock::now() - start);
  }
  RecordProperty("microseconds", static_cast<int>(best / 1us));
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(best, 50ms);
#else
  EXPECT_LT(best, 5s);
#endif
}

TEST(FrameLimits, AFrameOfExactlyTheLimitIsReadAndOneByteMoreIsNot) {
  std::string text{example_agent_frames()[4].text};
  text.append(max_frame_bytes - text.size(), ' ');
  EXPECT_TRUE(parse_agent_frame(text));
  text += ' ';
  const auto refused = parse_agent_frame(text);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::too_large);
}

TEST(FrameLimits, DeepOrManyOrBrokenFramesAreRefusedCheaply) {
  EXPECT_FALSE(parse_agent_frame(std::string(100'000, '[')));
  EXPECT_FALSE(parse_agent_frame(R"({"type":"poll","poll":)" + std::string(100'000, '[')));
  std::string many = R"({"type":"poll","x":[)";
  for (int i = 0; i < 1'100'000; ++i) many += "{},";
  EXPECT_EQ(parse_agent_frame(many).error().code, errc::too_large);
  EXPECT_FALSE(parse_agent_frame("{\"type\":\"import_failed\",\"import\":\"i\",\"reason\":\"\xE2\x82\"}"));
  EXPECT_FALSE(parse_agent_frame(R"({"type":"import_failed","import":"i","reason":"\ud800"})"));
  EXPECT_FALSE(parse_agent_frame(R"({"type":"poll","type":"renew","leases":[]})"));
}

TEST(FrameLimits, EveryCutOfEveryExampleIsRefused) {
  for (const auto* examples : {&example_agent_frames(), &example_hub_frames()}) {
    for (const auto& example : *examples) {
      for (std::size_t size = 0; size < example.text.size(); ++size) {
        ASSERT_FALSE(reads(std::string{example.text.substr(0, size)})) << example.text.substr(0, size);
      }
    }
  }
}

TEST(FrameLimits, WhatIsWrittenIsAlwaysReadable) {
  Report report{JobId{"ADS1"}, {1, 2},
                true,          Outcome::all(1, Verdict::refused, Evidence::result, 50, std::string(9000, '\xFF')),
                -5s,           std::string(9000, 'x')};
  const auto read = parse_agent_frame(to_json(AgentFrame{report}));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(std::get<Report>(*read).took, 0ms);
  EXPECT_LE(std::get<Report>(*read).operation.size(), max_text_bytes);
  EXPECT_TRUE(is_utf8(std::get<Report>(*read).outcome.of(0).diagnostic));

  EXPECT_TRUE(parse_agent_frame(to_json(AgentFrame{Poll{1, 1, 24h}})));
  Welcome welcome{DirectoryId{"0oa1"}, 1, 0, 0ms, 400h};
  const auto greeted = parse_hub_frame(to_json(HubFrame{welcome}));
  ASSERT_TRUE(greeted);
  EXPECT_EQ(std::get<Welcome>(*greeted).heartbeat, 1ms);
}

}  // namespace
}  // namespace dirbridge::proto
