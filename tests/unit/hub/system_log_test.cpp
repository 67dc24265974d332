#include "hub/system_log.hpp"

#include <gtest/gtest.h>

#include "hub/membership_event.hpp"

namespace dirbridge::hub {
namespace {

LogFacts sample_request() {
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/api/v1/directories/0oa1/groups/modify?x=secret";
  request.headers.emplace("User-Agent", "an-sdk/1");
  request.headers.emplace("Authorization", "SSWS very-secret");
  request.peer = "127.0.0.1:4711";
  return of_request(request, RequestId{"abc"}, {TokenId{"00T1"}, "ops", {}});
}

TEST(SystemLog, AnEventOfARequestNamesWhoAskedFromWhereAndInWhichTransaction) {
  auto facts = sample_request();
  facts.type = "t";
  const auto event = to_log_event(facts, "u", from_epoch_ms(0));
  EXPECT_EQ(event["published"], "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(event["actor"]["id"], "00T1");
  EXPECT_EQ(event["actor"]["type"], "ApiToken");
  EXPECT_EQ(event["client"]["ipAddress"], "127.0.0.1");
  EXPECT_EQ(event["client"]["userAgent"]["rawUserAgent"], "an-sdk/1");
  EXPECT_EQ(event["transaction"]["type"], "WEB");
  EXPECT_EQ(event["transaction"]["id"], "abc");
  EXPECT_EQ(event["transaction"]["detail"]["requestApiTokenId"], "00T1");
  EXPECT_EQ(event["outcome"]["result"], "SUCCESS");
  EXPECT_EQ(event.dump().find("secret"), std::string::npos);
}

TEST(SystemLog, AChangeThatFailedIsLoggedWithTheReason) {
  const proto::ModifyBody body{GroupId{"00g1"}, proto::Action::remove, "member", {UserId{"00u1"}, UserId{"00u2"}}};
  const auto error = proto::no_connected_agents();
  auto facts = membership_facts(sample_request(), DirectoryId{"0oa1"}, body);
  conclude(facts, JobId{"ADS1"}, &error);
  const auto event = to_log_event(facts, "u", from_epoch_ms(0));
  EXPECT_EQ(event["eventType"], "directory.external.group.membership.remove");
  EXPECT_EQ(event["outcome"]["result"], "FAILURE");
  EXPECT_EQ(event["outcome"]["reason"], "E0000236 There are no connected agents");
  EXPECT_EQ(event["target"].size(), 4u);
  EXPECT_EQ(event["debugContext"]["debugData"]["job"], "ADS1");
}

TEST(SystemLog, ALongReasonIsShownAsLongAsTheSchemaAllowsAndWholeBesideIt) {
  LogFacts facts;
  facts.type = "t";
  facts.failure = "E0000001 " + std::string(400, 'x') + " do this";
  const auto event = to_log_event(facts, "u", from_epoch_ms(0));
  EXPECT_LE(event["outcome"]["reason"].get<std::string>().size(), 255u);
  EXPECT_EQ(event["debugContext"]["debugData"]["reason"], facts.failure);
}

TEST(SystemLog, AnEventReadFromTheLedgerIsTheOneThatWasWritten) {
  const auto plain = proto::no_connected_agents();
  const proto::ModifyBody body{GroupId{"00g1"}, proto::Action::remove, "member", {UserId{"00u1"}, UserId{"00u2"}}};
  auto facts = membership_facts(sample_request(), DirectoryId{"0oa1"}, body);
  conclude(facts, JobId{"ADS1"}, &plain);
  facts.user_agent = "a \"quoted\" \\ agent\n\x01 f\xc3\xbcr";
  facts.actor.name = "J\xc3\xb6rg";
  const auto at = from_epoch_ms(1'700'000'000'123);
  const auto read = read_log_event(to_text(facts, "u"), at);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, to_log_event(facts, "u", at));
  LogFacts own;
  own.type = "system.import.start";
  EXPECT_EQ(read_log_event(to_text(own, "u"), at), to_log_event(own, "u", at));
  own.path = "\xff";  // no UTF-8
  EXPECT_TRUE(read_log_event(to_text(own, "u"), at));
  for (const auto* none : {"", "[]", "17", "[1,2,3]", "not json"}) EXPECT_FALSE(read_log_event(none, at)) << none;
  EXPECT_EQ(read_log_event(R"({"uuid":"1"})", at), nlohmann::json({{"uuid", "1"}})) << "of an earlier version";
}

TEST(SystemLog, ABodyThatWasRefusedIsLoggedIfItSaysWhetherToAddOrToRemove) {
  const auto error = proto::not_well_formed();
  const auto facts =
      membership_facts(sample_request(), DirectoryId{"0oa1"}, R"({"parameters":{"action":"ADD"}})", error);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->type, "directory.external.group.membership.add");
  for (const auto* body : {"", "[]", "{}", R"({"parameters":[]})", R"({"parameters":{"action":"MOVE"}})"})
    EXPECT_FALSE(membership_facts(sample_request(), DirectoryId{"0oa1"}, std::string_view{body}, error)) << body;
}

TEST(SystemLog, OfVeryManyUsersTheFirstAreNamed) {
  proto::ModifyBody body{GroupId{"00g1"}, proto::Action::add, "member", {}};
  for (int i = 0; i < 5000; ++i) body.values.emplace_back("00u" + std::to_string(i));
  const auto facts = membership_facts(sample_request(), DirectoryId{"0oa1"}, body);
  EXPECT_EQ(facts.targets.size(), max_logged_users + 2);
  EXPECT_EQ(facts.details["users"], "5000");
}

}  // namespace
}  // namespace dirbridge::hub
