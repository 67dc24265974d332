// What became of a change.
#include <gtest/gtest.h>

#include "client_fixture.hpp"

namespace dirbridge::ldap {
namespace {

TEST_F(LdapClient, AConnectionThatEndsAfterTheModifyMeansLost) {
  for (const Script& script : {Script{close_after_the_modify}, Script{reset_after_the_modify}}) {
    client_of({script});
    run([](Client& client) -> asio::awaitable<void> {
      const auto reply = co_await change(client, patience());
      EXPECT_EQ(reply.fate, Fate::lost);
      EXPECT_FALSE(reply.error.message().empty());
    }(*client_));
    client_.reset();
  }
}

TEST_F(LdapClient, ALateAnswerIsPendingAndThenAnswered) {
  struct State {
    explicit State(asio::io_context& context) : release(context.get_executor()) {}
    net::Signal release;
    bool released = false;
  } state{context_};
  client_of({[&state](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto request = co_await peer.next();
    while (!state.released) co_await state.release.wait();
    co_await peer.send(ber::modified(request.msgid, 20));
    EXPECT_EQ((co_await peer.next()).tag, 0);  // in particular no Abandon
  }});
  run([](Client& client, State& held) -> asio::awaitable<void> {
    auto request = add_one();
    const auto pending = co_await client.modify(std::move(request), in(5s));
    const auto until = in(50ms);
    EXPECT_EQ((co_await pending->wait(until)).fate, Fate::pending);
    EXPECT_GE(std::chrono::steady_clock::now(), until);
    EXPECT_EQ((co_await pending->wait(in(10ms))).fate, Fate::pending);
    held.released = true;
    held.release.notify();
    const auto reply = co_await pending->wait(patience());
    EXPECT_EQ(reply.fate, Fate::answered);
    EXPECT_EQ(reply.result.code, 20);
    EXPECT_EQ((co_await pending->wait(patience())).result.code, 20);  // the answer stays
  }(*client_, state));
}

TEST_F(LdapClient, ReadsWorkWhileAChangeIsWaiting) {
  client_of({bind_then_say_nothing, answer_everything});
  run([](Client& client) -> asio::awaitable<void> {
    auto request = add_one();
    const auto pending = co_await client.modify(std::move(request), patience());
    const auto values = add_one().add;
    const auto held = co_await client.has_values(add_one().target, "member", values, patience());
    EXPECT_TRUE(held);
    EXPECT_EQ(held->size(), 1u);
    EXPECT_EQ((co_await pending->wait(in(1ms))).fate, Fate::pending);
  }(*client_));
  EXPECT_EQ(server_->accepted(), 2u);
}

TEST_F(LdapClient, AChangeThatFindsNoRoomInTheWindowIsNotSentAndNeverWillBe) {
  std::vector<std::string> seen;
  auto config = settings(serve({[&seen](Peer& peer) -> asio::awaitable<void> {
                           co_await peer.bind();
                           const auto first = co_await peer.next();
                           seen.push_back(first.content);
                           // The second came and went while the window was full; only then the slot becomes free.
                           co_await net::sleep_until(in(60ms));
                           co_await peer.send(ber::modified(first.msgid));
                           const auto second = co_await peer.next();
                           seen.push_back(second.content);
                           co_await peer.send(ber::modified(second.msgid));
                           co_await peer.stay_silent();
                         }}).url());
  config.window = 1;
  connect_to(config);
  run([](Client& client) -> asio::awaitable<void> {
    auto first = add_one("uid=first,dc=org");
    const auto sent = co_await client.modify(std::move(first), patience());
    auto second = add_one("uid=second,dc=org");
    const auto unsent = co_await client.modify(std::move(second), in(10ms));
    EXPECT_EQ((co_await unsent->wait(patience())).fate, Fate::not_sent);
    auto third = add_one("uid=third,dc=org");
    const auto later = co_await client.modify(std::move(third), patience());
    EXPECT_EQ((co_await sent->wait(patience())).fate, Fate::answered);
    EXPECT_EQ((co_await later->wait(patience())).fate, Fate::answered);
  }(*client_));
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_NE(seen[0].find("uid=first"), std::string::npos);
  EXPECT_NE(seen[1].find("uid=third"), std::string::npos);
}

TEST_F(LdapClient, AnswersToUnknownMsgidsAreDroppedQuietly) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto request = co_await peer.next();
    co_await peer.send(ber::modified(4711) + ber::searched(4712) + ber::entry(4713, "dc=x") +
                       ber::modified(request.msgid) + ber::modified(request.msgid));
    co_await answer_everything(peer);
  }});
  run([](Client& client) -> asio::awaitable<void> {
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::answered);
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::answered);
  }(*client_));
  EXPECT_EQ(server_->accepted(), 1u);
}

TEST_F(LdapClient, ANoticeOfDisconnectionEndsWhatIsUnderWayAndTheNextChangeReconnects) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
               co_await peer.bind();
               (void)co_await peer.next();
               co_await peer.send(ber::notice_of_disconnection(52, "going down"));
               co_await peer.stay_silent();
             },
             answer_everything});
  run([](Client& client) -> asio::awaitable<void> {
    const auto reply = co_await change(client, patience());
    EXPECT_EQ(reply.fate, Fate::lost);
    EXPECT_NE(reply.error.message().find("going down"), std::string::npos) << reply.error.message();
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::answered);
  }(*client_));
}

TEST_F(LdapClient, WhatIsNotLdapEndsTheConnection) {
  for (const std::string& garbage :
       {std::string{"HTTP/1.1 200 OK\r\n\r\n"}, std::string{"\x30\x84\x7f\xff\xff\xff", 6}, ber::searched(2)}) {
    client_of({[garbage](Peer& peer) -> asio::awaitable<void> {
      co_await peer.bind();
      (void)co_await peer.next();
      co_await peer.send(garbage);
      co_await peer.stay_silent();
    }});
    run([](Client& client) -> asio::awaitable<void> {
      EXPECT_EQ((co_await change(client, patience())).fate, Fate::lost);
    }(*client_));
    client_.reset();
  }
}

TEST_F(LdapClient, EverythingOutstandingFailsOnceWhenTheConnectionEnds) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    for (int i = 0; i < 10; ++i) (void)co_await peer.next();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    std::vector<std::unique_ptr<PendingModify>> pending;
    for (int i = 0; i < 10; ++i) {
      auto request = add_one();
      pending.push_back(co_await client.modify(std::move(request), patience()));
    }
    for (auto& one : pending) EXPECT_EQ((co_await one->wait(patience())).fate, Fate::lost);
  }(*client_));
}

TEST_F(LdapClient, AnEndedClientLeavesItsChangesLostAndRefusesNewOnes) {
  client_of({bind_then_say_nothing});
  run([](std::optional<Client>& owned) -> asio::awaitable<void> {
    auto request = add_one();
    const auto pending = co_await owned->modify(std::move(request), patience());
    owned.reset();
    EXPECT_EQ((co_await pending->wait(patience())).fate, Fate::lost);
  }(client_));
}

TEST_F(LdapClient, AnIdleConnectionIsUnbound) {
  bool unbound = false;
  auto config = settings(serve({[&unbound](Peer& peer) -> asio::awaitable<void> {
                                  co_await peer.bind();
                                  const auto request = co_await peer.next();
                                  co_await peer.send(ber::modified(request.msgid));
                                  unbound = (co_await peer.next()).tag == ber::unbind_request;
                                },
                                answer_everything})
                             .url());
  config.idle = 30ms;
  connect_to(config);
  run([](Client& client, bool& told) -> asio::awaitable<void> {
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::answered);
    const auto limit = patience();
    while (!told && std::chrono::steady_clock::now() < limit) co_await net::sleep_until(in(1ms));
    EXPECT_TRUE(told);
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::answered);
  }(*client_, unbound));
}

}  // namespace
}  // namespace dirbridge::ldap
