#include "net/http_server.hpp"

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "base/log.hpp"
#include "net/http_connection.hpp"
#include "net/http_text.hpp"

namespace dirbridge::net {

using asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

namespace {

// What remains after the answers: connections see that they are closed within a turn of the loop, WebSockets soon
// after.
constexpr auto last_grace = std::chrono::seconds{1};
// Out of descriptors: accepting at once again would only spin.
constexpr auto accept_pause = std::chrono::milliseconds{100};

// Best effort, without waiting: an answer of this size fits the empty send buffer of a new connection.
void turn_away(tcp::socket socket, const HttpResponse& response) {
  const std::string text = response_head(response, false, 11) + response.body;
  error_code ec;
  socket.non_blocking(true, ec);
  socket.write_some(asio::buffer(text), ec);
  socket.shutdown(tcp::socket::shutdown_send, ec);
  char dropped[4096];  // unread bytes would turn our close into a reset, which can overtake the answer
  socket.read_some(asio::buffer(dropped), ec);
}

}  // namespace

struct HttpServer::Impl {
  explicit Impl(const asio::any_io_executor& executor) : acceptor(executor) {}
  tcp::acceptor acceptor;
  std::shared_ptr<HttpServerState> state;
  std::uint16_t port = 0;

  void stop_accepting() {
    error_code ignored;
    acceptor.close(ignored);
    state->stopped = true;
    state->changed.notify();
  }
  std::size_t answering() const {
    std::size_t count = 0;
    for (const auto* connection : state->connections) count += connection->is_answering();
    return count;
  }
};

HttpServer::HttpServer(asio::any_io_executor executor, HttpHandler& handler, HttpLimits limits,
                       std::shared_ptr<TlsServerContext> tls, std::string subprotocol)
    : impl_(std::make_shared<Impl>(executor)) {
  impl_->state = std::make_shared<HttpServerState>(executor, handler, limits, std::move(tls), std::move(subprotocol));
}

HttpServer::~HttpServer() {
  impl_->stop_accepting();
  for (auto* connection : impl_->state->connections) connection->close();
}

result<void> HttpServer::listen(const ListenAddress& address) {
  auto& acceptor = impl_->acceptor;
  const std::string where = address.host + ":" + std::to_string(address.port);
  error_code ec;
  tcp::endpoint endpoint{asio::ip::make_address(address.host, ec), address.port};
  if (ec) {
    tcp::resolver resolver{acceptor.get_executor()};  // blocks, at start-up
    const auto found = resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, ec);
    if (ec) return Error{ec, "cannot listen on " + where};
    endpoint = found.begin()->endpoint();
  }
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (!ec) impl_->port = acceptor.local_endpoint(ec).port();
  if (ec) {
    error_code ignored;
    acceptor.close(ignored);
    return Error{ec, "cannot listen on " + where};
  }
  return {};
}

std::uint16_t HttpServer::port() const { return impl_->port; }

asio::awaitable<void> HttpServer::run() {
  const auto impl = impl_;  // the server may be destroyed while we wait
  const auto state = impl->state;
  while (!state->stopped) {
    if (state->tls && state->handshakes >= state->limits.max_handshakes) {
      co_await state->changed.wait();
      continue;
    }
    auto [ec, socket] = co_await impl->acceptor.async_accept(as_result);
    if (state->stopped) break;
    if (ec) {
      log::warn("http.accept.failed", {{"reason", ec.message()}});
      co_await sleep_until(SteadyClock::now() + accept_pause);
      continue;
    }
    if (state->connections.size() >= state->limits.max_connections) {
      log::debug("http.connections.full", {{"max", state->limits.max_connections}});
      // With TLS there is no one to talk to before a handshake, which is what we cannot afford.
      if (!state->tls) turn_away(std::move(socket), state->handler.overloaded());
      continue;
    }
    auto connection = std::make_shared<HttpConnection>(state, Stream{Stream::Socket{std::move(socket)}});
    asio::co_spawn(state->executor, HttpConnection::run(std::move(connection)), asio::detached);
  }
}

asio::awaitable<void> HttpServer::stop(milliseconds grace) {
  const auto impl = impl_;
  const auto state = impl->state;
  impl->stop_accepting();
  for (auto* connection : state->connections) {
    if (!connection->is_answering() && !connection->is_web_socket()) connection->close();
  }
  co_await state->changed.until([&] { return impl->answering() == 0; }, SteadyClock::now() + grace);
  // WebSockets last: the answers may have needed what comes over them.
  for (auto* connection : state->connections) connection->close();
  co_await state->changed.until([&] { return state->connections.empty(); }, SteadyClock::now() + last_grace);
}

}  // namespace dirbridge::net
