// HTTP and WebSocket from the calling side: one connection, direct or through an HTTP CONNECT proxy.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "net/http.hpp"
#include "net/tls.hpp"
#include "net/web_socket.hpp"

namespace dirbridge::net {

// http://host:port/path, https://…, ws://…, wss://…; IPv6 in brackets. Default ports 80 and 443.
struct Url {
  std::string scheme;
  std::string host;
  std::uint16_t port = 0;
  std::string path = "/";
  bool secure() const { return scheme == "https" || scheme == "wss"; }
  bool is_loopback() const;  // localhost, 127.0.0.0/8, ::1
  std::string text() const;
};
result<Url> parse_url(std::string_view text);

struct Proxy {
  Url url;  // http://proxy:3128
  std::string user;
  Secret password;
};

struct ClientSettings {
  std::shared_ptr<TlsClientContext> tls;  // for https and wss
  std::optional<Proxy> proxy;
  milliseconds connect_timeout{10'000};
};

// Keeps one connection alive between calls and reconnects when it has gone. One call at a time.
class HttpClient {
 public:
  HttpClient(asio::any_io_executor executor, Url server, ClientSettings settings);
  ~HttpClient();
  // `request.target` is the path; Host, Content-Length and Connection are set here. Response bodies up to `max_body`.
  asio::awaitable<result<HttpResponse>> send(HttpRequest request, TimePoint deadline, std::size_t max_body = 64u << 20);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Connects, upgrades, checks the sub-protocol. A refusal's detail holds the status and the start of its body.
asio::awaitable<result<std::unique_ptr<WebSocket>>> connect_web_socket(asio::any_io_executor executor, Url url,
                                                                       std::string subprotocol, ClientSettings settings,
                                                                       WebSocketLimits limits, TimePoint deadline);

}  // namespace dirbridge::net
