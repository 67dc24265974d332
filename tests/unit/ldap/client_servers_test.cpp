// Several servers of one directory, and what goes to the directory's log, against scripted servers.
#include "client_fixture.hpp"

namespace dirbridge::ldap {
namespace {

constexpr std::string_view tracking = "1.3.6.1.4.1.21008.108.63.1";

std::string root_dse(int msgid) {
  return ber::entry(msgid, "", ber::attribute("supportedControl", {std::string{tracking}})) + ber::searched(msgid);
}

Script answering(int code, std::string diagnostic, int& asked) {
  return [code, diagnostic, &asked](Peer& peer) -> asio::awaitable<void> {
    for (;;) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      if (request.tag == ber::bind_request) co_await peer.send(ber::bound(request.msgid));
      if (request.tag != ber::modify_request) continue;
      ++asked;
      co_await peer.send(ber::modified(request.msgid, code, diagnostic));
    }
  };
}

class LdapClientServers : public LdapClient {
 protected:
  void two(Script first, Script second) {
    other_ = std::make_unique<ScriptedServer>(context_, std::vector<Script>{std::move(second)});
    auto config = settings(serve({std::move(first)}).url());
    config.urls.push_back(other_->url());
    config.choice.replica_lag = 0ms;
    connect_to(std::move(config));
  }
  std::unique_ptr<ScriptedServer> other_;
};

TEST_F(LdapClientServers, AChangeThatACopyRefusesIsNotSentAndTheNextGoesToTheOtherServer) {
  int at_first = 0;
  int at_second = 0;
  two(answering(10, "ask the primary", at_first), answering(0, "", at_second));
  run([](Client& client, std::string second) -> asio::awaitable<void> {
    const auto refused = co_await change(client, patience());
    EXPECT_EQ(refused.fate, Fate::not_sent);
    EXPECT_NE(refused.error.message().find("ask the primary"), std::string::npos) << refused.error.message();
    const auto applied = co_await change(client, patience());
    EXPECT_EQ(applied.fate, Fate::answered);
    EXPECT_EQ(applied.server, second);
    EXPECT_NE(client.status().detail.find("takes no changes"), std::string::npos) << client.status().detail;
  }(*client_, other_->url()));
  EXPECT_EQ(at_first, 1);
  EXPECT_EQ(at_second, 1);
}

TEST_F(LdapClientServers, WhenEveryServerIsACopyTheRefusalItselfIsTheAnswer) {
  int asked = 0;
  two(answering(53, "read-only", asked), answering(53, "read-only too", asked));
  run([](Client& client) -> asio::awaitable<void> {
    const auto first = co_await change(client, patience());
    EXPECT_EQ(first.fate, Fate::not_sent);
    const auto second = co_await change(client, patience());
    EXPECT_EQ(second.fate, Fate::answered);
    EXPECT_EQ(second.result.code, 53);
  }(*client_));
  EXPECT_EQ(asked, 2);
}

// Binds are answered, nothing else is.
Script frozen() {
  return [](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    co_await peer.stay_silent();
  };
}

TEST_F(LdapClientServers, AServerThatKeepsItsConnectionsAndAnswersNothingIsLeftForAnother) {
  other_ = std::make_unique<ScriptedServer>(context_, std::vector<Script>{answer_everything});
  auto config = settings(serve({frozen()}).url());
  config.urls.push_back(other_->url());
  config.choice.replica_lag = 0ms;
  config.operation_timeout = 40ms;
  connect_to(std::move(config));
  run([](Client& client, std::string second) -> asio::awaitable<void> {
    const auto soon = in(500ms);
    auto request = add_one();
    const auto sent = co_await client.modify(std::move(request), patience());
    // Deadlines shorter than what tells a frozen server: the silence is counted over all of them.
    result<std::vector<bool>> held = Error{};
    int failed = 0;
    while (!held && failed < 20) {
      std::vector<Dn> values{Dn::parse("uid=a,dc=org").value()};
      held = co_await client.has_values(Dn::parse("cn=g,dc=org").value(), "member", std::move(values), in(15ms));
      if (!held) ++failed;
    }
    EXPECT_TRUE(held.has_value());
    EXPECT_GE(failed, 1);
    EXPECT_EQ(client.status().server, second);
    EXPECT_NE(client.status().detail.find("has answered nothing"), std::string::npos) << client.status().detail;
    const auto applied = co_await change(client, patience());
    EXPECT_EQ(applied.server, second);
    // It may still be done there: nothing is known of it.
    const auto first = co_await sent->wait(soon);
    EXPECT_EQ(first.fate, Fate::pending);
  }(*client_, other_->url()));
}

TEST_F(LdapClientServers, TheOnlyServerIsUnhealthyWhileItOwesAnAnswerAndIsSilentAndHealsWithItsNextAnswer) {
  net::Signal thawed{context_.get_executor()};
  auto config = settings(serve({[&thawed](Peer& peer) -> asio::awaitable<void> {
                           co_await peer.bind();
                           const auto request = co_await peer.next();
                           co_await thawed.wait(patience());
                           co_await peer.send(ber::modified(request.msgid));
                           co_await peer.stay_silent();
                         }}).url());
  config.operation_timeout = 40ms;
  connect_to(std::move(config));
  run([](Client& client, std::string url, net::Signal& thaw) -> asio::awaitable<void> {
    auto request = add_one();
    const auto sent = co_await client.modify(std::move(request), patience());
    EXPECT_EQ(client.status().state, DirectoryState::connected);
    auto pending = co_await sent->wait(in(60ms));
    EXPECT_EQ(pending.fate, Fate::pending);
    EXPECT_EQ(client.status().state, DirectoryState::unhealthy);
    EXPECT_EQ(client.status().detail, url + " has answered nothing for 0 s");
    thaw.notify();
    EXPECT_EQ((co_await sent->wait(patience())).fate, Fate::answered);
    EXPECT_EQ(client.status().state, DirectoryState::connected);
  }(*client_, server_->url(), thawed));
}

TEST_F(LdapClientServers, WithoutAnotherServerAFrozenOneIsWaitedFor) {
  auto config = settings(serve({frozen()}).url());
  config.operation_timeout = 20ms;
  connect_to(std::move(config));
  run([](Client& client) -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      std::vector<Dn> values{Dn::parse("uid=a,dc=org").value()};
      const auto held =
          co_await client.has_values(Dn::parse("cn=g,dc=org").value(), "member", std::move(values), patience());
      EXPECT_FALSE(held.has_value());
    }
  }(*client_));
  EXPECT_EQ(server_->accepted(), 1u);
}

TEST_F(LdapClientServers, TheRequestIdGoesAlongWhereTheServerTakesIt) {
  std::string controls;
  const Script script = [&](Peer& peer) -> asio::awaitable<void> {
    for (;;) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      if (request.tag == ber::bind_request) co_await peer.send(ber::bound(request.msgid));
      if (request.tag == ber::search_request) co_await peer.send(root_dse(request.msgid));
      if (request.tag == ber::modify_request) {
        controls = request.controls;
        co_await peer.send(ber::modified(request.msgid));
      }
    }
  };
  client_of({script});
  run([](Client& client) -> asio::awaitable<void> {
    const auto kind = co_await client.kind(patience());
    EXPECT_TRUE(kind.has_value());
    const auto reply = co_await change(client, patience());
    EXPECT_EQ(reply.fate, Fate::answered);
  }(*client_));
  EXPECT_NE(controls.find(tracking), std::string::npos);
  EXPECT_NE(controls.find("request"), std::string::npos);
}

TEST_F(LdapClientServers, AServerThatRefusesTheControlIsAskedAgainWithoutIt) {
  std::vector<bool> tracked;
  const Script script = [&](Peer& peer) -> asio::awaitable<void> {
    for (;;) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      if (request.tag == ber::bind_request) co_await peer.send(ber::bound(request.msgid));
      if (request.tag == ber::search_request) co_await peer.send(root_dse(request.msgid));
      if (request.tag == ber::modify_request) {
        tracked.push_back(request.controls.find(tracking) != std::string::npos);
        const int code = tracked.back() ? 12 : 0;
        co_await peer.send(ber::modified(request.msgid, code));
      }
    }
  };
  client_of({script});
  run([](Client& client) -> asio::awaitable<void> {
    const auto kind = co_await client.kind(patience());
    EXPECT_TRUE(kind.has_value());
    const auto refused = co_await change(client, patience());
    EXPECT_EQ(refused.fate, Fate::not_sent);
    const auto applied = co_await change(client, patience());
    EXPECT_EQ(applied.fate, Fate::answered);
    EXPECT_TRUE(applied.result.ok());
  }(*client_));
  EXPECT_EQ(tracked, (std::vector<bool>{true, false}));
}

}  // namespace
}  // namespace dirbridge::ldap
