#include "net/tls.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "peer.hpp"
#include "run.hpp"

namespace dirbridge::net {
namespace {

const Authority& authority() {
  static const Authority made = make_authority("Test authority");
  return made;
}

std::shared_ptr<TlsClientContext> trusting(const std::string& ca_pem, bool verify = true) {
  TlsClientSettings settings;
  settings.ca_pem = ca_pem;
  settings.verify = verify;
  return TlsClientContext::make(settings).value();
}

using Outcome = std::optional<result<void>>;  // none yet

asio::awaitable<void> accept_secure(Listener& listener, std::shared_ptr<TlsServerContext> tls, Outcome& outcome) {
  Stream stream = co_await listener.accept();
  outcome = co_await stream.secure_server(tls, soon());
  if (!*outcome) co_return;
  co_await send(stream, "hello");
  co_await stream.shut_down(soon());
}

struct Meeting {
  result<void> client;
  Outcome server;
  std::string text;  // what the client read
};

Meeting meet(const Identity& identity, std::shared_ptr<TlsClientContext> client_context, const std::string& host) {
  return run([&]() -> asio::awaitable<Meeting> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    Meeting meeting;
    auto tls = TlsServerContext::make(identity).value();
    asio::co_spawn(executor, accept_secure(listener, tls, meeting.server), asio::detached);
    Stream stream = co_await connect(listener.port());
    meeting.client = co_await stream.secure_client(client_context, host, soon());
    EXPECT_EQ(stream.is_open(), meeting.client.has_value());
    if (meeting.client) meeting.text = co_await read_all(stream);
    while (!meeting.server) co_await asio::post(executor, asio::use_awaitable);
    co_return meeting;
  });
}

std::string refusal(const Identity& identity, const std::string& host, const std::string& ca_pem) {
  const auto meeting = meet(identity, trusting(ca_pem), host);
  if (meeting.client) return "(accepted)";
  EXPECT_EQ(meeting.client.error().code, errc::unauthenticated);
  return meeting.client.error().message();
}

WallTime at(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)};
}

TEST(Tls, ACertificateForTheAddressOrTheNameIsAccepted) {
  const auto identity = issue(authority(), {"db.example.org", "127.0.0.1", "::1"});
  for (const std::string host : {"db.example.org", "127.0.0.1", "::1"}) {
    const auto meeting = meet(identity, trusting(authority().certificate), host);
    EXPECT_TRUE(meeting.client.has_value()) << host;
    EXPECT_EQ(meeting.text, "hello") << host;
  }
}

TEST(Tls, AnExpiredCertificateIsNamedWithItsDate) {
  const auto identity = issue(authority(), {"127.0.0.1"}, at(2020, 1, 1), at(2021, 2, 3));
  EXPECT_EQ(refusal(identity, "127.0.0.1", authority().certificate), "certificate has expired (2021-02-03)");
}

TEST(Tls, ACertificateOfTheFutureIsNamedWithItsDate) {
  const auto identity = issue(authority(), {"127.0.0.1"}, at(2091, 4, 5), at(2092, 1, 1));
  EXPECT_EQ(refusal(identity, "127.0.0.1", authority().certificate), "certificate is not valid before 2091-04-05");
}

TEST(Tls, ACertificateOfAnotherHostSaysWhoseItIs) {
  const auto identity = issue(authority(), {"db.example.org", "10.0.0.7"});
  EXPECT_EQ(refusal(identity, "127.0.0.1", authority().certificate),
            "certificate was issued for db.example.org, 10.0.0.7, not for 127.0.0.1");
  EXPECT_EQ(refusal(identity, "www.example.org", authority().certificate),
            "certificate was issued for db.example.org, 10.0.0.7, not for www.example.org");
}

TEST(Tls, AnUnknownAuthorityIsNamed) {
  const auto other = make_authority("Other authority");
  const auto identity = issue(other, {"127.0.0.1"});
  EXPECT_EQ(refusal(identity, "127.0.0.1", authority().certificate),
            "certificate is signed by an unknown authority CN=Other authority");
}

TEST(Tls, AnUnknownAuthorityThatSendsItselfIsNamedToo) {
  const auto other = make_authority("Other authority");
  auto identity = issue(other, {"127.0.0.1"});
  identity.certificate_chain += other.certificate;
  EXPECT_EQ(refusal(identity, "127.0.0.1", authority().certificate),
            "certificate is signed by an unknown authority CN=Other authority");
}

TEST(Tls, ASelfSignedCertificateIsCalledSo) {
  const auto self = make_authority("lonely.example.org");
  const Identity identity{self.certificate, self.private_key};
  EXPECT_EQ(refusal(identity, "lonely.example.org", authority().certificate),
            "certificate CN=lonely.example.org is self-signed and not among the trusted ones");
}

TEST(Tls, OnlyWhatAnotherCaFileWouldCureIsAnUnknownAuthority) {
  const auto other = make_authority("Other authority");
  const auto is_one = [](const Identity& identity, const std::string& host) {
    const auto meeting = meet(identity, trusting(authority().certificate), host);
    return !meeting.client && is_unknown_authority(meeting.client.error());
  };
  EXPECT_TRUE(is_one(issue(other, {"127.0.0.1"}), "127.0.0.1"));
  EXPECT_TRUE(is_one({other.certificate, other.private_key}, "127.0.0.1"));
  EXPECT_FALSE(is_one(issue(authority(), {"db.example.org"}), "127.0.0.1"));
  EXPECT_FALSE(is_one(issue(authority(), {"127.0.0.1"}, at(2020, 1, 1), at(2021, 1, 1)), "127.0.0.1"));
}

TEST(Tls, AnotherAuthorityOfTheSameNameIsNotTrusted) {
  const auto twin = make_authority("Test authority");
  const auto words = refusal(issue(twin, {"127.0.0.1"}), "127.0.0.1", authority().certificate);
  EXPECT_NE(words.find("CN=Test authority"), std::string::npos) << words;
}

TEST(Tls, ThePeerLearnsThatItsCertificateWasRefused) {
  const auto other = make_authority("Other authority");
  const auto meeting = meet(issue(other, {"127.0.0.1"}), trusting(authority().certificate), "127.0.0.1");
  EXPECT_EQ(meeting.server->error().message(), "the peer refused the TLS handshake: tlsv1 alert unknown ca");
}

TEST(Tls, WithoutVerificationAnyCertificateWillDo) {
  const auto identity = issue(authority(), {"db.example.org"}, at(2020, 1, 1), at(2021, 1, 1));
  EXPECT_TRUE(meet(identity, trusting({}, false), "127.0.0.1").client.has_value());
}

asio::awaitable<void> answer_plainly(Listener& listener, std::string text) {
  Stream stream = co_await listener.accept();
  co_await send(stream, text);
  co_await read_until(stream, "never");
}

Error secure_against(std::string plain_text) {
  return run([&]() -> asio::awaitable<Error> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    asio::co_spawn(executor, answer_plainly(listener, plain_text), asio::detached);
    Stream stream = co_await connect(listener.port());
    const auto secured = co_await stream.secure_client(trusting(authority().certificate), "127.0.0.1", soon());
    co_return secured ? Error{} : secured.error();
  });
}

TEST(Tls, APeerThatDoesNotSpeakTlsIsCalledSo) {
  for (const char* text : {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-server\r\n", "220 mail ready\r\n"}) {
    const auto error = secure_against(text);
    EXPECT_EQ(error.code, errc::protocol);
    EXPECT_EQ(error.message(), "the peer does not speak TLS on this port");
  }
}

TEST(Tls, AClientThatDoesNotSpeakTlsIsCalledSo) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    auto tls = TlsServerContext::make(issue(authority(), {"127.0.0.1"})).value();
    Stream client = co_await connect(listener.port());
    Stream server = co_await listener.accept();
    co_await send(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto secured = co_await server.secure_server(tls, soon());
    EXPECT_EQ(secured.error().message(), "the peer does not speak TLS on this port");
  });
}

TEST(Tls, ASilentPeerIsGivenUpAtTheDeadline) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    Stream client = co_await connect(listener.port());
    Stream server = co_await listener.accept();
    const auto secured = co_await client.secure_client(trusting(authority().certificate), "127.0.0.1", in(20ms));
    EXPECT_EQ(secured.error().code, errc::timed_out);
    EXPECT_FALSE(client.is_open());
    auto tls = TlsServerContext::make(issue(authority(), {"127.0.0.1"})).value();
    Stream silent = co_await connect(listener.port());
    Stream other = co_await listener.accept();
    const auto served = co_await other.secure_server(tls, in(20ms));
    EXPECT_EQ(served.error().code, errc::timed_out);
  });
}

TEST(Tls, APeerThatHangsUpIsCalledSo) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    Stream client = co_await connect(listener.port());
    { Stream server = co_await listener.accept(); }
    const auto secured = co_await client.secure_client(trusting(authority().certificate), "127.0.0.1", soon());
    EXPECT_FALSE(secured.has_value());
    EXPECT_NE(secured.error().message().find("TLS handshake"), std::string::npos) << secured.error().message();
  });
}

TEST(Tls, AStreamMayBeDestroyedWithOperationsUnderWay) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    auto tls = TlsServerContext::make(issue(authority(), {"127.0.0.1"})).value();
    Outcome served;
    asio::co_spawn(executor, accept_secure(listener, tls, served), asio::detached);
    auto stream = std::make_unique<Stream>(co_await connect(listener.port()));
    (co_await stream->secure_client(trusting(authority().certificate), "127.0.0.1", soon())).value();
    co_await read_until(*stream, "hello");
    char byte;
    std::optional<error_code> ended;
    stream->async_read_some(asio::buffer(&byte, 1), [&](error_code ec, std::size_t) { ended = ec; });
    stream.reset();
    EXPECT_FALSE(ended.has_value());
    while (!ended) co_await asio::post(executor, asio::use_awaitable);
    EXPECT_TRUE(*ended);
  });
}

TEST(Tls, AReloadedIdentityServesNewConnections) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    auto tls = TlsServerContext::make(issue(authority(), {"old.example.org"})).value();
    EXPECT_TRUE(tls->reload(issue(authority(), {"new.example.org"})).has_value());
    EXPECT_FALSE(tls->reload({"garbage", "garbage"}).has_value());
    Outcome served;
    asio::co_spawn(executor, accept_secure(listener, tls, served), asio::detached);
    Stream client = co_await connect(listener.port());
    const auto secured = co_await client.secure_client(trusting(authority().certificate), "new.example.org", soon());
    EXPECT_TRUE(secured.has_value());
    EXPECT_EQ(co_await read_all(client), "hello");
  });
}

TEST(TlsContext, WhatIsWrongWithAnIdentityIsSaid) {
  const auto good = issue(authority(), {"a"});
  const auto other = issue(authority(), {"b"});
  EXPECT_EQ(TlsServerContext::make({good.certificate_chain, other.private_key}).error().message(),
            "the private key does not belong to the certificate");
  EXPECT_TRUE(
      TlsServerContext::make({"x", good.private_key}).error().message().starts_with("the certificate is not PEM"));
  EXPECT_TRUE(
      TlsServerContext::make({good.certificate_chain, ""}).error().message().starts_with("the private key is not PEM"));
}

TEST(TlsContext, WhatIsWrongWithAnAuthorityFileIsSaid) {
  TlsClientSettings settings;
  settings.ca_file = "/nonexistent/ca.pem";
  EXPECT_EQ(TlsClientContext::make(settings).error().code, errc::configuration);
  EXPECT_NE(TlsClientContext::make(settings).error().message().find("/nonexistent/ca.pem"), std::string::npos);
  settings = {};
  settings.ca_pem = "nothing";
  EXPECT_EQ(TlsClientContext::make(settings).error().message(), "the given authority is not a certificate in PEM");
}

TEST(TlsContext, NamesThatCouldForgeAnotherAreRefused) {
  EXPECT_THROW(issue(authority(), {"a.example.org,DNS:b.example.org"}), std::runtime_error);
  EXPECT_THROW(issue(authority(), {}), std::runtime_error);
}

}  // namespace
}  // namespace dirbridge::net
