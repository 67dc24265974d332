// Dry runs through the hub: given to an agent that can, answered once, never recorded.
#include "hub/preview_service.hpp"

#include "hub_fixture.hpp"

namespace dirbridge::hub {
namespace {

using Told = boost::system::result<proto::PreviewResult, proto::OktaError>;

class Previews : public HubFixture {
 public:
  proto::MembershipChange change() const {
    return {{group_.str(), "cn=g,ou=groups,dc=example,dc=org", "uuid-g"},
            proto::Action::add,
            "member",
            {{"00uu1", "uid=u1,dc=x", "uuid-u1"}, {"00uu2", "uid=u2,dc=x", "uuid-u2"}}};
  }
  void ask(std::optional<Told>& answer, milliseconds wait = 5'000ms) {
    asio::co_spawn(*context_,
                   hub_->previews.ask(directory_, change(), RequestId{"req1"}, std::chrono::steady_clock::now() + wait),
                   [&answer](std::exception_ptr, Told told) { answer.emplace(std::move(told)); });
  }
  static proto::PreviewResult told(const proto::PreviewId& id, std::size_t values = 2) {
    proto::PreviewResult result;
    result.preview = id;
    result.status = proto::PreviewStatus::told;
    result.changes.push_back({"cn=g", 1, 0, "dn: cn=g\n"});
    result.outcome = proto::Outcome::all(values, proto::Verdict::applied);
    return result;
  }
  asio::awaitable<void> until(const std::optional<Told>& answer) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!answer && std::chrono::steady_clock::now() < deadline)
      co_await net::sleep_until(std::chrono::steady_clock::now() + 1ms);
    if (!answer) throw std::runtime_error("the caller was not answered");
  }
};

TEST_F(Previews, AnAgentIsAskedWithTheWholeChangeAndNothingOfItIsRecorded) {
  play([](Previews* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    std::optional<Told> answer;
    test->ask(answer);
    const auto asked = co_await agent.hear<proto::Preview>();
    EXPECT_EQ(asked.change, test->change());
    EXPECT_EQ(asked.request, RequestId{"req1"});
    EXPECT_GT(asked.remaining, 1'000ms);
    agent.say(told(asked.preview));
    co_await test->until(answer);
    EXPECT_TRUE(answer->has_value());
    if (answer->has_value()) {
      EXPECT_EQ((*answer)->changes.at(0).ldif, "dn: cn=g\n");
    }
    co_await test->settle();
    EXPECT_TRUE(test->hub_->store.views().jobs({}, false, {}, 10).empty());
    EXPECT_EQ(test->hub_->book.size(), 0u);
  }(this));
}

TEST_F(Previews, AnOlderAgentIsNotAskedAndTheAnswerNamesItsVersion) {
  play([](Previews* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    agent.version = 2;
    co_await test->enrol(agent);
    std::optional<Told> answer;
    test->ask(answer);
    co_await test->until(answer);
    EXPECT_TRUE(answer->has_error());
    if (!answer->has_error()) co_return;
    EXPECT_EQ(answer->error().status, 502);
    EXPECT_EQ(answer->error().causes.size(), 1u);
    const auto cause = answer->error().causes.empty() ? std::string{} : answer->error().causes.front();
    for (const char* part : {"played", "version 2", "need version 3", "upgrade"})
      EXPECT_NE(cause.find(part), std::string::npos) << cause;
  }(this));
}

TEST_F(Previews, WithoutAnAgentOrWhenItLeavesItIs502) {
  play([](Previews* test) -> asio::awaitable<void> {
    co_await test->furnish();
    std::optional<Told> none;
    test->ask(none);
    co_await test->until(none);
    EXPECT_EQ(none->error().status, 502);
    auto agent = test->dial();
    co_await test->enrol(agent);
    std::optional<Told> left;
    test->ask(left);
    co_await agent.hear<proto::Preview>();
    agent.socket->abort();
    co_await test->until(left);
    EXPECT_EQ(left->error().status, 502);
  }(this));
}

TEST_F(Previews, WithoutAWordInTimeItIs504AndALateAnswerDoesNoHarm) {
  play([](Previews* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    std::optional<Told> answer;
    test->ask(answer, 30ms);
    const auto asked = co_await agent.hear<proto::Preview>();
    co_await test->until(answer);
    EXPECT_EQ(answer->error().status, 504);
    agent.say(told(asked.preview));
    agent.say(proto::Heartbeat{1, "connected", {}});
    co_await agent.hear<proto::HeartbeatAck>();
  }(this));
}

TEST_F(Previews, WhatTheAgentCouldNotTellIs503Or400WithItsWords) {
  play([](Previews* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    struct Row {
      proto::PreviewStatus status;
      int http;
    };
    for (const auto& row : {Row{proto::PreviewStatus::unavailable, 503}, Row{proto::PreviewStatus::refused, 400}}) {
      std::optional<Told> answer;
      test->ask(answer);
      proto::PreviewResult result;
      result.preview = (co_await agent.hear<proto::Preview>()).preview;
      result.status = row.status;
      result.code = 50;
      result.reason = "no read access";
      agent.say(result);
      co_await test->until(answer);
      EXPECT_EQ(answer->error().status, row.http);
      EXPECT_NE(answer->error().causes.at(0).find("no read access"), std::string::npos);
    }
    std::optional<Told> answer;
    test->ask(answer);
    const auto asked = co_await agent.hear<proto::Preview>();
    agent.say(told(asked.preview, 3));  // verdicts of another question
    co_await test->until(answer);
    EXPECT_EQ(answer->error().status, 504);
  }(this));
}

TEST_F(Previews, OnlyTheAgentThatWasAskedAnswersAndOnlySoManyRunAtOnce) {
  play([](Previews* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    std::vector<std::optional<Told>> answers(PreviewService::max_running + 1);
    for (auto& answer : answers) test->ask(answer);
    const auto asked = co_await agent.hear<proto::Preview>();
    auto other = test->dial();
    co_await test->enrol(other);
    other.say(told(asked.preview));
    other.say(proto::Heartbeat{1, "connected", {}});
    co_await other.hear<proto::HeartbeatAck>();
    EXPECT_FALSE(answers.front());
    co_await test->until(answers.back());
    EXPECT_EQ(answers.back()->error().status, 503);
    agent.say(told(asked.preview));
    co_await test->until(answers.front());
    EXPECT_TRUE(answers.front()->has_value());
    agent.socket->abort();
    for (std::size_t i = 1; i < PreviewService::max_running; ++i) co_await test->until(answers[i]);
  }(this));
}

}  // namespace
}  // namespace dirbridge::hub
