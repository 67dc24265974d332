#include "net/http_server.hpp"

#include <gtest/gtest.h>

#include "played_server.hpp"
#include "run.hpp"

namespace dirbridge::net {
namespace {

// One story: a server, one client connection, text in, everything out until the server closes.
std::string exchange(HttpLimits limits, std::string text, std::size_t piece = std::string::npos) {
  return run([&]() -> asio::awaitable<std::string> {
    PlayedServer played{co_await asio::this_coro::executor, limits};
    Stream client = co_await connect(played.port());
    for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size() - at)) {
      const bool sent = co_await send(client, std::string_view{text}.substr(at, piece));
      if (!sent) break;
    }
    co_return co_await read_all(client);
  });
}

std::string closing(std::string request) { return request.insert(request.find("\r\n") + 2, "Connection: close\r\n"); }

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST(HttpServer, AnswersSeveralRequestsOnOneConnection) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    Stream client = co_await connect(played.port());
    for (const std::string body : {"one", "two", "three"}) {
      co_await send(client, post("/echo?x=1", body));
      const auto answer = co_await read_until(client, "/echo?x=1" + body);
      EXPECT_EQ(status_of(answer), 200);
      EXPECT_EQ(answer.find("Connection: close"), std::string::npos);
    }
    EXPECT_EQ(played.handler.requests.size(), 3u);
    EXPECT_TRUE(played.handler.requests[0].peer.starts_with("127.0.0.1:"));
    EXPECT_FALSE(played.handler.requests[0].secure);
  });
}

TEST(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  const auto answer = exchange({}, post("/1", "a") + get("/2") + post("/3", "ccc") + closing(get("/4")));
  EXPECT_EQ(count(answer, "HTTP/1.1 200 OK"), 4u);
  EXPECT_LT(answer.find("POST /1a"), answer.find("GET /2"));
  EXPECT_LT(answer.find("GET /2"), answer.find("POST /3ccc"));
  EXPECT_LT(answer.find("POST /3ccc"), answer.find("GET /4"));
}

TEST(HttpServer, ARequestMayArriveByteByByte) {
  const auto answer = exchange({}, "\r\n" + post("/1", "abc") + closing(post("/2", "def")), 1);
  EXPECT_NE(answer.find("POST /1abc"), std::string::npos) << answer;
  EXPECT_NE(answer.find("POST /2def"), std::string::npos) << answer;
}

TEST(HttpServer, AChunkedBodyIsPutTogether) {
  const auto answer = exchange({},
                               "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                               "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_NE(answer.find("POST /cabcde"), std::string::npos) << answer;
}

TEST(HttpServer, ATargetInAbsoluteFormIsTakenAndItsHostCounts) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    for (const std::string target : {"http://hub.example:81/a%2Fb?x=1", "HTTP://hub.example?x", "http://[::1]"}) {
      Stream client = co_await connect(played.port());
      co_await send(client, "GET " + target + " HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n");
      const auto answer = co_await read_all(client);
      EXPECT_EQ(status_of(answer), 200) << target;
    }
    const auto& seen = played.handler.requests;
    EXPECT_EQ(seen[0].target, "/a%2Fb?x=1");
    EXPECT_EQ(seen[0].header("Host"), "hub.example:81");
    EXPECT_EQ(seen[0].headers.count("Host"), 1u);
    EXPECT_EQ(seen[1].target, "/?x");
    EXPECT_EQ(seen[2].target, "/");
    EXPECT_EQ(seen[2].header("Host"), "[::1]");
  });
}

TEST(HttpServer, ATargetThatIsNeitherPathNorUrlOfThisFaceIsRefused) {
  for (const std::string target :
       {"x", "ftp://h/", "http://", "http:///x", "http://u:p@h/", "http://:80/", "https://h/", "*", "h:80"})
    EXPECT_EQ(status_of(exchange({}, "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n")), 400) << target;
  EXPECT_EQ(status_of(exchange({}, "GET http://h/ HTTP/1.1\r\nConnection: close\r\n\r\n")), 400) << "no Host";
}

TEST(HttpServer, HeadHasTheLengthButNotTheBody) {
  const auto answer = exchange({}, "HEAD /h HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 7\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(HttpServer, AnAnswerThatCannotHaveABodyHasNone) {
  const auto answer = exchange({}, closing(get("/empty")));
  EXPECT_EQ(status_of(answer), 204);
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(HttpServer, AnHttp10ClientIsClosedUnlessItAsksOtherwise) {
  EXPECT_NE(exchange({}, "GET /x HTTP/1.0\r\n\r\n").find("Connection: close"), std::string::npos);
  const auto kept = exchange({}, "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n");
  EXPECT_EQ(count(kept, "HTTP/1.1 200"), 2u) << kept;
  EXPECT_EQ(count(kept, "Connection: keep-alive"), 1u) << kept;
}

class MalformedRequest : public testing::TestWithParam<const char*> {};

TEST_P(MalformedRequest, IsAnswered400AndTheConnectionEnds) {
  const auto answer = exchange({}, std::string{GetParam()} + get("/smuggled"));
  EXPECT_EQ(status_of(answer), 400) << answer;
  EXPECT_EQ(count(answer, "HTTP/1.1"), 1u) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
}

INSTANTIATE_TEST_SUITE_P(
    Each, MalformedRequest,
    testing::Values("nonsense\r\n\r\n", "GET /x\r\n\r\n", "GET /x HTTP/2.0\r\nHost: x\r\n\r\n",
                    "GET /x HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                    "GET /x HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", "GET /x HTTP/1.1\r\nHost : x\r\n\r\n",
                    "GET ftp://other/x HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT other:443 HTTP/1.1\r\nHost: x\r\n\r\n",
                    "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                    "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                    "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
                    "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                    "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
                    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"));

TEST(HttpServer, ABodyOverTheLimitIs413BeforeItIsRead) {
  HttpLimits limits;
  limits.max_body_bytes = 100;
  EXPECT_EQ(status_of(exchange(limits, post("/x", std::string(101, 'a')))), 413);
  EXPECT_EQ(status_of(exchange(limits, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")), 413);
  EXPECT_EQ(status_of(exchange(limits, closing(post("/x", std::string(100, 'a'))))), 200);
}

TEST(HttpServer, AChunkedBodyOverTheLimitIs413) {
  HttpLimits limits;
  limits.max_body_bytes = 100;
  std::string text = "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5; ++i) text += "20\r\n" + std::string(32, 'a') + "\r\n";
  EXPECT_EQ(status_of(exchange(limits, text)), 413);
}

TEST(HttpServer, AHeaderOverTheLimitIs431AndAUrlOverItIs414) {
  HttpLimits limits;
  limits.max_header_bytes = 2000;
  const std::string tail = " HTTP/1.1\r\nHost: x\r\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{700}, std::string::npos}) {
    const auto status = [&](const std::string& text) { return status_of(exchange(limits, text, piece)); };
    EXPECT_EQ(status("GET /x" + tail + "X-Long: " + std::string(5000, 'a')), 431) << piece;
    EXPECT_EQ(status("GET /x" + tail + "X-Long: " + std::string(5000, 'a') + "\r\n\r\n"), 431) << piece;
    EXPECT_EQ(status("GET /" + std::string(5000, 'a') + tail + "\r\n"), 414) << piece;
    EXPECT_EQ(status("\r\nGET /" + std::string(5000, 'a')), 414) << piece;
    EXPECT_EQ(status("GET /" + std::string(1500, 'a') + tail + "Connection: close\r\n\r\n"), 200) << piece;
  }
}

TEST(HttpServer, ChunkExtensionsCannotGrowWithoutEnd) {
  HttpLimits limits;
  limits.max_header_bytes = 2000;
  const std::string text =
      "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(1 << 20, 'a');
  EXPECT_EQ(status_of(exchange(limits, text)), 400);
}

TEST(HttpServer, AHeaderThatDoesNotEndIs408) {
  HttpLimits limits;
  limits.header_timeout = 20ms;
  EXPECT_EQ(status_of(exchange(limits, "GET /x HTTP/1.1\r\nHost:")), 408);
}

TEST(HttpServer, ABodyThatDoesNotEndIs408) {
  HttpLimits limits;
  limits.body_timeout = 20ms;
  EXPECT_EQ(status_of(exchange(limits, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")), 408);
}

TEST(HttpServer, AnIdleConnectionIsClosedWithoutAWord) {
  HttpLimits limits;
  limits.idle_timeout = 200ms;
  EXPECT_EQ(exchange(limits, ""), "");
  const auto answer = exchange(limits, get("/x"));
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(count(answer, "HTTP/1.1"), 1u);
}

TEST(HttpServer, AClientThatDoesNotReadIsCutAndItsPlaceIsFree) {
  run([]() -> asio::awaitable<void> {
    HttpLimits limits;
    limits.max_connections = 1;
    limits.write_timeout = 50ms;
    PlayedServer played{co_await asio::this_coro::executor, limits};
    Stream slow = co_await connect(played.port());
    co_await send(slow, get("/big"));
    int status = 0;
    for (const auto end = soon(); status != 200 && std::chrono::steady_clock::now() < end;) {
      Stream other = co_await connect(played.port());
      co_await send(other, closing(get("/x")));
      status = status_of(co_await read_all(other));
      EXPECT_TRUE(status == 200 || status == 503 || status == 0) << status;
    }
    EXPECT_EQ(status, 200);
    EXPECT_LT((co_await read_all(slow)).size(), played.handler.big);
  });
}

TEST(HttpServer, ALargeAnswerArrivesWhole) { EXPECT_GT(exchange({}, closing(get("/big"))).size(), 64u << 20); }

TEST(HttpServer, OneConnectionTooManyIs503) {
  run([]() -> asio::awaitable<void> {
    HttpLimits limits;
    limits.max_connections = 1;
    PlayedServer played{co_await asio::this_coro::executor, limits};
    Stream first = co_await connect(played.port());
    co_await send(first, get("/x"));
    co_await read_until(first, "GET /x");
    Stream second = co_await connect(played.port());
    EXPECT_EQ(status_of(co_await read_all(second)), 503);
    co_await send(first, get("/y"));
    EXPECT_EQ(status_of(co_await read_until(first, "GET /y")), 200);
  });
}

TEST(HttpServer, AHandlerThatThrowsIs500AndTheConnectionGoesOn) {
  const auto answer = exchange({}, get("/throw") + closing(get("/next")));
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_NE(answer.find("GET /next"), std::string::npos);
}

TEST(HttpServer, AHandlersTextCannotForgeAHeader) {
  const auto answer = exchange({}, closing(get("/inject")));
  EXPECT_EQ(answer.find("\r\nX-Forged"), std::string::npos) << answer;
}

TEST(HttpServer, AClientThatWaitsForContinueIsToldToGoOn) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    Stream client = co_await connect(played.port());
    co_await send(client, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(co_await read_until(client, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    co_await send(client, "abc");
    EXPECT_EQ(status_of(co_await read_until(client, "POST /xabc")), 200);
  });
}

TEST(HttpServer, AClientThatWaitsForContinueWithTooMuchIsRefusedAtOnce) {
  const auto answer =
      exchange({}, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(answer), 413) << answer;
}

TEST(HttpServer, AClientMayGoAwayWhileTheHandlerWorks) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    {
      Stream client = co_await connect(played.port());
      co_await send(client, get("/wait"));
      co_await played.handler.request_arrived();
    }
    played.handler.open = true;
    played.handler.gate.notify();
    Stream next = co_await connect(played.port());
    co_await send(next, get("/next"));
    EXPECT_EQ(status_of(co_await read_until(next, "GET /next")), 200);
  });
}

TEST(HttpServer, StopFinishesTheAnswerUnderWayAndTakesNoMore) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    PlayedServer played{executor, {}};
    Stream idle = co_await connect(played.port());
    Stream busy = co_await connect(played.port());
    co_await send(busy, get("/wait") + get("/never"));
    co_await played.handler.request_arrived();
    bool stopped = false;
    const auto stop = [](HttpServer& server, bool& done) -> asio::awaitable<void> {
      co_await server.stop(10s);
      done = true;
    };
    asio::co_spawn(executor, stop(played.server, stopped), asio::detached);
    EXPECT_EQ(co_await read_all(idle), "");
    EXPECT_FALSE(stopped);
    played.handler.open = true;
    played.handler.gate.notify();
    const auto answer = co_await read_all(busy);
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    busy.close();
    while (!stopped) co_await asio::post(executor, asio::use_awaitable);
    EXPECT_EQ(played.handler.requests.size(), 1u);
  });
}

TEST(HttpServer, StopDoesNotWaitLongerThanItsGrace) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    Stream busy = co_await connect(played.port());
    co_await send(busy, get("/wait"));
    co_await played.handler.request_arrived();
    co_await played.server.stop(10ms);
    EXPECT_EQ(co_await read_all(busy), "");
    played.handler.open = true;
    played.handler.gate.notify();
  });
}

TEST(HttpServer, AnAddressInUseIsNamed) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    PlayedServer played{executor, {}};
    HttpServer second{executor, played.handler, {}};
    const auto listening = second.listen({"127.0.0.1", played.port()});
    EXPECT_EQ(listening.error().message(),
              "cannot listen on 127.0.0.1:" + std::to_string(played.port()) + ": Address already in use");
  });
}

TEST(HttpServer, OfWhatCannotBeReadTheHandlerLearnsTheHostThatWasReadOnce) {
  run([]() -> asio::awaitable<void> {
    HttpLimits limits;
    limits.max_header_bytes = 256;
    limits.max_body_bytes = 16;
    PlayedServer played{co_await asio::this_coro::executor, limits};
    const std::string large(400, 'x');
    for (const auto& request : {
             "POST / HTTP/1.1\r\nHost: a.b\r\nContent-Length: 17\r\n\r\n" + std::string{},
             "GET nowhere HTTP/1.1\r\nHost: a.b:1\r\n\r\n" + std::string{},
             "GET / HTTP/1.1\r\nHost: a.b\r\nX: " + large + "\r\n\r\n",
             "GET http://c.d/ HTTP/1.1\r\nHost: a.b\r\nTransfer-Encoding: gzip\r\n\r\n" + std::string{},
             "GET /" + large + " HTTP/1.1\r\nHost: a.b\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: a.b\r\nHost: c.d\r\n\r\n" + std::string{},
             "nonsense\r\n\r\n" + std::string{},
         }) {
      Stream client = co_await connect(played.port());
      co_await send(client, request);
      co_await read_all(client);
    }
    std::vector<std::string> hosts;
    for (const auto& one : played.handler.unread) {
      hosts.push_back(one.host);
      EXPECT_FALSE(one.secure);
    }
    EXPECT_EQ(hosts, (std::vector<std::string>{"a.b", "a.b:1", "a.b", "c.d", "", "", ""}));
  });
}

TEST(HttpServer, SilentTlsClientsDoNotHoldTheirPlaceInTheHandshakeForEver) {
  run([]() -> asio::awaitable<void> {
    const auto authority = make_authority("Test authority");
    HttpLimits limits;
    limits.max_handshakes = 1;
    limits.handshake_timeout = 500ms;  // enough for a real one on a busy machine
    auto tls = TlsServerContext::make(issue(authority, {"127.0.0.1"})).value();
    PlayedServer played{co_await asio::this_coro::executor, limits, tls};
    Stream silent = co_await connect(played.port());
    Stream client = co_await connect(played.port());
    TlsClientSettings settings;
    settings.ca_pem = authority.certificate;
    auto context = TlsClientContext::make(settings).value();
    const auto secured = co_await client.secure_client(context, "127.0.0.1", soon());
    EXPECT_TRUE(secured.has_value());
    EXPECT_EQ(co_await read_all(silent), "");
    co_await send(client, get("/x"));
    EXPECT_EQ(status_of(co_await read_until(client, "GET /x")), 200);
    EXPECT_TRUE(played.handler.requests.at(0).secure);
    co_await send(client, "GET nowhere HTTP/1.1\r\nHost: a.b\r\n\r\n");
    co_await read_until(client, "neither a path nor a URL");
    EXPECT_EQ(played.handler.unread.size(), 1u);
    EXPECT_TRUE(!played.handler.unread.empty() && played.handler.unread.front().secure);
  });
}

}  // namespace
}  // namespace dirbridge::net
