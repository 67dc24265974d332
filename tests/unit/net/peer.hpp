// The other end of a connection, played by a test: it writes and expects bytes, without any of the code under test but
// Stream.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <string_view>

#include "net/deadline.hpp"
#include "net/stream.hpp"

namespace dirbridge::net {

inline TimePoint soon() { return std::chrono::steady_clock::now() + 10s; }
inline TimePoint in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

class Listener {
 public:
  explicit Listener(const asio::any_io_executor& executor, int backlog = 16) : acceptor_(executor) {
    const asio::ip::tcp::endpoint any{asio::ip::make_address("127.0.0.1"), 0};
    acceptor_.open(any.protocol());
    acceptor_.bind(any);
    acceptor_.listen(backlog);
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  asio::awaitable<Stream> accept() {
    auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
    co_return Stream{Stream::Socket{std::move(socket)}};
  }

 private:
  asio::ip::tcp::acceptor acceptor_;
};

inline asio::awaitable<Stream> connect(std::uint16_t port) {
  const auto executor = co_await asio::this_coro::executor;
  Endpoint endpoint{"127.0.0.1", port};
  auto connected = co_await connect_tcp(executor, std::move(endpoint), soon());
  co_return std::move(connected.value());
}

// False if the connection broke.
inline asio::awaitable<bool> send(Stream& stream, std::string_view text) {
  const auto [ec, size] = co_await asio::async_write(stream, asio::buffer(text), as_result);
  co_return !ec;
}

// Reads until `text` ends with `end` or the connection does; `end` empty: to the end of the connection. Ten seconds at
// most.
inline asio::awaitable<std::string> read_until(Stream& stream, std::string_view end) {
  std::string text;
  const auto deadline = soon();
  while (end.empty() || text.find(end) == std::string::npos) {
    char chunk[4096];
    auto reading = stream.async_read_some(asio::buffer(chunk), as_result);
    const auto read = co_await with_deadline(std::move(reading), deadline);
    if (!read) co_return text + "(nothing more came)";
    if (std::get<0>(*read)) co_return text;
    text.append(chunk, std::get<1>(*read));
  }
  co_return text;
}
inline asio::awaitable<std::string> read_all(Stream& stream) { return read_until(stream, {}); }

inline int status_of(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(std::string{answer.substr(9, 3)}) : 0;
}

}  // namespace dirbridge::net
