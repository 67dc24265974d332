#include "net/http_client.hpp"

#include <poll.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/deadline.hpp"
#include "net/http_text.hpp"
#include "net/proxy_tunnel.hpp"
#include "net/web_socket_accept.hpp"

namespace dirbridge::net {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t read_size = 16 << 10;
constexpr std::size_t max_header = 64 << 10;

std::string host_header(const Url& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  const bool usual = url.port == (url.secure() ? 443 : 80);
  return (v6 ? "[" + url.host + "]" : url.host) + (usual ? "" : ":" + std::to_string(url.port));
}

// Between two calls nothing should come: an end of stream, or bytes nobody asked for.
bool has_gone(const Stream& stream) {
  pollfd entry{stream.native_handle(), POLLIN, 0};
  return ::poll(&entry, 1, 0) != 0;
}

// May be sent a second time without asking (RFC 9110 section 9.2.2).
bool is_idempotent(std::string_view method) { return method != "POST" && method != "PATCH"; }

}  // namespace

struct HttpClient::Impl {
  Impl(asio::any_io_executor e, Url u, ClientSettings s)
      : executor(std::move(e)), server(std::move(u)), settings(std::move(s)) {}

  const asio::any_io_executor executor;
  const Url server;
  const ClientSettings settings;
  Stream stream;
  boost::beast::flat_buffer buffer;
  bool nothing_came = false;  // of the last exchange: the connection ended before the first byte of an answer

  bool midway = false;  // an exchange has begun and not ended: what is in the stream belongs to nobody

  asio::awaitable<result<HttpResponse>> send(HttpRequest request, TimePoint deadline, std::size_t max_body) {
    for (;;) {
      if (midway) stream.close();
      const bool reused = stream.is_open() && !has_gone(stream);
      if (!reused) {
        buffer.clear();
        auto opened = co_await open_stream(executor, server, settings, deadline);
        if (!opened) co_return opened.error();
        stream = std::move(*opened);
      }
      midway = true;
      auto reply = co_await with_deadline(exchange(request, max_body), deadline);
      if (!reply) {
        stream.close();
        co_return Error{errc::timed_out, server.text() + ": no answer in time"};
      }
      midway = false;
      // A kept connection may have been closed while our request was on its way.
      if (!*reply && reused && nothing_came && is_idempotent(request.method)) continue;
      co_return std::move(*reply);
    }
  }

  asio::awaitable<result<HttpResponse>> exchange(const HttpRequest& request, std::size_t max_body) {
    nothing_came = true;
    const std::string head = request_head(request, host_header(server));
    // The write's own error is not final: a server that refuses early answers first and closes then.
    const error_code unsent = co_await write(head, request.body);
    for (;;) {
      http::response_parser<http::string_body> parser;
      parser.eager(true);
      parser.header_limit(max_header);
      parser.body_limit(max_body);
      parser.skip(request.method == "HEAD");
      if (auto error = co_await receive(parser); error.code) {
        stream.close();
        if (unsent && nothing_came) co_return Error{unsent, server.text()};
        co_return error;
      }
      auto& message = parser.get();
      const int status = static_cast<int>(message.result_int());
      if (status < 200 && status != 101) continue;
      HttpResponse response;
      response.status = status;
      for (const auto& header : message)
        response.headers.emplace(std::string{header.name_string()}, std::string{header.value()});
      response.body = std::move(message.body());
      if (!message.keep_alive() || unsent || buffer.size() > 0) stream.close();
      co_return response;
    }
  }

  asio::awaitable<error_code> write(std::string_view head, std::string_view body) {
    while (!head.empty() || !body.empty()) {
      const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
      const auto [ec, size] = co_await stream.async_write_some(buffers, as_result);
      if (ec) co_return ec;
      const auto from_head = std::min(size, head.size());
      head.remove_prefix(from_head);
      body.remove_prefix(size - from_head);
    }
    co_return error_code{};
  }

  asio::awaitable<Error> receive(http::response_parser<http::string_body>& parser) {
    for (;;) {
      error_code ec;
      if (buffer.size() > 0) {
        buffer.consume(parser.put(buffer.data(), ec));
        if (ec == http::error::body_limit || ec == http::error::header_limit)
          co_return Error{errc::too_large, server.text() + ": the answer is larger than allowed"};
        if (ec && ec != http::error::need_more)
          co_return Error{errc::protocol, server.text() + ": not an HTTP answer: " + ec.message()};
        if (parser.is_done()) co_return Error{};
        if (buffer.size() > max_header) co_return Error{errc::protocol, server.text() + ": not an HTTP answer"};
      }
      const auto [failed, size] = co_await stream.async_read_some(buffer.prepare(read_size), as_result);
      if (failed == asio::error::eof && parser.got_some()) {
        parser.put_eof(ec);  // an answer without a length ends with the connection
        if (!ec) {
          stream.close();
          co_return Error{};
        }
      }
      if (failed)
        co_return Error{errc::closed, server.text() + ": the connection ended before the answer: " + failed.message()};
      nothing_came = false;
      buffer.commit(size);
    }
  }
};

HttpClient::HttpClient(asio::any_io_executor executor, Url server, ClientSettings settings)
    : impl_(std::make_unique<Impl>(std::move(executor), std::move(server), std::move(settings))) {}
HttpClient::~HttpClient() = default;

asio::awaitable<result<HttpResponse>> HttpClient::send(HttpRequest request, TimePoint deadline, std::size_t max_body) {
  return impl_->send(std::move(request), deadline, max_body);
}

asio::awaitable<result<std::unique_ptr<WebSocket>>> connect_web_socket(asio::any_io_executor executor, Url url,
                                                                       std::string subprotocol, ClientSettings settings,
                                                                       WebSocketLimits limits, TimePoint deadline) {
  auto opened = co_await open_stream(std::move(executor), url, settings, deadline);
  if (!opened) co_return opened.error();
  deadline = std::min(deadline, std::chrono::steady_clock::now() + limits.handshake_timeout);
  co_return co_await upgrade_to_web_socket(std::move(*opened), host_header(url), url.path, std::move(subprotocol),
                                           limits, deadline);
}

}  // namespace dirbridge::net
