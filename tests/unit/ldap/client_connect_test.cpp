// Coming up, staying away, coming back.
#include <gtest/gtest.h>

#include "client_fixture.hpp"

namespace dirbridge::ldap {
namespace {

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
  connect_to(settings(url_of_nobody()));
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
                    "cn=agent,dc=org (check the bind DN and the password file, and whether the account is locked): "
                    "no such luck: invalidCredentials (49)"),
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

TEST_F(LdapClient, ARefusedPasswordIsTriedMoreAndMoreSeldom) {
  auto config = settings(serve({refuse_the_password}).url());
  config.refused_interval = 10ms;
  connect_to(config);
  run([](Client& client) -> asio::awaitable<void> {
    const auto end = in(600ms);
    while (std::chrono::steady_clock::now() < end) {
      EXPECT_EQ((co_await change(client, patience())).fate, Fate::not_sent);
      co_await net::sleep_until(in(1ms));
    }
  }(*client_));
  EXPECT_GE(server_->accepted(), 2u) << "an account that is put right heals without a changed file";
  EXPECT_LE(server_->accepted(), 7u) << "after 0, 10, 30, 70, 150, 310 and 630 ms";
}

TEST_F(LdapClient, AChangedPasswordFileIsTriedAtOnce) {
  auto config = settings(serve({refuse_the_password, answer_everything}).url());
  config.refused_interval = 1h;
  connect_to(config);
  run([](Client& client, std::string file) -> asio::awaitable<void> {
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::not_sent);
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::not_sent);
    write_file(file, "changed\n", 0600).value();
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::answered);
  }(*client_, password_file()));
  EXPECT_EQ(server_->accepted(), 2u);
}

TEST_F(LdapClient, APasswordRefusedForChangesIsNotShownAgainForReads) {
  client_of({refuse_the_password});
  run([](Client& client) -> asio::awaitable<void> {
    EXPECT_EQ((co_await change(client, patience())).fate, Fate::not_sent);
    Dn group = Dn::parse("cn=g,dc=org").value();
    std::vector<Dn> values{Dn::parse("uid=a,dc=org").value()};
    const auto held = co_await client.has_values(std::move(group), "member", std::move(values), patience());
    EXPECT_FALSE(held);
  }(*client_));
  EXPECT_EQ(server_->accepted(), 1u);
}

TEST_F(LdapClient, ARefusedPasswordRestsAlsoWhileAnotherServerIsAway) {
  const auto gone_url = url_of_nobody();
  auto config = settings(serve({refuse_the_password}).url());
  config.urls.push_back(gone_url);
  connect_to(config);
  run([](Client& client) -> asio::awaitable<void> {
    const auto end = in(100ms);
    while (std::chrono::steady_clock::now() < end) {
      const auto reply = co_await change(client, in(50ms));
      EXPECT_EQ(reply.fate, Fate::not_sent);
      co_await net::sleep_until(in(1ms));
    }
    EXPECT_NE(client.status().detail.find("password file"), std::string::npos) << client.status().detail;
  }(*client_));
  EXPECT_EQ(server_->accepted(), 1u);
}

TEST_F(LdapClient, AServerThatComesBackIsNotKeptWaitingByThePasswordThatAnotherRefused) {
  // Away for its first connections.
  ScriptedServer other{context_, {close_at_once, close_at_once, close_at_once, answer_everything}};
  auto config = settings(serve({refuse_the_password}).url());
  config.urls.push_back(other.url());
  config.refused_interval = 1h;
  connect_to(config);
  run([](Client& client, std::string second) -> asio::awaitable<void> {
    const auto reply = co_await change(client, patience());
    EXPECT_EQ(reply.fate, Fate::answered);
    EXPECT_EQ(reply.server, second);
    EXPECT_NE(client.status().detail.find("is away"), std::string::npos) << client.status().detail;
  }(*client_, other.url()));
  EXPECT_EQ(server_->accepted(), 1u);
  EXPECT_EQ(other.accepted(), 4u);
}

TEST_F(LdapClient, APasswordThatAllServersRefuseIsShownOnceToEach) {
  ScriptedServer other{context_, {refuse_the_password}};
  auto config = settings(serve({refuse_the_password}).url());
  config.urls.push_back(other.url());
  config.refused_interval = 1h;
  connect_to(config);
  run([](Client& client) -> asio::awaitable<void> {
    for (int i = 0; i < 5; ++i) EXPECT_EQ((co_await change(client, patience())).fate, Fate::not_sent);
  }(*client_));
  EXPECT_EQ(server_->accepted(), 1u);
  EXPECT_EQ(other.accepted(), 1u);
}

TEST_F(LdapClient, AWayBackToABetterServerDoesNotShowItTheRefusedPasswordOverAndOver) {
  ScriptedServer other{context_, {answer_everything}};
  auto config = settings(serve({refuse_the_password}).url());
  config.urls.push_back(other.url());
  config.refused_interval = 1h;
  config.choice.return_after = 1ms;
  config.choice.replica_lag = 0ms;
  connect_to(config);
  run([](Client& client) -> asio::awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      EXPECT_EQ((co_await change(client, patience())).fate, Fate::answered);
      co_await net::sleep_until(in(2ms));
    }
    EXPECT_NE(client.status().detail.find("password file"), std::string::npos) << client.status().detail;
  }(*client_));
  EXPECT_EQ(server_->accepted(), 1u);
}

TEST_F(LdapClient, WhenNobodyServesTheStateOfEveryServerIsTold) {
  const auto gone_url = url_of_nobody();
  auto config = settings(serve({refuse_the_password}).url());
  config.urls.push_back(gone_url);
  connect_to(config);
  run([](Client& client, std::string away) -> asio::awaitable<void> {
    EXPECT_EQ((co_await change(client, in(50ms))).fate, Fate::not_sent);
    const auto status = client.status();
    EXPECT_EQ(status.state, DirectoryState::unhealthy);
    EXPECT_NE(status.detail.find("password file"), std::string::npos) << status.detail;
    EXPECT_NE(status.detail.find(away + " is away ("), std::string::npos) << status.detail;
  }(*client_, gone_url));
}

TEST_F(LdapClient, TheSecondServerServesWhenTheFirstDoesNot) {
  const auto gone_url = url_of_nobody();
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

}  // namespace
}  // namespace dirbridge::ldap
