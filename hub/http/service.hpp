// The hub's HTTP face: routing, tokens, and the headers that SDKs expect on every answer, errors included.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "hub/access.hpp"
#include "hub/http/router.hpp"
#include "hub/settings.hpp"
#include "net/http_server.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

net::HttpResponse to_response(const proto::OktaError& error);

class HttpService final : public net::HttpHandler {
 public:
  using Upgraded = std::function<asio::awaitable<void>(std::unique_ptr<net::WebSocket>)>;

  // `upgraded` takes the agents' sockets. `accepting` says whether there is room for one more.
  HttpService(const Clock& clock, const HubSettings& settings, Access& access, Router router, Upgraded upgraded,
              std::function<bool()> accepting);

  asio::awaitable<net::HttpResponse> handle(net::HttpRequest request) override;
  asio::awaitable<std::optional<net::HttpResponse>> check_upgrade(const net::HttpRequest& request) override;
  asio::awaitable<void> upgraded(net::HttpRequest request, std::unique_ptr<net::WebSocket> socket) override;
  net::HttpResponse malformed(std::string_view reason) override;
  net::HttpResponse too_large(net::Part part) override;
  net::HttpResponse timed_out() override;
  net::HttpResponse overloaded() override;
  net::HttpResponse failed() override;

 private:
  // Requests of one principal in the running minute; shown in X-Rate-Limit-*.
  struct Window {
    WallTime ends;
    int used = 0;
  };
  asio::awaitable<net::HttpResponse> route(Call& call, std::string& who);
  net::HttpResponse finish(net::HttpResponse response, const RequestId& id, const std::string& who);

  const Clock& clock_;
  const HubSettings& settings_;
  Access& access_;
  Router router_;
  Upgraded upgraded_;
  std::function<bool()> accepting_;
  std::unordered_map<std::string, Window> windows_;
};

}  // namespace dirbridge::hub
