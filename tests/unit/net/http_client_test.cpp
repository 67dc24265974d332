#include "net/http_client.hpp"

#include <gtest/gtest.h>

#include "played_server.hpp"
#include "run.hpp"

namespace dirbridge::net {
namespace {

const ClientSettings direct;

Url url_of(std::uint16_t port, std::string scheme = "http") { return {std::move(scheme), "127.0.0.1", port, "/"}; }

HttpRequest request_of(std::string method, std::string target, std::string body = {}) {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = std::move(body);
  return request;
}

// A server that says one scripted text on each connection after a request (or at once), and then closes or waits.
struct Script {
  std::string answer;
  bool close = true;
};

class ScriptedServer {
 public:
  ScriptedServer(const asio::any_io_executor& executor, std::vector<Script> scripts)
      : listener(executor), scripts_(std::move(scripts)) {
    asio::co_spawn(executor, serve(), asio::detached);
  }
  Listener listener;
  std::vector<std::string> requests;

 private:
  asio::awaitable<void> serve() {
    for (const auto& script : scripts_) {
      Stream stream = co_await listener.accept();
      requests.push_back(co_await read_until(stream, "\r\n\r\n"));
      co_await send(stream, script.answer);
      if (!script.close) co_await read_all(stream);
      co_await stream.shut_down(soon());
    }
  }
  const std::vector<Script> scripts_;
};

result<HttpResponse> ask(Script script, HttpRequest request, std::size_t max_body = 1 << 20) {
  return run([&]() -> asio::awaitable<result<HttpResponse>> {
    const auto executor = co_await asio::this_coro::executor;
    ScriptedServer server{executor, {script}};
    HttpClient client{executor, url_of(server.listener.port()), direct};
    co_return co_await client.send(request, soon(), max_body);
  });
}

TEST(HttpClient, SeveralCallsShareAConnection) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    PlayedServer played{executor, {}};
    HttpClient client{executor, url_of(played.port()), direct};
    for (const std::string body : {"one", "two", ""}) {
      auto request = request_of("POST", "/echo", body);
      request.headers.emplace("Authorization", "SSWS x");
      const auto response = (co_await client.send(request, soon())).value();
      EXPECT_EQ(response.status, 200);
      EXPECT_EQ(response.body, "POST /echo" + body);
    }
    EXPECT_EQ(played.handler.requests.size(), 3u);
    EXPECT_EQ(played.handler.requests[0].peer, played.handler.requests[2].peer);
    EXPECT_EQ(played.handler.requests[0].header("authorization"), "SSWS x");
    EXPECT_EQ(played.handler.requests[0].header("host"), "127.0.0.1:" + std::to_string(played.port()));
  });
}

TEST(HttpClient, ALargeBodyGoesBothWays) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    HttpLimits limits;
    limits.max_body_bytes = 8 << 20;
    PlayedServer played{executor, limits};
    HttpClient client{executor, url_of(played.port()), direct};
    const auto response = (co_await client.send(request_of("POST", "/", std::string(5 << 20, 'x')), soon())).value();
    EXPECT_EQ(response.body.size(), (5u << 20) + 6);
  });
}

TEST(HttpClient, HeadReadsNoBodyAndTheConnectionGoesOn) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    PlayedServer played{executor, {}};
    HttpClient client{executor, url_of(played.port()), direct};
    const auto head = (co_await client.send(request_of("HEAD", "/x"), soon())).value();
    EXPECT_EQ(head.body, "");
    const auto next = (co_await client.send(request_of("GET", "/y"), soon())).value();
    EXPECT_EQ(next.body, "GET /y");
    EXPECT_EQ(played.handler.requests[0].peer, played.handler.requests[1].peer);
  });
}

TEST(HttpClient, AConnectionThatTheServerClosedIsMadeAnew) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    ScriptedServer server{executor, {{ok + "a"}, {ok + "b"}, {ok + "c"}}};
    HttpClient client{executor, url_of(server.listener.port()), direct};
    for (const char* expected : {"a", "b", "c"}) {
      const auto response = co_await client.send(request_of("GET", "/"), soon());
      EXPECT_EQ(response.value().body, expected);
    }
  });
}

// One connection that answers once and ends after the second request, then one that answers.
std::vector<std::string> second_call_on_a_dying_connection(std::string method, result<HttpResponse>& second) {
  return run([&]() -> asio::awaitable<std::vector<std::string>> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    std::vector<std::string> seen;
    const auto serve = [](Listener& l, std::vector<std::string>& requests) -> asio::awaitable<void> {
      Stream first = co_await l.accept();
      requests.push_back(co_await read_until(first, "\r\n\r\n"));
      co_await send(first, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      requests.push_back(co_await read_until(first, "\r\n\r\n"));
      first.close();
      Stream second_one = co_await l.accept();
      requests.push_back(co_await read_until(second_one, "\r\n\r\n"));
      co_await send(second_one, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    };
    asio::co_spawn(executor, serve(listener, seen), asio::detached);
    HttpClient client{executor, url_of(listener.port()), direct};
    const auto first = co_await client.send(request_of("GET", "/"), soon());
    EXPECT_TRUE(first.has_value());
    second = co_await client.send(request_of(method, "/"), soon());
    co_return seen;
  });
}

TEST(HttpClient, AGetThatMetADyingConnectionIsSentAgain) {
  result<HttpResponse> second;
  EXPECT_EQ(second_call_on_a_dying_connection("GET", second).size(), 3u);
  EXPECT_TRUE(second.has_value());
}

TEST(HttpClient, APostIsNeverSentTwice) {
  result<HttpResponse> second;
  EXPECT_EQ(second_call_on_a_dying_connection("POST", second).size(), 2u);
  EXPECT_EQ(second.error().code, errc::closed);
}

TEST(HttpClient, ChunkedAndUnendedAnswersAreRead) {
  EXPECT_EQ(ask({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}, request_of("GET", "/"))
                .value()
                .body,
            "abc");
  EXPECT_EQ(ask({"HTTP/1.1 200 OK\r\n\r\nuntil the end"}, request_of("GET", "/")).value().body, "until the end");
}

TEST(HttpClient, InformationalAnswersAreSkipped) {
  const auto response = ask({"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"},
                            request_of("GET", "/"));
  EXPECT_EQ(response.value().status, 404);
  EXPECT_EQ(response.value().body, "no");
}

TEST(HttpClient, AnAnswerOverTheLimitIsRefused) {
  const Script script{"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890"};
  EXPECT_EQ(ask(script, request_of("GET", "/"), 10).error().code, errc::too_large);
  EXPECT_EQ(ask(script, request_of("GET", "/"), 11).value().body.size(), 11u);
}

TEST(HttpClient, AnAnswerThatIsNotHttpIsCalledSo) {
  EXPECT_EQ(ask({"220 mail ready\r\n\r\n"}, request_of("GET", "/")).error().code, errc::protocol);
}

TEST(HttpClient, AnAnswerCutShortIsAnError) {
  EXPECT_EQ(ask({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n012"}, request_of("GET", "/")).error().code,
            errc::closed);
  EXPECT_EQ(ask({""}, request_of("GET", "/")).error().code, errc::closed);
}

TEST(HttpClient, ARefusalBeforeTheBodyWasReadIsStillAnAnswer) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    HttpLimits limits;
    limits.max_body_bytes = 10;
    PlayedServer played{executor, limits};
    HttpClient client{executor, url_of(played.port()), direct};
    const auto response = co_await client.send(request_of("POST", "/", std::string(500'000, 'x')), soon());
    EXPECT_EQ(response.value().status, 413);
  });
}

TEST(HttpClient, ALateAnswerIsNotTakenForTheNextOne) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    PlayedServer played{executor, {}};
    HttpClient client{executor, url_of(played.port()), direct};
    const auto late = co_await client.send(request_of("GET", "/wait"), in(20ms));
    EXPECT_EQ(late.error().code, errc::timed_out);
    played.handler.open = true;
    played.handler.gate.notify();
    EXPECT_EQ((co_await client.send(request_of("GET", "/next"), soon())).value().body, "GET /next");
  });
}

TEST(HttpClient, ACallCancelledMidwayLeavesNothingForTheNextOne) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    PlayedServer played{executor, {}};
    HttpClient client{executor, url_of(played.port()), direct};
    EXPECT_FALSE((co_await with_deadline(client.send(request_of("GET", "/wait"), soon()), in(20ms))).has_value());
    played.handler.open = true;
    played.handler.gate.notify();
    EXPECT_EQ((co_await client.send(request_of("GET", "/next"), soon())).value().body, "GET /next");
  });
}

struct Authorities {
  Authority authority = make_authority("Test authority");
  std::shared_ptr<TlsServerContext> server = TlsServerContext::make(issue(authority, {"127.0.0.1"})).value();
  ClientSettings trusting() const {
    TlsClientSettings tls;
    tls.ca_pem = authority.certificate;
    ClientSettings settings;
    settings.tls = TlsClientContext::make(tls).value();
    return settings;
  }
};

TEST(HttpClient, SpeaksTls) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    const Authorities authorities;
    PlayedServer played{executor, {}, authorities.server};
    HttpClient client{executor, url_of(played.port(), "https"), authorities.trusting()};
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ((co_await client.send(request_of("GET", "/x"), soon())).value().body, "GET /x");
    EXPECT_EQ(played.handler.requests[0].peer, played.handler.requests[1].peer);
    HttpClient distrusting{executor, url_of(played.port(), "https"), Authorities{}.trusting()};
    const auto refused = co_await distrusting.send(request_of("GET", "/x"), soon());
    EXPECT_EQ(refused.error().code, errc::unauthenticated);
    EXPECT_EQ(refused.error().message().substr(0, 10), "127.0.0.1:") << refused.error().message();
  });
}

// A proxy that checks what it is asked, answers as told, and joins the two ends after a 200.
class PlayedProxy {
 public:
  PlayedProxy(const asio::any_io_executor& executor, std::string answer)
      : listener(executor), answer_(std::move(answer)) {
    asio::co_spawn(executor, serve(), asio::detached);
  }
  Proxy settings(std::string user = {}, std::string password = {}) const {
    return {url_of(listener.port()), std::move(user), Secret{std::move(password)}};
  }
  Listener listener;
  std::string request;

 private:
  static asio::awaitable<void> copy(Stream& from, Stream& to) {
    for (;;) {
      char chunk[16384];
      const auto [ec, size] = co_await from.async_read_some(asio::buffer(chunk), as_result);
      if (ec) break;
      co_await send(to, {chunk, size});
    }
    to.close();
  }
  asio::awaitable<void> serve() {
    Stream client = co_await listener.accept();
    request = co_await read_until(client, "\r\n\r\n");
    co_await send(client, answer_);
    if (!answer_.starts_with("HTTP/1.1 200")) {
      co_await client.shut_down(soon());
      co_return;
    }
    const auto port =
        request.substr(request.find("127.0.0.1:") + 10, request.find(" HTTP/") - request.find("127.0.0.1:") - 10);
    Stream target = co_await connect(static_cast<std::uint16_t>(std::stoi(port)));
    using namespace asio::experimental::awaitable_operators;
    co_await (copy(client, target) && copy(target, client));
  }
  const std::string answer_;
};

class ThroughAProxy : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(HttpClient, ThroughAProxy, testing::Bool(),
                         [](const auto& p) { return std::string{p.param ? "Tls" : "Plain"}; });

TEST_P(ThroughAProxy, TheTunnelIsTransparent) {
  run([secure = GetParam()]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    const Authorities authorities;
    PlayedServer played{executor, {}, secure ? authorities.server : nullptr};
    PlayedProxy proxy{executor, "HTTP/1.1 200 Connection established\r\n\r\n"};
    auto settings = authorities.trusting();
    settings.proxy = proxy.settings();
    HttpClient client{executor, url_of(played.port(), secure ? "https" : "http"), settings};
    for (int i = 0; i < 2; ++i) {
      const auto response = co_await client.send(request_of("POST", "/x", "body"), soon());
      EXPECT_EQ(response.value().body, "POST /xbody");
    }
    const auto authority = "127.0.0.1:" + std::to_string(played.port());
    EXPECT_EQ(proxy.request, "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
    EXPECT_EQ(played.handler.requests.at(0).secure, secure);
  });
}

TEST_P(ThroughAProxy, AWebSocketGoesThroughWithUserAndPassword) {
  run([secure = GetParam()]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    const Authorities authorities;
    PlayedServer played{executor, {}, secure ? authorities.server : nullptr};
    PlayedProxy proxy{executor, "HTTP/1.1 200 OK\r\nProxy-Agent: played\r\n\r\n"};
    auto settings = authorities.trusting();
    settings.proxy = proxy.settings("Aladdin", "open sesame");
    const Url url = url_of(played.port(), secure ? "wss" : "ws");
    const WebSocketLimits limits;
    auto socket = (co_await connect_web_socket(executor, url, "talk.v1", settings, limits, soon())).value();
    socket->send("hello");
    EXPECT_EQ((co_await socket->read()).value(), "hello");
    // The example of RFC 7617 section 2.
    EXPECT_NE(proxy.request.find("Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"), std::string::npos);
  });
}

Error refused_by_proxy(std::string answer) {
  return run([&]() -> asio::awaitable<Error> {
    const auto executor = co_await asio::this_coro::executor;
    PlayedProxy proxy{executor, answer};
    ClientSettings settings;
    settings.proxy = proxy.settings();
    HttpClient client{executor, url_of(9), settings};
    auto response = co_await client.send(request_of("GET", "/"), soon());
    Error error = response ? Error{} : response.error();
    const auto port = std::to_string(proxy.listener.port());
    if (const auto at = error.detail.find(port); at != std::string::npos) error.detail.replace(at, port.size(), "PORT");
    co_return error;
  });
}

TEST(HttpClient, WhatAProxyRefusesIsSaid) {
  EXPECT_EQ(refused_by_proxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").message(),
            "the proxy 127.0.0.1:PORT wants a user and a password (407)");
  EXPECT_EQ(refused_by_proxy("HTTP/1.1 403 Forbidden\r\n\r\n").message(),
            "the proxy 127.0.0.1:PORT refused the tunnel: 403 Forbidden");
  EXPECT_EQ(refused_by_proxy("SSH-2.0-x\r\n\r\n").message(), "the proxy 127.0.0.1:PORT does not answer in HTTP");
  EXPECT_EQ(refused_by_proxy(std::string(20'000, 'x')).message(), "the proxy 127.0.0.1:PORT does not answer in HTTP");
  EXPECT_EQ(refused_by_proxy("HTTP/1.1 20").message(), "the proxy 127.0.0.1:PORT closed the connection");
}

TEST(HttpClient, AProxyThatStaysSilentIsGivenUpAtTheDeadline) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener silent{executor};
    ClientSettings settings;
    settings.proxy = Proxy{url_of(silent.port()), {}, {}};
    settings.connect_timeout = 200ms;
    HttpClient client{executor, url_of(9), settings};
    const auto response = co_await client.send(request_of("GET", "/"), soon());
    EXPECT_EQ(response.error().message(),
              "the proxy 127.0.0.1:" + std::to_string(silent.port()) + " did not answer in time");
  });
}

TEST(HttpRequest, ParametersAreDecoded) {
  const auto request = request_of("GET", "/a?limit=5&q=a%20b+c%2B&empty=&flag&bad=%zz");
  EXPECT_EQ(request.path(), "/a");
  EXPECT_EQ(request.parameter("limit"), "5");
  EXPECT_EQ(request.parameter("q"), "a b c+");
  EXPECT_EQ(request.parameter("empty"), "");
  EXPECT_EQ(request.parameter("flag"), "");
  EXPECT_EQ(request.parameter("bad"), std::nullopt);
  EXPECT_EQ(request.parameter("absent"), std::nullopt);
}

}  // namespace
}  // namespace dirbridge::net
