#include "net/web_socket.hpp"

#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "played_server.hpp"
#include "run.hpp"

namespace dirbridge::net {
namespace {

struct Transport {
  bool secure = false;
  Authority authority{};

  std::shared_ptr<TlsServerContext> server_context() {
    if (!secure) return nullptr;
    authority = make_authority("Test authority");
    return TlsServerContext::make(issue(authority, {"127.0.0.1"})).value();
  }
  ClientSettings client_settings() const {
    ClientSettings settings;
    if (!secure) return settings;
    TlsClientSettings tls;
    tls.ca_pem = authority.certificate;
    settings.tls = TlsClientContext::make(tls).value();
    return settings;
  }
  Url url(std::uint16_t port, std::string path) const {
    return {secure ? "wss" : "ws", "127.0.0.1", port, std::move(path)};
  }
};

using Socket = std::unique_ptr<WebSocket>;

// Named, because g++ 12 mishandles braced arguments inside co_await.
const Transport plain;
const WebSocketLimits defaults;

asio::awaitable<result<Socket>> dial(PlayedServer& played, const Transport& transport, std::string path,
                                     WebSocketLimits limits = {}, std::string subprotocol = "talk.v1") {
  co_return co_await connect_web_socket(co_await asio::this_coro::executor, transport.url(played.port(), path),
                                        subprotocol, transport.client_settings(), limits, soon());
}

// A client that writes its frames by hand; the server's 101 is still to be read.
asio::awaitable<Stream> ask_raw(PlayedServer& played, std::string path) {
  Stream client = co_await connect(played.port());
  const std::string request = "GET " + path +
                              " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  co_await send(client, request);
  co_return client;
}
asio::awaitable<Stream> dial_raw(PlayedServer& played) {
  Stream client = co_await ask_raw(played, "/talk");
  const auto answer = co_await read_until(client, "\r\n\r\n");
  EXPECT_EQ(status_of(answer), 101);
  // The accept key of the example in RFC 6455 section 1.3.
  EXPECT_NE(answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos) << answer;
  co_return client;
}
// RFC 6455 section 5.2, final and masked with zeros.
std::string frame(int opcode, std::string_view payload) {
  std::string text{static_cast<char>(0x80 | opcode), static_cast<char>(0x80 | payload.size()), 0, 0, 0, 0};
  return text + std::string{payload};
}
int close_code_of(std::string_view text) {
  if (text.size() < 4 || static_cast<unsigned char>(text[0]) != 0x88) return 0;
  return static_cast<unsigned char>(text[2]) * 256 + static_cast<unsigned char>(text[3]);
}

class BothTransports : public testing::TestWithParam<bool> {
 protected:
  Transport transport_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(WebSocket, BothTransports, testing::Bool(),
                         [](const auto& p) { return std::string{p.param ? "Tls" : "Plain"}; });

TEST_P(BothTransports, MessagesGoBothWaysInOrder) {
  run([this]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}, transport_.server_context()};
    auto socket = (co_await dial(played, transport_, "/talk?x=1")).value();
    for (int i = 0; i < 200; ++i) socket->send("message " + std::to_string(i));
    for (int i = 0; i < 200; ++i) EXPECT_EQ((co_await socket->read()).value(), "message " + std::to_string(i));
    EXPECT_EQ(played.handler.upgrade->target, "/talk?x=1");
    EXPECT_EQ(played.handler.upgrade->secure, GetParam());
    EXPECT_EQ(socket->peer(), "127.0.0.1:" + std::to_string(played.port()));
  });
}

TEST_P(BothTransports, LargeMessagesArriveWhole) {
  run([this]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}, transport_.server_context()};
    auto socket = (co_await dial(played, transport_, "/talk")).value();
    const std::string large(3 << 20, 'x');
    socket->send(large);
    socket->send("");
    EXPECT_EQ((co_await socket->read()).value().size(), large.size());
    EXPECT_EQ((co_await socket->read()).value(), "");
  });
}

TEST_P(BothTransports, CloseDeliversWhatIsQueuedAndTheReason) {
  run([this]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}, transport_.server_context()};
    auto socket = (co_await dial(played, transport_, "/close")).value();
    EXPECT_EQ((co_await socket->read()).value(), "last words");
    const auto end = co_await socket->read();
    EXPECT_EQ(end.error().code, errc::closed);
    EXPECT_EQ(end.error().message(), "the peer closed the connection (1000 done here)");
    EXPECT_EQ((co_await socket->read()).error().code, errc::closed);
  });
}

TEST_P(BothTransports, TheServerLearnsHowTheClientClosed) {
  run([this]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}, transport_.server_context()};
    auto socket = (co_await dial(played, transport_, "/talk")).value();
    co_await socket->close("going home", 5s);
    EXPECT_EQ((co_await played.handler.web_socket_ended()).message(),
              "the peer closed the connection (1000 going home)");
  });
}

TEST_P(BothTransports, AMessageOverTheLimitEndsTheConnection) {
  run([this]() -> asio::awaitable<void> {
    HttpLimits limits;
    limits.web_socket.max_message_bytes = 1000;
    PlayedServer played{co_await asio::this_coro::executor, limits, transport_.server_context()};
    auto socket = (co_await dial(played, transport_, "/talk")).value();
    socket->send(std::string(1000, 'x'));
    EXPECT_EQ((co_await socket->read()).value().size(), 1000u);
    socket->send(std::string(1001, 'x'));
    const auto end = co_await socket->read();
    EXPECT_EQ(end.error().message().substr(0, 36), "the peer closed the connection (1009");
    EXPECT_EQ((co_await played.handler.web_socket_ended()).code, errc::too_large);
  });
}

TEST_P(BothTransports, TheOwnerMayLetGoAtAnyTime) {
  run([this]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}, transport_.server_context()};
    auto socket = (co_await dial(played, transport_, "/talk")).value();
    for (int i = 0; i < 100; ++i) socket->send(std::string(100'000, 'x'));
    socket.reset();
    EXPECT_EQ((co_await played.handler.web_socket_ended()).code, errc::closed);
  });
}

TEST_P(BothTransports, AbortEndsTheReadUnderWay) {
  run([this]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}, transport_.server_context()};
    auto socket = (co_await dial(played, transport_, "/talk")).value();
    asio::post(co_await asio::this_coro::executor, [&] { socket->abort(); });
    EXPECT_EQ((co_await socket->read()).error().code, errc::closed);
    socket->send("nobody hears");
  });
}

TEST_P(BothTransports, AnAbortByThePeerIsTheEnd) {
  run([this]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}, transport_.server_context()};
    auto socket = (co_await dial(played, transport_, "/talk")).value();
    socket->send("abort");
    EXPECT_EQ((co_await socket->read()).error().code, errc::closed);
  });
}

TEST(WebSocket, ARefusalHasItsStatusAndItsWords) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    const auto refused = co_await dial(played, plain, "/refused");
    EXPECT_EQ(refused.error().code, errc::denied);
    EXPECT_EQ(refused.error().message(), "the server refused the WebSocket: 403 not for you");
    const auto broken = co_await dial(played, plain, "/throw");
    EXPECT_EQ(broken.error().message(), "the server refused the WebSocket: 500 failed");
  });
}

TEST(WebSocket, AServerOfAnotherSubprotocolIsRefused) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    const auto refused = co_await dial(played, plain, "/talk", defaults, "talk.v2");
    EXPECT_EQ(refused.error().message(), "the server does not speak the sub-protocol talk.v2");
  });
}

TEST(WebSocket, AServerThatIsNotOneIsCalledSo) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    const auto answer = [](Listener& l) -> asio::awaitable<void> {
      Stream stream = co_await l.accept();
      co_await send(stream, "220 mail ready\r\n\r\n");
      co_await read_all(stream);
    };
    asio::co_spawn(executor, answer(listener), asio::detached);
    Url url{"ws", "127.0.0.1", listener.port(), "/"};
    const auto refused =
        co_await connect_web_socket(executor, url, "talk.v1", plain.client_settings(), defaults, soon());
    EXPECT_FALSE(refused.has_value());
  });
}

TEST(WebSocket, AServerThatStaysSilentIsGivenUp) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};
    Url url{"ws", "127.0.0.1", listener.port(), "/"};
    const auto refused =
        co_await connect_web_socket(executor, url, "talk.v1", plain.client_settings(), defaults, in(20ms));
    EXPECT_EQ(refused.error().code, errc::timed_out);
  });
}

TEST(WebSocket, ABinaryMessageEndsTheConnectionWith1003) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    Stream client = co_await dial_raw(played);
    co_await send(client, frame(2, "\x01\x02"));
    EXPECT_EQ(close_code_of(co_await read_all(client)), 1003);
    client.close();
    EXPECT_EQ((co_await played.handler.web_socket_ended()).message(), "the peer sent a binary message");
  });
}

TEST(WebSocket, TextThatIsNotUtf8EndsTheConnectionWith1007) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    Stream client = co_await dial_raw(played);
    co_await send(client, frame(1, "\xc3\x28"));
    EXPECT_EQ(close_code_of(co_await read_all(client)), 1007);
    client.close();
    EXPECT_EQ((co_await played.handler.web_socket_ended()).message(), "the peer sent text that is not UTF-8");
  });
}

TEST(WebSocket, AFrameThatIsNotMaskedEndsTheConnectionWith1002) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    Stream client = co_await dial_raw(played);
    co_await send(client, "\x81\x02hi");
    EXPECT_EQ(close_code_of(co_await read_all(client)), 1002);
    client.close();
    EXPECT_EQ((co_await played.handler.web_socket_ended()).code, errc::protocol);
  });
}

TEST(WebSocket, AMessageMayComeInFragmentsWithAPingBetween) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    Stream client = co_await dial_raw(played);
    std::string first = frame(1, "he");
    first[0] = 1;
    co_await send(client, first + frame(9, "ping") + frame(0, "llo"));
    const auto text = co_await read_until(client, "hello");
    EXPECT_NE(text.find("\x8a\x04ping"), std::string::npos);
    EXPECT_TRUE(text.ends_with("\x81\x05hello"));
  });
}

TEST(WebSocket, APeerThatDoesNotReadIsCutWhenTheQueueIsFull) {
  run([]() -> asio::awaitable<void> {
    HttpLimits limits;
    limits.web_socket.max_queued_bytes = 20u << 20;
    PlayedServer played{co_await asio::this_coro::executor, limits};
    Stream client = co_await ask_raw(played, "/flood");
    EXPECT_EQ((co_await played.handler.web_socket_ended()).message(),
              "the peer did not read: more than 20971520 bytes waited for it");
  });
}

TEST(WebSocket, APeerThatDoesNotReadIsCutAfterTheWriteTimeout) {
  run([]() -> asio::awaitable<void> {
    HttpLimits limits;
    limits.web_socket.write_timeout = 30ms;
    PlayedServer played{co_await asio::this_coro::executor, limits};
    Stream client = co_await ask_raw(played, "/flood");
    EXPECT_EQ((co_await played.handler.web_socket_ended()).message(), "the peer did not read for 30 ms");
  });
}

TEST(WebSocket, APeerThatVanishesEndsTheRead) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    { Stream client = co_await dial_raw(played); }
    EXPECT_EQ((co_await played.handler.web_socket_ended()).message(), "the peer went away without a close frame");
  });
}

TEST(WebSocket, CloseDoesNotWaitLongerThanItsGraceForAPeerThatIsSilent) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    PlayedServer played{executor, {}};
    Stream silent = co_await ask_raw(played, "/close");  // never answers the close frame
    const auto text = co_await read_until(silent, "done here");
    EXPECT_NE(text.find("last words"), std::string::npos);
    co_await played.server.stop(10ms);
    EXPECT_EQ(co_await read_all(silent), "");
  });
}

TEST(WebSocket, StopOfTheServerEndsThem) {
  run([]() -> asio::awaitable<void> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    auto socket = (co_await dial(played, plain, "/talk")).value();
    co_await played.server.stop(10s);
    EXPECT_EQ((co_await socket->read()).error().code, errc::closed);
    EXPECT_EQ((co_await played.handler.web_socket_ended()).code, errc::closed);
  });
}

class BadUpgrade : public testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(BadUpgrade, IsRefused) {
  const auto [request, status] = GetParam();
  const auto answer = run([text = request]() -> asio::awaitable<std::string> {
    PlayedServer played{co_await asio::this_coro::executor, {}};
    Stream client = co_await connect(played.port());
    co_await send(client, text);
    co_return co_await read_all(client);
  });
  EXPECT_EQ(status_of(answer), status) << answer;
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadUpgrade,
    testing::Values(
        std::pair{
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 12\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            426},
        std::pair{"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
                  "13\r\n\r\n",
                  400},
        std::pair{
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nearly",
            400}));

}  // namespace
}  // namespace dirbridge::net
