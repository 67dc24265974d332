// Private to net/: one connection of the HTTP server, from the TLS handshake to its end or its upgrade.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>

#include "net/deadline.hpp"
#include "net/http_server.hpp"
#include "net/stream.hpp"

namespace dirbridge::net {

class HttpConnection;

// What the server and its connections share. A connection keeps it alive, and adds and removes itself.
struct HttpServerState {
  HttpServerState(asio::any_io_executor e, HttpHandler& h, HttpLimits l, std::shared_ptr<TlsServerContext> t,
                  std::string s)
      : executor(e), handler(h), limits(l), tls(std::move(t)), subprotocol(std::move(s)), changed(e) {}

  const asio::any_io_executor executor;
  HttpHandler& handler;
  const HttpLimits limits;
  const std::shared_ptr<TlsServerContext> tls;
  const std::string subprotocol;
  Signal changed;  // a connection or a handshake has ended
  std::unordered_set<HttpConnection*> connections;
  std::size_t handshakes = 0;
  bool stopped = false;  // no new requests
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(std::shared_ptr<HttpServerState> server, Stream stream);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Never throws; ends when the connection does.
  static asio::awaitable<void> run(std::shared_ptr<HttpConnection> self);
  // An answer is being made or written, or the client is given time to read it: stop() waits for it.
  bool is_answering() const {
    return phase_ == Phase::handling || phase_ == Phase::writing || phase_ == Phase::closing;
  }
  bool is_web_socket() const { return phase_ == Phase::web_socket; }
  // Ends the connection now, a WebSocket too.
  void close();

 private:
  enum class Phase { handshake, idle, header, body, handling, writing, closing, web_socket };
  enum class Arrival { complete, closed, malformed, too_large, timed_out };
  struct Request;

  asio::awaitable<void> serve();
  // True if another request may follow.
  asio::awaitable<bool> serve_one();
  asio::awaitable<Arrival> receive(Request& request);
  bool first_line_ends() const;  // within the header's limit
  Unread unread(const Request& request) const;
  bool parse(Request& request, Arrival& arrival);
  asio::awaitable<bool> answer(HttpRequest request, bool keep_alive, unsigned version);
  asio::awaitable<bool> upgrade(Request& request);
  asio::awaitable<bool> refuse(HttpResponse response);
  asio::awaitable<bool> respond(HttpResponse response, bool keep_alive, unsigned version, bool with_body);
  asio::awaitable<error_code> write(std::string_view head, std::string_view body);
  void enter(Phase phase, milliseconds limit);
  void watch();
  void expired();

  const std::shared_ptr<HttpServerState> server_;
  Stream stream_;
  const std::string peer_;
  boost::beast::flat_buffer buffer_;
  Phase phase_ = Phase::handshake;
  TimePoint deadline_ = TimePoint::max();
  TimePoint watching_until_ = TimePoint::max();
  bool timed_out_ = false;
  asio::steady_timer timer_;
  std::function<void()> abort_web_socket_;
};

}  // namespace dirbridge::net
