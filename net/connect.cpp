#include <boost/asio/bind_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "net/deadline.hpp"
#include "net/stream.hpp"

namespace dirbridge::net {
namespace {

using asio::ip::tcp;

struct Resolution {
  explicit Resolution(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  Signal done;
  bool finished = false;
  error_code ec;
  std::vector<tcp::endpoint> found;
};

asio::awaitable<result<std::vector<tcp::endpoint>>> resolve(asio::any_io_executor executor, const Endpoint& endpoint,
                                                            TimePoint deadline) {
  error_code not_an_address;
  const auto address = asio::ip::make_address(endpoint.host, not_an_address);
  if (!not_an_address) co_return std::vector{tcp::endpoint{address, endpoint.port}};
  // getaddrinfo runs on Asio's own thread and cannot be interrupted: at the deadline it is left to itself.
  const auto resolution = std::make_shared<Resolution>(executor);
  resolution->resolver.async_resolve(endpoint.host, std::to_string(endpoint.port), tcp::resolver::numeric_service,
                                     [resolution](error_code ec, const tcp::resolver::results_type& results) {
                                       resolution->finished = true;
                                       resolution->ec = ec;
                                       for (const auto& entry : results) resolution->found.push_back(entry.endpoint());
                                       resolution->done.notify();
                                     });
  while (!resolution->finished) {
    const bool notified = co_await resolution->done.wait(deadline);
    if (!notified && !resolution->finished) {
      resolution->resolver.cancel();
      co_return Error{errc::timed_out, "the name was not resolved in time"};
    }
  }
  if (resolution->ec) co_return Error{resolution->ec};
  co_return std::move(resolution->found);
}

std::string text_of(const Endpoint& endpoint) {
  const bool v6 = endpoint.host.find(':') != std::string::npos;
  return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

Error connect_error(const std::string& where, const Error& error) {
  return {error.code, "cannot connect to " + where + (error.detail.empty() ? "" : ": " + error.detail)};
}

}  // namespace

asio::awaitable<result<Stream>> connect_tcp(asio::any_io_executor executor, Endpoint endpoint, TimePoint deadline) {
  const auto found = co_await resolve(executor, endpoint, deadline);
  if (!found) co_return connect_error(text_of(endpoint), found.error());
  Error last{errc::not_found, "the name has no address"};
  for (std::size_t i = 0; i < found->size(); ++i) {
    // Each address gets its share: a silent first one must not eat the time of a second that answers.
    const auto now = std::chrono::steady_clock::now();
    const auto share =
        deadline == TimePoint::max() ? deadline : now + (deadline - now) / static_cast<std::int64_t>(found->size() - i);
    tcp::socket socket{executor};
    const auto connected = co_await with_deadline(socket.async_connect((*found)[i], as_result), share);
    if (!connected) {
      last = Error{errc::timed_out, "no answer in time"};
    } else if (const auto [ec] = *connected; ec) {
      last = Error{ec};
    } else {
      co_return Stream{Stream::Socket{std::move(socket)}};
    }
  }
  co_return connect_error(text_of(endpoint), last);
}

asio::awaitable<result<Stream>> connect_local(asio::any_io_executor executor, std::string path, TimePoint deadline) {
  using asio::local::stream_protocol;
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    co_return Error{errc::configuration, "the path of the socket is too long: " + path};
  stream_protocol::socket socket{executor};
  const stream_protocol::endpoint endpoint{path};
  const auto connected = co_await with_deadline(socket.async_connect(endpoint, as_result), deadline);
  if (!connected) co_return connect_error(path, Error{errc::timed_out, "no answer in time"});
  if (const auto [ec] = *connected; ec) co_return connect_error(path, Error{ec});
  co_return Stream{Stream::Socket{std::move(socket)}};
}

}  // namespace dirbridge::net
