#include "net/proxy_tunnel.hpp"

#include <boost/asio/write.hpp>
#include <charconv>

#include "base/crypto.hpp"
#include "net/deadline.hpp"

namespace dirbridge::net {
namespace {

// More header than this, and the proxy is not one.
constexpr std::size_t max_proxy_header = 16 << 10;

std::string authority_of(const Url& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  return (v6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
}

std::string connect_request(const Url& target, const Proxy& proxy) {
  const std::string authority = authority_of(target);
  std::string text = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (!proxy.user.empty())
    text += "Proxy-Authorization: Basic " + to_base64(proxy.user + ":" + proxy.password.reveal()) + "\r\n";
  return text + "\r\n";
}

// `answer` is all that came, up to and with the empty line. Nothing may follow it: the server in the tunnel waits for
// us.
Error verdict(std::string_view answer, std::size_t header_size, const std::string& proxy) {
  const auto line = answer.substr(0, answer.find("\r\n"));
  int status = 0;
  if (line.size() >= 12) std::from_chars(line.data() + 9, line.data() + 12, status);
  if (!line.starts_with("HTTP/1.") || status < 100)
    return {errc::protocol, "the proxy " + proxy + " does not answer in HTTP"};
  if (status == 407) return {errc::unauthenticated, "the proxy " + proxy + " wants a user and a password (407)"};
  if (status < 200 || status > 299)
    return {errc::denied, "the proxy " + proxy + " refused the tunnel: " + std::string{trim(line.substr(9))}};
  if (answer.size() > header_size) return {errc::protocol, "the proxy " + proxy + " sent data before the tunnel"};
  return {};
}

asio::awaitable<Error> ask(Stream& stream, const Url& target, const Proxy& proxy) {
  const std::string name = authority_of(proxy.url);
  const std::string request = connect_request(target, proxy);
  if (const auto [ec, size] = co_await asio::async_write(stream, asio::buffer(request), as_result); ec)
    co_return Error{ec, "the proxy " + name};
  std::string answer;
  for (;;) {
    if (const auto end = answer.find("\r\n\r\n"); end != std::string::npos) co_return verdict(answer, end + 4, name);
    if (answer.size() > max_proxy_header)
      co_return Error{errc::protocol, "the proxy " + name + " does not answer in HTTP"};
    char chunk[2048];
    const auto [ec, size] = co_await stream.async_read_some(asio::buffer(chunk), as_result);
    if (ec == asio::error::eof) co_return Error{errc::closed, "the proxy " + name + " closed the connection"};
    if (ec) co_return Error{ec, "the proxy " + name};
    answer.append(chunk, size);
  }
}

Error with_host(const Url& url, const Error& error) {
  return {error.code, authority_of(url) + (error.detail.empty() ? "" : ": " + error.detail)};
}

}  // namespace

asio::awaitable<result<Stream>> open_stream(asio::any_io_executor executor, const Url& url,
                                            const ClientSettings& settings, TimePoint deadline) {
  // One bound for all steps: a server or a proxy that accepts and stays silent is as bad as one that does not answer.
  deadline = std::min(deadline, std::chrono::steady_clock::now() + settings.connect_timeout);
  const Url& first = settings.proxy ? settings.proxy->url : url;
  Endpoint endpoint{first.host, first.port};
  auto connected = co_await connect_tcp(executor, std::move(endpoint), deadline);
  if (!connected) {
    if (!settings.proxy) co_return connected.error();
    co_return Error{connected.error().code, "the proxy: " + connected.error().detail};
  }
  Stream stream = std::move(*connected);
  if (settings.proxy) {
    const auto refused = co_await with_deadline(ask(stream, url, *settings.proxy), deadline);
    if (!refused) co_return Error{errc::timed_out, "the proxy " + authority_of(first) + " did not answer in time"};
    if (refused->code) co_return *refused;
  }
  if (url.secure()) {
    if (!settings.tls) co_return Error{errc::configuration, url.scheme + " needs TLS settings"};
    const auto secured = co_await stream.secure_client(settings.tls, url.host, deadline);
    if (!secured) co_return with_host(url, secured.error());
  }
  co_return stream;
}

}  // namespace dirbridge::net
