// The hub's HTTP face: routing, tokens, and the headers that SDKs expect on every answer, errors included.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "hub/access.hpp"
#include "hub/http/rate_limits.hpp"
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
  net::HttpResponse malformed(const net::Unread& request, std::string_view reason) override;
  net::HttpResponse too_large(const net::Unread& request, net::Part part) override;
  net::HttpResponse timed_out(const net::Unread& request) override;
  net::HttpResponse overloaded() override;
  net::HttpResponse failed(const net::Unread& request) override;

 private:
  // What every answer to a request carries in its header, whatever became of it.
  struct About {
    RequestId id;
    std::string_view strict_transport;  // of what is tied to TLS for how long; empty: it came without
    std::optional<RateState> rate{};    // set when the request is counted
  };
  asio::awaitable<net::HttpResponse> route(Call& call, About& about);
  // Counts the request; true if it is to be refused.
  bool is_over_limit(const Call& call, std::string_view who, About& about);
  net::HttpResponse finish(net::HttpResponse response, About about);
  net::HttpResponse refuse(const net::Unread& request, const proto::OktaError& error);

  const Clock& clock_;
  const HubSettings& settings_;
  Access& access_;
  Router router_;
  Upgraded upgraded_;
  std::function<bool()> accepting_;
  RateBook rates_;
};

}  // namespace dirbridge::hub
