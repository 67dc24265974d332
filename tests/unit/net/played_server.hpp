// A server with a handler whose behaviour the path selects, for the tests of server, client and WebSocket.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <stdexcept>

#include "net/http_server.hpp"
#include "peer.hpp"

namespace dirbridge::net {

class PlayedHandler final : public HttpHandler {
 public:
  explicit PlayedHandler(const asio::any_io_executor& executor) : gate(executor), arrived(executor) {}

  asio::awaitable<HttpResponse> handle(HttpRequest request) override {
    requests.push_back(request);
    arrived.notify();
    if (request.path() == "/throw") throw std::runtime_error("the handler is broken");
    if (request.path() == "/wait") {
      while (!open) co_await gate.wait();
    }
    HttpResponse response;
    if (request.path() == "/inject") response.headers.emplace("X-Text", "one\r\nX-Forged: two");
    if (request.path() == "/empty") response.status = 204;
    response.body =
        request.path() == "/big" ? std::string(big, 'x') : request.method + " " + request.target + request.body;
    co_return response;
  }
  asio::awaitable<std::optional<HttpResponse>> check_upgrade(const HttpRequest& request) override {
    if (request.path() == "/refused") co_return HttpResponse{403, {}, "not for you"};
    if (request.path() == "/throw") throw std::runtime_error("the handler is broken");
    co_return std::nullopt;
  }
  asio::awaitable<void> upgraded(HttpRequest request, std::unique_ptr<WebSocket> socket) override {
    upgrade = request;
    if (request.path() == "/flood") {
      for (int i = 0; i < 64; ++i) socket->send(std::string(1 << 20, 'x'));
    }
    if (request.path() == "/close") {
      socket->send("last words");
      co_await socket->close("done here", 5s);
      co_return;
    }
    for (;;) {
      auto text = co_await socket->read();
      if (!text) {
        ended = text.error();
        arrived.notify();
        co_return;
      }
      if (*text == "abort") socket->abort();
      socket->send(std::move(*text));
    }
  }
  HttpResponse malformed(const Unread& request, std::string_view reason) override {
    unread.push_back(request);
    return {400, {}, std::string{reason}};
  }
  HttpResponse too_large(const Unread& request, Part part) override {
    unread.push_back(request);
    return {part == Part::target ? 414 : part == Part::header ? 431 : 413, {}, "too large"};
  }
  HttpResponse timed_out(const Unread&) override { return {408, {}, "too slow"}; }
  HttpResponse overloaded() override { return {503, {}, "too many"}; }
  HttpResponse failed(const Unread&) override { return {500, {}, "failed"}; }

  asio::awaitable<bool> request_arrived() {
    return arrived.until([this] { return !requests.empty(); }, soon());
  }
  // Waits until the server has seen the end of a WebSocket.
  asio::awaitable<Error> web_socket_ended() {
    co_await arrived.until([this] { return ended.has_value(); }, soon());
    co_return ended.value_or(Error{errc::timed_out, "the WebSocket did not end"});
  }

  std::vector<HttpRequest> requests;
  std::vector<Unread> unread;
  std::optional<HttpRequest> upgrade;
  std::optional<Error> ended;  // how the last WebSocket did
  std::size_t big = 64u << 20;
  bool open = false;  // what /wait waits for, with gate
  Signal gate;
  Signal arrived;
};

class PlayedServer {
 public:
  PlayedServer(const asio::any_io_executor& executor, HttpLimits limits,
               std::shared_ptr<TlsServerContext> tls = nullptr)
      : handler(executor), server(executor, handler, limits, std::move(tls), "talk.v1") {
    server.listen({}).value();
    asio::co_spawn(executor, server.run(), asio::detached);
  }
  std::uint16_t port() const { return server.port(); }

  PlayedHandler handler;
  HttpServer server;
};

inline std::string get(std::string_view path) { return "GET " + std::string{path} + " HTTP/1.1\r\nHost: x\r\n\r\n"; }
inline std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string{path} + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string{body};
}

}  // namespace dirbridge::net
