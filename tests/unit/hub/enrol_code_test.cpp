// A code that was used stays used: after its agent has gone, and after a restart of the hub.
#include "hub_fixture.hpp"

namespace dirbridge::hub {
namespace {

class EnrolCode : public HubFixture {
 public:
  static void show(PlayedAgent& agent, std::string code) {
    proto::Hello hello;
    hello.enrol_code = std::move(code);
    hello.public_key = agent.key.public_key();
    hello.name = hello.software = "played";
    hello.instance = agent.instance;
    agent.say(hello);
  }
  // What the hub says to a new agent that shows this code.
  asio::awaitable<std::string> refusal_of(std::string code) {
    auto agent = dial();
    show(agent, std::move(code));
    const auto said = co_await agent.hear<proto::GoAway>();
    EXPECT_TRUE(said.final);
    co_return said.reason;
  }
  asio::awaitable<void> use(std::string code) {
    auto agent = dial();
    show(agent, std::move(code));
    co_await agent.hear<proto::Enrolled>();
    agent.socket->abort();
  }
};

TEST_F(EnrolCode, IsRefusedASecondTimeThoughItsAgentHasGoneAndTheHubWasRestarted) {
  std::string code;
  play([](EnrolCode* test, std::string& made) -> asio::awaitable<void> {
    co_await test->furnish();
    made = co_await test->make_enrol_code();
    co_await test->use(made);
    const auto reason = co_await test->refusal_of(made);
    EXPECT_NE(reason.find("has been used"), std::string::npos) << reason;
  }(this, code));
  stop();
  start();
  play([](EnrolCode* test, std::string used) -> asio::awaitable<void> {
    const auto reason = co_await test->refusal_of(used);
    EXPECT_NE(reason.find("has been used"), std::string::npos) << reason;
    EXPECT_NE(reason.find("create another"), std::string::npos) << reason;
  }(this, code));
}

}  // namespace
}  // namespace dirbridge::hub
