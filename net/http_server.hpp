// An HTTP/1.1 server with WebSocket upgrade, plain or TLS. Beast stays in http_connection.cpp and web_socket.cpp.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/http.hpp"
#include "net/tls.hpp"
#include "net/web_socket.hpp"

namespace dirbridge::net {

struct HttpLimits {
  std::size_t max_connections = 1024;       // more are accepted and closed at once with 503
  std::size_t max_handshakes = 32;          // TLS handshakes in progress; more wait in the backlog
  std::size_t max_header_bytes = 16 << 10;  // request line and header; more: too_large(Part::target or header)
  std::size_t max_body_bytes = 1 << 20;     // more: too_large(Part::body)
  milliseconds handshake_timeout{10'000};
  milliseconds header_timeout{10'000};  // from the first byte to the end of the header
  milliseconds body_timeout{30'000};
  milliseconds idle_timeout{75'000};   // between requests of one connection
  milliseconds write_timeout{30'000};  // a client that does not read its answer is cut
  WebSocketLimits web_socket;
};

// Which part of a request broke its limit.
enum class Part { target, header, body };

// What is known of a request that handle() does not get to see, or did not answer.
struct Unread {
  bool secure = false;  // it came over TLS
  std::string host;     // of its Host header; empty if that was not read, or not once
};

// What the server asks of its owner. All calls on the io_context's thread; exceptions are logged and answered by
// failed().
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual asio::awaitable<HttpResponse> handle(HttpRequest request) = 0;
  // A request with "Upgrade: websocket": a response refuses it; otherwise take over the socket through upgraded().
  virtual asio::awaitable<std::optional<HttpResponse>> check_upgrade(const HttpRequest& request) = 0;
  virtual asio::awaitable<void> upgraded(HttpRequest request, std::unique_ptr<WebSocket> socket) = 0;
  // Bodies (in the API's own dialect) for what never reaches handle().
  virtual HttpResponse malformed(const Unread& request, std::string_view reason) = 0;  // 400
  virtual HttpResponse too_large(const Unread& request, Part part) = 0;                // 414, 431, 413
  virtual HttpResponse timed_out(const Unread& request) = 0;                           // 408
  virtual HttpResponse failed(const Unread& request) = 0;                              // 500
  virtual HttpResponse overloaded() = 0;  // 503, over plain HTTP only: nothing of the request was read
};

struct ListenAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one, see port()
};

class HttpServer {
 public:
  // `tls` null: plain HTTP. Sub-protocol offered to WebSocket clients that ask for it: `subprotocol`.
  HttpServer(asio::any_io_executor executor, HttpHandler& handler, HttpLimits limits,
             std::shared_ptr<TlsServerContext> tls = nullptr, std::string subprotocol = {});
  ~HttpServer();
  // Binds and listens. The error names address and cause.
  result<void> listen(const ListenAddress& address);
  std::uint16_t port() const;
  // Accepts until stop(). Connections live on their own.
  asio::awaitable<void> run();
  // No new connections or requests; answers under way are finished within `grace`, then everything is closed.
  asio::awaitable<void> stop(milliseconds grace);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace dirbridge::net
