// The blocking side of the client commands: one call at a time on an io_context of their own.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "app/api_client.hpp"
#include "net/http_client.hpp"

namespace dirbridge::app {
namespace {

namespace asio = boost::asio;

class BlockingHttp final : public Http {
 public:
  BlockingHttp(net::Url server, net::ClientSettings settings)
      : client_(loop_.get_executor(), std::move(server), std::move(settings)) {}

  result<net::HttpResponse> send(net::HttpRequest request, milliseconds timeout) override {
    std::optional<result<net::HttpResponse>> answer;
    std::exception_ptr bug;
    asio::co_spawn(loop_, client_.send(std::move(request), std::chrono::steady_clock::now() + timeout),
                   [&](std::exception_ptr thrown, result<net::HttpResponse> reply) {
                     bug = thrown;
                     if (!thrown) answer = std::move(reply);
                   });
    loop_.restart();
    while (!answer && !bug && loop_.run_one() > 0) {
    }
    if (bug) std::rethrow_exception(bug);
    if (!answer) return Error{errc::closed, "the connection ended"};
    return std::move(*answer);
  }

 private:
  asio::io_context loop_{1};
  net::HttpClient client_;
};

}  // namespace

std::unique_ptr<Http> make_http(const std::string& hub_url, const std::string& ca_file) {
  auto url = net::parse_url(hub_url);
  if (!url) throw CommandFailure(exit_usage, "--hub \"" + hub_url + "\": " + url.error().message());
  if (url->scheme != "http" && url->scheme != "https") {
    throw CommandFailure(exit_usage, "--hub \"" + hub_url + "\" must start with http:// or https://");
  }
  net::ClientSettings settings;
  if (url->secure()) {
    auto tls = net::TlsClientContext::make({.ca_file = ca_file, .ca_pem = {}, .verify = true, .client_identity = {}});
    if (!tls) throw CommandFailure(exit_usage, "--ca: " + tls.error().message());
    settings.tls = *tls;
  }
  return std::make_unique<BlockingHttp>(std::move(*url), std::move(settings));
}

}  // namespace dirbridge::app
