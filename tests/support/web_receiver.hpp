// A web server of a test's own, on a loopback port and the test's event loop: what came, and what it answers.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <vector>

#include "net/http_server.hpp"

namespace dirbridge::test {

class WebReceiver final : private net::HttpHandler {
 public:
  using Answer = std::function<net::HttpResponse(const net::HttpRequest&)>;

  WebReceiver(boost::asio::io_context& loop, Answer answer, std::shared_ptr<net::TlsServerContext> tls = nullptr)
      : answer(std::move(answer)), is_secure_(tls != nullptr), server_(loop.get_executor(), *this, {}, std::move(tls)) {
    server_.listen({"127.0.0.1", 0}).value();
    boost::asio::co_spawn(loop, server_.run(), boost::asio::detached);
  }
  std::string url() const {
    return (is_secure_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(server_.port());
  }
  boost::asio::awaitable<void> stop() { co_await server_.stop(std::chrono::milliseconds{0}); }

  Answer answer;
  std::vector<net::HttpRequest> seen;

 private:
  boost::asio::awaitable<net::HttpResponse> handle(net::HttpRequest request) override {
    seen.push_back(request);
    co_return answer(request);
  }
  boost::asio::awaitable<std::optional<net::HttpResponse>> check_upgrade(const net::HttpRequest&) override {
    co_return net::HttpResponse{404, {}, ""};
  }
  boost::asio::awaitable<void> upgraded(net::HttpRequest, std::unique_ptr<net::WebSocket>) override { co_return; }
  net::HttpResponse malformed(const net::Unread&, std::string_view) override { return {400, {}, ""}; }
  net::HttpResponse too_large(const net::Unread&, net::Part) override { return {413, {}, ""}; }
  net::HttpResponse timed_out(const net::Unread&) override { return {408, {}, ""}; }
  net::HttpResponse overloaded() override { return {503, {}, ""}; }
  net::HttpResponse failed(const net::Unread&) override { return {500, {}, ""}; }

  bool is_secure_;
  net::HttpServer server_;
};

}  // namespace dirbridge::test
