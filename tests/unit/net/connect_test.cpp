#include <gtest/gtest.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <cstdio>
#include <filesystem>

#include "peer.hpp"
#include "run.hpp"

namespace dirbridge::net {
namespace {

result<Stream> connect_to(std::string host, std::uint16_t port, TimePoint deadline) {
  return run([&]() -> asio::awaitable<result<Stream>> {
    const auto executor = co_await asio::this_coro::executor;
    Endpoint endpoint{host, port};
    co_return co_await connect_tcp(executor, endpoint, deadline);
  });
}

TEST(Connect, ARefusalNamesHostPortAndCause) {
  std::uint16_t free_port = 0;
  run([&]() -> asio::awaitable<void> { free_port = Listener{co_await asio::this_coro::executor}.port(); });
  const auto connected = connect_to("127.0.0.1", free_port, soon());
  EXPECT_EQ(connected.error().code, boost::system::errc::connection_refused);
  EXPECT_EQ(connected.error().message(),
            "cannot connect to 127.0.0.1:" + std::to_string(free_port) + ": Connection refused");
}

TEST(Connect, ANameIsResolvedAndEveryAddressTried) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor};  // 127.0.0.1 only: where localhost is ::1 first, that one refuses
    Endpoint endpoint{"localhost", listener.port()};
    auto connected = co_await connect_tcp(executor, endpoint, soon());
    EXPECT_TRUE(connected.has_value());
    Stream served = co_await listener.accept();
    EXPECT_EQ(connected->peer(), "127.0.0.1:" + std::to_string(listener.port()));
    EXPECT_FALSE(connected->is_secure());
  });
}

TEST(Connect, ASilentPeerIsGivenUpAtTheDeadline) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    Listener listener{executor, 0};  // nobody accepts: when its queue is full, Linux drops what comes
    std::vector<Stream> queued;
    for (int i = 0; i < 8; ++i) {
      Endpoint endpoint{"127.0.0.1", listener.port()};
      auto connected = co_await connect_tcp(executor, endpoint, in(100ms));
      if (connected) {
        queued.push_back(std::move(*connected));
        continue;
      }
      EXPECT_EQ(connected.error().code, errc::timed_out);
      EXPECT_EQ(connected.error().message(),
                "cannot connect to 127.0.0.1:" + std::to_string(listener.port()) + ": no answer in time");
      co_return;
    }
    ADD_FAILURE() << "every connection was taken";
  });
}

TEST(Connect, ALocalSocketIsReachedByItsPath) {
  const auto path = std::filesystem::temp_directory_path() / ("dirbridge-connect-" + std::to_string(::getpid()));
  run([&]() -> asio::awaitable<void> {
    using asio::local::stream_protocol;
    const auto executor = co_await asio::this_coro::executor;
    stream_protocol::acceptor acceptor{executor, stream_protocol::endpoint{path.string()}};
    auto connected = co_await connect_local(executor, path.string(), soon());
    EXPECT_EQ(connected.value().peer(), "local");
    std::filesystem::remove(path);
    const auto missing = co_await connect_local(executor, path.string(), soon());
    EXPECT_EQ(missing.error().message(), "cannot connect to " + path.string() + ": No such file or directory");
    const auto too_long = co_await connect_local(executor, std::string(200, 'x'), soon());
    EXPECT_EQ(too_long.error().code, errc::configuration);
  });
}

struct Pair {
  Stream client;
  Stream server;
};
asio::awaitable<Pair> connected_pair() {
  Listener listener{co_await asio::this_coro::executor};
  Stream client = co_await connect(listener.port());
  Stream server = co_await listener.accept();
  co_return Pair{std::move(client), std::move(server)};
}

TEST(Stream, ACancelledReadLosesNothing) {
  run([]() -> asio::awaitable<void> {
    auto [client, server] = co_await connected_pair();
    char text[8];
    auto reading = client.async_read_some(asio::buffer(text), as_result);
    EXPECT_FALSE((co_await with_deadline(std::move(reading), in(5ms))).has_value());
    co_await send(server, "hello");
    EXPECT_EQ(co_await read_until(client, "hello"), "hello");
  });
}

TEST(Stream, CancelEndsAReadAndLeavesTheConnection) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    auto [client, server] = co_await connected_pair();
    std::optional<error_code> ended;
    char byte;
    client.async_read_some(asio::buffer(&byte, 1), [&](error_code ec, std::size_t) { ended = ec; });
    client.cancel();
    while (!ended) co_await asio::post(executor, asio::use_awaitable);
    EXPECT_EQ(*ended, asio::error::operation_aborted);
    co_await send(server, "x");
    EXPECT_EQ(co_await read_until(client, "x"), "x");
  });
}

TEST(Stream, ManyBuffersArriveInOrder) {
  run([]() -> asio::awaitable<void> {
    auto [client, server] = co_await connected_pair();
    std::vector<std::string> parts;
    std::vector<asio::const_buffer> buffers;
    std::string whole;
    for (int i = 0; i < 40; ++i) parts.push_back(i % 3 == 0 ? "" : "<" + std::to_string(i) + ">");
    for (const auto& part : parts) {
      buffers.push_back(asio::buffer(part));
      whole += part;
    }
    const auto [ec, size] = co_await asio::async_write(client, buffers, as_result);
    EXPECT_EQ(size, whole.size());
    EXPECT_EQ(co_await read_until(server, "<38>"), whole);
  });
}

TEST(Stream, ShutDownDeliversTheLastWordsToAPeerThatStillSends) {
  run([]() -> asio::awaitable<void> {
    const auto executor = co_await asio::this_coro::executor;
    auto [client, server] = co_await connected_pair();
    co_await send(client, std::string(100'000, 'x'));  // never read by the server
    co_await send(server, "last words");
    asio::co_spawn(executor, server.shut_down(soon()), asio::detached);
    EXPECT_EQ(co_await read_all(client), "last words");
  });
}

}  // namespace
}  // namespace dirbridge::net
