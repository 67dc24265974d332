#include "ldap/client.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "base/text.hpp"
#include "net/tls.hpp"
#include "scripted_server.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::ldap {
namespace {

using Fate = ModifyReply::Fate;

class LdapClient : public ::testing::Test {
 protected:
  LdapClient() { write_file(password_file(), "secret\n", 0600).value(); }
  std::string password_file() const { return folder_.path() + "/password"; }
  ClientSettings settings(const std::string& url) const {
    ClientSettings settings;
    settings.urls = {url};
    settings.bind_dn = "cn=agent,dc=org";
    settings.bind_password_file = password_file();
    settings.connect_timeout = settings.tls_timeout = settings.bind_timeout = 10s;
    settings.reconnect_base = 5ms;
    settings.reconnect_max = 20ms;
    return settings;
  }
  ScriptedServer& serve(std::vector<Script> scripts) {
    return *(server_ = std::make_unique<ScriptedServer>(context_, std::move(scripts)));
  }
  void connect_to(ClientSettings settings) { client_.emplace(context_.get_executor(), std::move(settings)); }
  void client_of(std::vector<Script> scripts) { connect_to(settings(serve(std::move(scripts)).url())); }
  void run(asio::awaitable<void> story) { run_to_end(context_, std::move(story)); }

  static ModifyRequest add_one(std::string_view member = "uid=a,dc=org") {
    return {Dn::parse("cn=g,dc=org").value(), "member", {Dn::parse(member).value()}, {}, "request"};
  }
  // modify() and wait() in one.
  static asio::awaitable<ModifyReply> change(Client& client, TimePoint deadline) {
    auto request = add_one();
    const auto pending = co_await client.modify(std::move(request), deadline);
    co_return co_await pending->wait(deadline);
  }

  tests::TemporaryFolder folder_;
  asio::io_context context_{1};
  std::unique_ptr<ScriptedServer> server_;
  std::optional<Client> client_;
};

// ------------------------------------------------------------------------------------------------ scripts

asio::awaitable<void> answer_everything(Peer& peer) {
  for (;;) {
    const auto request = co_await peer.next();
    if (request.tag == 0) co_return;
    if (request.tag == ber::bind_request) co_await peer.send(ber::bound(request.msgid));
    if (request.tag == ber::modify_request) co_await peer.send(ber::modified(request.msgid));
    if (request.tag == ber::search_request)
      co_await peer.send(ber::entry(request.msgid, "cn=g,dc=org") + ber::searched(request.msgid));
  }
}
asio::awaitable<void> say_nothing(Peer& peer) { co_await peer.stay_silent(); }
asio::awaitable<void> bind_then_say_nothing(Peer& peer) {
  co_await peer.bind();
  co_await peer.stay_silent();
}
asio::awaitable<void> close_at_once(Peer&) { co_return; }
asio::awaitable<void> refuse_the_password(Peer& peer) {
  co_await peer.bind(49, "no such luck");
  co_await peer.stay_silent();
}
asio::awaitable<void> close_after_the_modify(Peer& peer) {
  co_await peer.bind();
  const auto request = co_await peer.next();
  EXPECT_EQ(request.tag, ber::modify_request);
}
asio::awaitable<void> reset_after_the_modify(Peer& peer) {
  co_await close_after_the_modify(peer);
  peer.reset();
}

// ------------------------------------------------------------------------------------------------ connecting

TEST_F(LdapClient, AChangeIsAnsweredWithTheServersWord) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    const auto bind = co_await peer.next();
    EXPECT_NE(bind.content.find("secret"), std::string::npos);
    EXPECT_EQ(bind.content.find("secret\n"), std::string::npos);
    co_await peer.send(ber::bound(bind.msgid));
    const auto modify = co_await peer.next();
    co_await peer.send(ber::modified(modify.msgid, 50, "no right"));
    co_await peer.stay_silent();
  }});
  EXPECT_EQ(client_->status().state, DirectoryState::disconnected);
  run([](Client& client) -> asio::awaitable<void> {
    const auto reply = co_await change(client, patience());
    EXPECT_EQ(reply.fate, Fate::answered);
    EXPECT_EQ(reply.result.code, 50);
    EXPECT_EQ(reply.result.diagnostic, "no right");
    EXPECT_EQ(client.status().state, DirectoryState::connected);
  }(*client_));
}

TEST_F(LdapClient, NothingListensAndTheChangeIsNotSent) {
  std::string url;
  {
    ScriptedServer gone{context_, {close_at_once}};
    url = gone.url();
  }
  connect_to(settings(url));
  run([](Client& client) -> asio::awaitable<void> {
    const auto begin = std::chrono::steady_clock::now();
    const auto reply = co_await change(client, in(120ms));
    EXPECT_EQ(reply.fate, Fate::not_sent);
    EXPECT_NE(reply.error.message().find("Connection refused"), std::string::npos) << reply.error.message();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_EQ(client.status().state, DirectoryState::unhealthy);
    EXPECT_NE(client.status().detail.find("is the directory server running"), std::string::npos)
        << client.status().detail;
  }(*client_));
}

TEST_F(LdapClient, AServerThatComesBackBeforeTheDeadlineGetsTheChange) {
  client_of({close_at_once, close_at_once, close_at_once, answer_everything});
  run([](Client& client) -> asio::awaitable<void> {
    const auto reply = co_await change(client, patience());
    EXPECT_EQ(reply.fate, Fate::answered);
    EXPECT_TRUE(reply.result.ok());
    EXPECT_EQ(client.status().state, DirectoryState::connected);
  }(*client_));
  EXPECT_EQ(server_->accepted(), 4u);
}

TEST_F(LdapClient, ASilentBindEndsAtItsDeadline) {
  auto config = settings(serve({say_nothing}).url());
  config.bind_timeout = 50ms;
  connect_to(std::move(config));
  run([](Client& client) -> asio::awaitable<void> {
    const auto reply = co_await change(client, in(500ms));
    EXPECT_EQ(reply.fate, Fate::not_sent);
    EXPECT_NE(client.status().detail.find("did not answer the bind within 50 ms"), std::string::npos)
        << client.status().detail;
  }(*client_));
}

TEST_F(LdapClient, ASilentTlsHandshakeEndsAtItsDeadline) {
  auto& server = serve({[](Peer& peer) -> asio::awaitable<void> { co_await peer.swallow(); }});
  auto config = settings("ldaps://127.0.0.1:" + std::to_string(server.port()));
  config.ca_file = folder_.path() + "/ca.pem";
  write_file(config.ca_file, net::make_authority("Test CA").certificate).value();
  config.tls_timeout = 50ms;
  connect_to(std::move(config));
  run([](Client& client) -> asio::awaitable<void> {
    const auto reply = co_await change(client, in(500ms));
    EXPECT_EQ(reply.fate, Fate::not_sent);
    EXPECT_NE(client.status().detail.find("did not finish the TLS handshake in time"), std::string::npos)
        << client.status().detail;
  }(*client_));
}

TEST_F(LdapClient, ARefusedStartTlsIsSaidAndNothingElseIsSent) {
  auto config = settings(serve({[](Peer& peer) -> asio::awaitable<void> {
                           const auto request = co_await peer.next();
                           EXPECT_EQ(request.tag, ber::extended_request);
                           co_await peer.send(ber::extended(request.msgid, 2, "unsupported extended operation"));
                           EXPECT_EQ((co_await peer.next()).tag, 0);  // no bind in clear
                         }}).url());
  config.starttls = true;
  connect_to(config);
  run([](Client& client) -> asio::awaitable<void> {
    const auto reply = co_await change(client, patience());
    EXPECT_EQ(reply.fate, Fate::not_sent);
    EXPECT_NE(client.status().detail.find("refuses StartTLS: unsupported extended operation"), std::string::npos)
        << client.status().detail;
  }(*client_));
}

TEST_F(LdapClient, BytesSmuggledInBehindTheStartTlsAnswerEndTheConnection) {
  auto config = settings(serve({[](Peer& peer) -> asio::awaitable<void> {
                           const auto request = co_await peer.next();
                           co_await peer.send(ber::extended(request.msgid) + ber::bound(request.msgid + 1));
                           co_await peer.stay_silent();
                         }}).url());
  config.starttls = true;
  connect_to(config);
  run([](Client& client) -> asio::awaitable<void> {
    const auto reply = co_await change(client, patience());
    EXPECT_EQ(reply.fate, Fate::not_sent);
    EXPECT_EQ(reply.error.code, errc::protocol);
  }(*client_));
}

TEST_F(LdapClient, ARefusedPasswordIsToldAtOnceAndNotTriedAgainAndAgain) {
  client_of({refuse_the_password});
  run([](Client& client) -> asio::awaitable<void> {
    for (int i = 0; i < 5; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      const auto reply = co_await change(client, patience());
      EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
      EXPECT_EQ(reply.fate, Fate::not_sent);
      EXPECT_EQ(reply.error.code, condition::connection);
      EXPECT_NE(reply.error.message().find(
                    "cn=agent,dc=org (check the bind DN and the password file): no such luck: invalidCredentials (49)"),
                std::string::npos)
          << reply.error.message();
    }
    EXPECT_EQ(client.status().state, DirectoryState::unhealthy);
  }(*client_));
  EXPECT_EQ(server_->accepted(), 1u);
}

TEST_F(LdapClient, AMissingPasswordFileIsSaidAtOnce) {
  auto config = settings(serve({answer_everything}).url());
  config.bind_password_file = folder_.path() + "/nowhere";
  connect_to(std::move(config));
  run([](Client& client) -> asio::awaitable<void> {
    const auto begin = std::chrono::steady_clock::now();
    const auto reply = co_await change(client, patience());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
    EXPECT_EQ(reply.fate, Fate::not_sent);
    EXPECT_NE(reply.error.message().find("/nowhere"), std::string::npos) << reply.error.message();
  }(*client_));
  EXPECT_EQ(server_->accepted(), 0u);
}

TEST_F(LdapClient, ThePasswordFileIsReadAgainAtEachBind) {
  auto config = settings(serve({[](Peer& peer) -> asio::awaitable<void> {
                           const auto bind = co_await peer.next();
                           const bool right = bind.content.find("changed") != std::string::npos;
                           const int code = right ? 0 : 49;
                           co_await peer.send(ber::bound(bind.msgid, code));
                           if (right) co_await answer_everything(peer);
                         }}).url());
  config.refused_interval = 5ms;
  connect_to(config);
  run([](Client& client, std::string file) -> asio::awaitable<void> {
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::not_sent);
    write_file(file, "changed\r\n", 0600).value();
    co_await net::sleep_until(in(10ms));
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::answered);
    EXPECT_EQ(client.status().state, DirectoryState::connected);
  }(*client_, password_file()));
}

TEST_F(LdapClient, TheSecondServerServesWhenTheFirstDoesNot) {
  std::string gone_url;
  {
    ScriptedServer gone{context_, {close_at_once}};
    gone_url = gone.url();
  }
  auto config = settings(gone_url);
  config.urls.push_back(serve({answer_everything}).url());
  connect_to(config);
  run([](Client& client) -> asio::awaitable<void> {
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::answered);
    EXPECT_EQ(client.status().server.substr(0, 7), "ldap://");
  }(*client_));
  EXPECT_EQ(client_->status().server, server_->url());
}

TEST_F(LdapClient, SettingsThatContradictEachOtherAreNamed) {
  const auto why = [](ClientSettings settings) { return check(settings).error().message(); };
  EXPECT_TRUE(check(settings("ldap://127.0.0.1")));
  EXPECT_TRUE(check(settings("ldaps://db.example.org")));
  EXPECT_NE(why(settings("ldap://db.example.org")).find("in clear"), std::string::npos);
  EXPECT_NE(why({}).find("ldap.urls"), std::string::npos);
  auto both = settings("ldap://127.0.0.1");
  both.sasl_external = true;
  EXPECT_NE(why(both).find("exclude each other"), std::string::npos);
  auto no_file = settings("ldap://127.0.0.1");
  no_file.bind_password_file.clear();
  EXPECT_NE(why(no_file).find("ldap.bind_password_file"), std::string::npos);
  auto tls_twice = settings("ldaps://127.0.0.1");
  tls_twice.starttls = true;
  EXPECT_NE(why(tls_twice).find("ldap.starttls"), std::string::npos);
}

// ------------------------------------------------------------------------------------------------ what became of a
// change

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

// ------------------------------------------------------------------------------------------------ reads

TEST_F(LdapClient, HasValuesAsksForEachValueByAFilterAndKeepsTheOrder) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    for (;;) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      const bool odd =
          request.content.find("uid=u1") != std::string::npos || request.content.find("uid=u3") != std::string::npos;
      std::string reply = ber::searched(request.msgid);
      if (odd) reply = ber::entry(request.msgid, "cn=g,dc=org") + reply;
      co_await peer.send(std::move(reply));
    }
  }});
  run([](Client& client) -> asio::awaitable<void> {
    std::vector<Dn> values;
    for (int i = 0; i < 200; ++i) values.push_back(Dn::parse("uid=u" + std::to_string(i % 5) + ",dc=org").value());
    const auto held = co_await client.has_values(add_one().target, "member", values, patience());
    EXPECT_TRUE(held);
    for (int i = 0; i < 200; ++i) EXPECT_EQ((*held)[i], i % 5 == 1 || i % 5 == 3) << i;
  }(*client_));
}

TEST_F(LdapClient, HasValuesOfAMissingEntryIsNoSuchObject) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto request = co_await peer.next();
    co_await peer.send(ber::searched(request.msgid, 32));
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    const auto held = co_await client.has_values(add_one().target, "member", add_one().add, patience());
    EXPECT_EQ(held.error().code, condition::not_found);
  }(*client_));
}

TEST_F(LdapClient, AReadIsRepeatedOnceWhenItsConnectionHadEnded) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
               co_await peer.bind();
               (void)co_await peer.next();
             },
             answer_everything});
  run([](Client& client) -> asio::awaitable<void> {
    const auto held = co_await client.has_values(add_one().target, "member", add_one().add, patience());
    EXPECT_TRUE(held) << held.error().message();
  }(*client_));
}

TEST_F(LdapClient, AReadWithoutAnswerEndsAtItsDeadlineAndIsAbandoned) {
  bool abandoned = false;
  client_of({[&abandoned](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    const auto next = co_await peer.next();
    abandoned = next.tag == ber::abandon_request && next.content.back() == static_cast<char>(search.msgid);
    co_await peer.stay_silent();
  }});
  run([](Client& client, bool& told) -> asio::awaitable<void> {
    const auto held = co_await client.has_values(add_one().target, "member", add_one().add, in(300ms));
    EXPECT_EQ(held.error().code, errc::timed_out);
    const auto limit = patience();
    while (!told && std::chrono::steady_clock::now() < limit) co_await net::sleep_until(in(1ms));
    EXPECT_TRUE(told);
  }(*client_, abandoned));
}

asio::awaitable<result<std::vector<std::string>>> names(Client& client, SearchRequest request, milliseconds idle = 5s) {
  std::vector<std::string> found;
  EntrySink sink = [&found](Entry entry) -> asio::awaitable<void> {
    found.push_back(entry.dn + ":" + std::to_string(entry.find("member") ? entry.find("member")->values.size() : 0));
    co_return;
  };
  const auto count = co_await client.search(std::move(request), std::move(sink), idle);
  if (!count) co_return count.error();
  EXPECT_EQ(*count, found.size());
  co_return found;
}

TEST_F(LdapClient, ASearchGoesOverAllPagesToTheProvenEnd) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    for (int page = 0; page < 3; ++page) {
      const auto request = co_await peer.next();
      const std::string expected = page == 0 ? "" : "page" + std::to_string(page);
      EXPECT_NE(request.controls.find(ber::tlv(0x04, expected)), std::string::npos);
      const std::string n = std::to_string(page);
      std::string next_page;
      if (page < 2) next_page = "page" + std::to_string(page + 1);
      co_await peer.send(ber::entry(request.msgid, "dc=a" + n) + ber::reference(request.msgid, "ldap://elsewhere") +
                         ber::entry(request.msgid, "dc=b" + n) + ber::searched_page(request.msgid, next_page));
    }
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    SearchRequest request{.base = "dc=org", .page_size = 2};
    const auto found = co_await names(client, std::move(request));
    EXPECT_TRUE(found) << found.error().message();
    EXPECT_EQ(*found, (std::vector<std::string>{"dc=a0:0", "dc=b0:0", "dc=a1:0", "dc=b1:0", "dc=a2:0", "dc=b2:0"}));
  }(*client_));
}

TEST_F(LdapClient, ASearchThatBreaksOffIsAnErrorHoweverMuchHadCome) {
  for (const int way : {0, 1, 2}) {
    client_of({[way](Peer& peer) -> asio::awaitable<void> {
      co_await peer.bind();
      const auto first = co_await peer.next();
      co_await peer.send(ber::entry(first.msgid, "dc=a") + ber::searched_page(first.msgid, "more"));
      const auto second = co_await peer.next();
      if (way == 0) co_return;
      if (way == 1) co_await peer.send(ber::entry(second.msgid, "dc=b") + ber::searched(second.msgid, 4, "size limit"));
      if (way == 2) co_await peer.send(ber::entry(second.msgid, "dc=b"));
      co_await peer.stay_silent();
    }});
    run([](Client& client, int end) -> asio::awaitable<void> {
      SearchRequest request{.base = "dc=org"};
      const auto found = co_await names(client, std::move(request), 600ms);
      EXPECT_FALSE(found) << end;
      const error_code expected[] = {make_error_code(errc::closed), make_code(4), make_error_code(errc::timed_out)};
      EXPECT_EQ(found.error().code, expected[end]) << end;
    }(*client_, way));
    EXPECT_EQ(server_->accepted(), 1u) << way;
    client_.reset();
  }
}

// An entry with one part of its members, one letter each.
std::string ranged(int msgid, std::string_view range, std::string_view letters) {
  std::vector<std::string> values;
  for (const char letter : letters) values.emplace_back(1, letter);
  const std::string plain = range.starts_with("0-") ? ber::attribute("member", {}) : std::string{};
  return ber::entry(msgid, "cn=big,dc=org", plain + ber::attribute("member;range=" + std::string{range}, values));
}

TEST_F(LdapClient, RangedAttributesAreReadToTheirEnd) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    co_await peer.send(ranged(search.msgid, "0-1", "ab") + ber::searched_page(search.msgid, ""));
    const auto second = co_await peer.next();
    EXPECT_NE(second.content.find("member;range=2-*"), std::string::npos);
    co_await peer.send(ranged(second.msgid, "2-3", "cd") + ber::searched(second.msgid));
    const auto third = co_await peer.next();
    EXPECT_NE(third.content.find("member;range=4-*"), std::string::npos);
    co_await peer.send(ranged(third.msgid, "4-*", "e") + ber::searched(third.msgid));
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    SearchRequest request{.base = "dc=org"};
    const auto found = co_await names(client, std::move(request));
    EXPECT_TRUE(found) << found.error().message();
    EXPECT_EQ(*found, std::vector<std::string>{"cn=big,dc=org:5"});
  }(*client_));
}

TEST_F(LdapClient, ARangeWithoutItsRestIsAnError) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    co_await peer.send(ranged(search.msgid, "0-1", "ab") + ber::searched_page(search.msgid, ""));
    const auto second = co_await peer.next();
    co_await peer.send(ber::searched(second.msgid));
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    SearchRequest request{.base = "dc=org"};
    const auto found = co_await names(client, std::move(request));
    EXPECT_EQ(found.error().code, errc::protocol);
  }(*client_));
}

TEST_F(LdapClient, ASinkThatThrowsEndsTheSearchAndTheServerIsTold) {
  bool abandoned = false;
  client_of({[&abandoned](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    co_await peer.send(ber::entry(search.msgid, "dc=a"));
    abandoned = (co_await peer.next()).tag == ber::abandon_request;
    co_await peer.stay_silent();
  }});
  run([](Client& client, bool& told) -> asio::awaitable<void> {
    EntrySink sink = [](Entry) -> asio::awaitable<void> {
      throw std::runtime_error("full");
      co_return;
    };
    SearchRequest request{.base = "dc=org"};
    bool thrown = false;
    try {
      (void)co_await client.search(std::move(request), std::move(sink), 5s);
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    const auto limit = patience();
    while (!told && std::chrono::steady_clock::now() < limit) co_await net::sleep_until(in(1ms));
    EXPECT_TRUE(told);
  }(*client_, abandoned));
}

TEST_F(LdapClient, CancellingTheCallerAbandonsTheReadAndWithdrawsTheUnsentChange) {
  std::vector<int> tags;
  auto config = settings(serve({[&tags](Peer& peer) -> asio::awaitable<void> {
                           co_await peer.bind();
                           for (;;) {
                             const auto request = co_await peer.next();
                             if (request.tag == 0) co_return;
                             tags.push_back(request.tag);
                           }
                         }}).url());
  config.window = 1;
  connect_to(config);
  run([](Client& client, std::vector<int>& seen) -> asio::awaitable<void> {
    auto values = add_one().add;
    auto read = client.has_values(add_one().target, "member", std::move(values), patience());
    EXPECT_FALSE(co_await net::with_deadline(std::move(read), in(300ms)));
    auto first = add_one("uid=first,dc=org");
    const auto pending = co_await client.modify(std::move(first), patience());
    auto second = add_one("uid=second,dc=org");
    auto unsent = client.modify(std::move(second), patience());
    EXPECT_FALSE(co_await net::with_deadline(std::move(unsent), in(20ms)));
    EXPECT_EQ((co_await pending->wait(in(30ms))).fate, Fate::pending);
    // One search with its Abandon, one modify; the order between the two connections is open.
    EXPECT_EQ(std::count(seen.begin(), seen.end(), ber::search_request), 1);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), ber::abandon_request), 1);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), ber::modify_request), 1);
    EXPECT_EQ(seen.size(), 3u);
  }(*client_, tags));
}

constexpr int total = 20'000;

// A slow reader of an unpaged search must not let its entries pile up: the reader stops, nothing is lost.
TEST_F(LdapClient, ASlowSinkHoldsTheServerBackAndLosesNothing) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    for (int i = 0; i < total; i += 1000) {
      std::string batch;
      for (int j = 0; j < 1000; ++j) batch += ber::entry(search.msgid, "dc=n" + std::to_string(i + j));
      co_await peer.send(std::move(batch));
    }
    co_await peer.send(ber::searched(search.msgid));
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    int next = 0;
    EntrySink sink = [&next](Entry entry) -> asio::awaitable<void> {
      EXPECT_EQ(entry.dn, "dc=n" + std::to_string(next));
      if (++next % 5000 == 0) co_await net::sleep_until(in(5ms));
    };
    SearchRequest request{.base = "dc=org", .page_size = 0};
    const auto count = co_await client.search(std::move(request), std::move(sink), 5s);
    EXPECT_TRUE(count) << count.error().message();
    EXPECT_EQ(*count, total);
  }(*client_));
}

}  // namespace
}  // namespace dirbridge::ldap
