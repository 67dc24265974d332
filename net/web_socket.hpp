// A WebSocket of text messages. Beast stays in web_socket.cpp (one stream type, compiled once).
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace dirbridge::net {

namespace asio = boost::asio;

// Both ends. All calls on the io_context's thread. Binary messages, oversized ones and text that is not UTF-8 end the
// connection with the close code RFC 6455 names.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  // One reader at a time. errc::closed when the peer is gone; detail says how it said so.
  virtual asio::awaitable<result<std::string>> read() = 0;
  // Queued, order kept, any number of callers; returns at once. A peer that does not read until max_queued_bytes have
  // gathered, or for the write time-out, is cut off (read() then ends).
  virtual void send(std::string text) = 0;
  // Sends what is queued, then a close frame with `reason`, waits at most `grace`, and ends the connection.
  virtual asio::awaitable<void> close(std::string_view reason, milliseconds grace) = 0;
  // Ends the connection now; read() returns errc::closed.
  virtual void abort() = 0;
  // For messages not yet begun: a longer one ends the connection (close code 1009).
  virtual void limit_messages(std::size_t max_bytes) = 0;
  virtual std::string peer() const = 0;  // "127.0.0.1:41234"
};

struct WebSocketLimits {
  std::size_t max_message_bytes = 16u << 20;
  std::size_t max_queued_bytes = 64u << 20;
  milliseconds write_timeout{30'000};
  milliseconds handshake_timeout{10'000};
};

}  // namespace dirbridge::net
