// Private to net/: how an upgraded connection reaches web_socket.cpp, without Beast's WebSocket in those who send it
// there.
#pragma once
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <memory>
#include <string>

#include "net/stream.hpp"
#include "net/web_socket.hpp"

namespace dirbridge::net {

using UpgradeRequest = boost::beast::http::request<boost::beast::http::string_body>;

struct AcceptedWebSocket {
  std::unique_ptr<WebSocket> socket;
  std::function<void()> abort;  // ends the connection, whoever owns the socket by then, if it still exists
};

// Answers 101, naming `subprotocol` unless it is empty. The request is a checked one: GET, Upgrade, version 13, a key.
// Nothing of the peer's may have been read after it. Bounded by limits.handshake_timeout.
asio::awaitable<result<AcceptedWebSocket>> accept_web_socket(Stream stream, UpgradeRequest request,
                                                             std::string subprotocol, WebSocketLimits limits);

// The client's side over an open (and secured) stream. `host` is the Host header. A refusal is errc::denied, or
// errc::unauthenticated for 401, with status and start of the body; another sub-protocol is errc::protocol.
asio::awaitable<result<std::unique_ptr<WebSocket>>> upgrade_to_web_socket(Stream stream, std::string host,
                                                                          std::string target, std::string subprotocol,
                                                                          WebSocketLimits limits, TimePoint deadline);

}  // namespace dirbridge::net
