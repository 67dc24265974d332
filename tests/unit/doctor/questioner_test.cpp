// A server that answers for ever, or not at all: the doctor ends, and keeps no more than it needs.
#include "doctor/questioner.hpp"

#include "unit/ldap/scripted_server.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::Peer;
using ldap::Script;
namespace ber = ldap::ber;

class Questions : public ::testing::Test {
 protected:
  using Story = std::function<asio::awaitable<void>(Questioner&)>;
  void ask(Script script, milliseconds patience, Story story) {
    ldap::ScriptedServer server{context_, {std::move(script)}};
    ldap::run_to_end(context_, [&]() -> asio::awaitable<void> {
      ldap::ConnectionSettings settings;
      settings.url = ldap::ServerUrl::parse(server.url()).value();
      auto opened = co_await ldap::Connection::open(context_.get_executor(), std::move(settings));
      EXPECT_TRUE(opened.connection) << opened.error.message();
      Questioner questioner{std::move(opened.connection), patience};
      co_await story(questioner);
    }());
  }
  static std::string entries(int msgid, std::size_t count) {
    std::string many;
    for (std::size_t i = 0; i < count; ++i) many += ber::entry(msgid, "cn=g,dc=org");
    return many;
  }
  asio::io_context context_{1};
};

TEST_F(Questions, EntriesWithoutEndAreLeftAfterSomeThousand) {
  const Script endless = [](Peer& peer) -> asio::awaitable<void> {
    const auto request = co_await peer.next();
    const auto many = entries(request.msgid, 1'000);
    for (bool there = true; there;) there = co_await peer.try_send(many);
  };
  ask(endless, 10s, [](Questioner& server) -> asio::awaitable<void> {
    const Answer answer = co_await server.entry("", {});
    EXPECT_EQ(answer.lost.code, errc::too_large) << answer.lost.message();
    EXPECT_FALSE(answer.ok());
    EXPECT_FALSE(server.is_lost()) << "the connection may be asked again";
  });
}

TEST_F(Questions, AConnectionThatSaysNothingIsLostAndTellsIt) {
  const Script silent = [](Peer& peer) -> asio::awaitable<void> { co_await peer.stay_silent(); };
  ask(silent, 50ms, [](Questioner& server) -> asio::awaitable<void> {
    EXPECT_FALSE(server.is_lost());
    const Answer answer = co_await server.entry("", {});
    EXPECT_EQ(answer.lost.code, errc::timed_out) << answer.lost.message();
    EXPECT_TRUE(server.is_lost());
  });
}

TEST_F(Questions, FewEntriesComeWhole) {
  const Script three = [](Peer& peer) -> asio::awaitable<void> {
    const auto request = co_await peer.next();
    co_await peer.send(entries(request.msgid, 3) + ber::searched(request.msgid));
    co_await peer.stay_silent();
  };
  ask(three, 10s, [](Questioner& server) -> asio::awaitable<void> {
    const Answer answer = co_await server.entry("", {});
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(answer.entries.size(), 3u);
  });
}

}  // namespace
}  // namespace dirbridge::doctor
