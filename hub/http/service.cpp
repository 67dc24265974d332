#include "hub/http/service.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "hub/http/content.hpp"
#include "hub/http/strict_transport.hpp"

namespace dirbridge::hub {
namespace {

constexpr std::string_view agents_path = "/_dirbridge/v1/agent";
// Ten years, as production's. Nothing of the names below ours: they are somebody else's.
constexpr std::string_view tied_to_tls = "max-age=315360000";
constexpr std::string_view not_tied = "max-age=0";

// Empty over plain HTTP (RFC 6797 section 7.2), and of a host that nobody named.
std::string_view strict_transport(bool secure, std::string_view host) {
  if (!secure || host.empty()) return {};
  return may_be_tied_to_tls(host) ? tied_to_tls : not_tied;
}
std::string_view strict_transport(const net::HttpRequest& request) {
  return strict_transport(request.secure, request.header("Host"));
}

// The address without the port: a client that was not recognised by a token.
std::string address_of(const std::string& peer) { return peer.substr(0, peer.rfind(':')); }

// Of Okta's paths: discovery, and what clients of an authorization server ask it with credentials of their own.
bool is_public(std::string_view okta_path) {
  return okta_path.starts_with("/.well-known/") || okta_path.starts_with("/oauth2/");
}

proto::OktaError not_served(const std::string& method, const std::string& path) {
  return proto::not_implemented(method + " " + path + " is a part of Okta's API that this hub does not serve.");
}

net::HttpResponse wrong_method(const std::string& allowed) {
  auto refusal = to_response(proto::method_not_supported());
  refusal.headers.emplace("Allow", allowed);
  return refusal;
}

}  // namespace

net::HttpResponse to_response(const proto::OktaError& error) {
  return {error.status, {{"Content-Type", "application/json"}}, error.to_json()};
}

HttpService::HttpService(const Clock& clock, const HubSettings& settings, Access& access, Router router,
                         Upgraded upgraded, std::function<bool()> accepting)
    : clock_(clock),
      settings_(settings),
      access_(access),
      router_(std::move(router)),
      upgraded_(std::move(upgraded)),
      accepting_(std::move(accepting)),
      rates_(settings.rates) {}

asio::awaitable<net::HttpResponse> HttpService::handle(net::HttpRequest request) {
  Call call{std::move(request), new_request_id(), {}, {}, clock_.now()};
  About about{call.id, strict_transport(call.request)};
  net::HttpResponse response;
  try {
    response = co_await route(call, about);
  } catch (const std::exception& problem) {
    log::error("http.failed", {{"request", call.id}, {"reason", problem.what()}});
    response = to_response(proto::internal_error());
  }
  if (!about.rate && is_over_limit(call, address_of(call.request.peer), about))
    response = to_response(proto::too_many_requests());
  const auto took = std::chrono::duration_cast<milliseconds>(clock_.now() - call.arrived);
  log::info("http", {{"request", call.id},
                     {"op", call.request.method + " " + std::string{call.request.path()}},
                     {"status", response.status},
                     {"ms", took.count()},
                     {"peer", call.request.peer}});
  co_return finish(std::move(response), std::move(about));
}

asio::awaitable<net::HttpResponse> HttpService::route(Call& call, About& about) {
  auto match = router_.find(call.request.method, call.request.path());
  if (match.kind == Router::Match::Kind::found && match.scope.empty()) {
    if (is_over_limit(call, address_of(call.request.peer), about)) co_return to_response(proto::too_many_requests());
    call.path = std::move(match.path);
    co_return co_await (*match.endpoint)(call);
  }
  if (match.kind == Router::Match::Kind::no_method && match.is_open) {
    if (is_over_limit(call, address_of(call.request.peer), about)) co_return to_response(proto::too_many_requests());
    co_return wrong_method(match.allow);
  }
  // Where Okta's clients come without a token they are answered without one.
  if (match.kind == Router::Match::Kind::not_served && is_public(match.okta_path)) {
    if (is_over_limit(call, address_of(call.request.peer), about)) co_return to_response(proto::too_many_requests());
    co_return to_response(not_served(call.request.method, match.okta_path));
  }
  // Without a token nobody learns which paths exist.
  auto principal = access_.authenticate(call.request);
  if (!principal)
    co_return to_response(principal.error().code == errc::unauthenticated ? proto::no_credentials()
                                                                          : proto::invalid_token());
  if (is_over_limit(call, principal->token.str(), about)) co_return to_response(proto::too_many_requests());
  if (match.kind == Router::Match::Kind::not_served)
    co_return to_response(not_served(call.request.method, match.okta_path));
  if (match.kind == Router::Match::Kind::no_path) co_return to_response(proto::path_not_found());
  if (match.kind == Router::Match::Kind::no_method) co_return wrong_method(match.allow);
  call.principal = std::move(*principal);
  call.path = std::move(match.path);
  std::optional<proto::OktaError> refusal;
  if (!call.principal.may(match.scope))
    refusal = proto::forbidden("the token lacks the scope " + std::string{match.scope});
  else
    refusal = problem_of_content(call.request);
  if (refusal) {
    if (*match.refused) (*match.refused)(call, *refusal);
    co_return to_response(*refusal);
  }
  co_return co_await (*match.endpoint)(call);
}

bool HttpService::is_over_limit(const Call& call, std::string_view who, About& about) {
  // As the router reads it: an encoded letter is no way around a limit.
  const auto path = percent_decode(call.request.path());
  const auto bucket = bucket_of(path ? std::string_view{*path} : call.request.path());
  about.rate = rates_.count(who, bucket, clock_.wall_now());
  return about.rate->over && settings_.rates.enforce && bucket != Bucket::own;
}

net::HttpResponse HttpService::finish(net::HttpResponse response, About about) {
  const auto now = clock_.wall_now();
  // What could not be read has no principal and no path.
  const auto rate = about.rate ? *about.rate : rates_.count("", Bucket::api, now);
  auto& headers = response.headers;
  headers.emplace("Date", to_http_date(now));
  headers.emplace("X-Okta-Request-Id", about.id.str());
  headers.emplace("X-Rate-Limit-Limit", std::to_string(rate.limit));
  headers.emplace("X-Rate-Limit-Remaining", std::to_string(rate.remaining));
  headers.emplace("X-Rate-Limit-Reset", std::to_string(reset_seconds(rate.reset)));
  headers.emplace("Cache-Control", "no-cache, no-store");
  headers.emplace("Pragma", "no-cache");
  headers.emplace("Expires", "0");
  headers.emplace("X-Content-Type-Options", "nosniff");
  if (!about.strict_transport.empty()) headers.emplace("Strict-Transport-Security", about.strict_transport);
  return response;
}

asio::awaitable<std::optional<net::HttpResponse>> HttpService::check_upgrade(const net::HttpRequest& request) {
  About about{new_request_id(), strict_transport(request)};
  if (request.path() != agents_path) co_return finish(to_response(proto::path_not_found()), std::move(about));
  if (!accepting_())
    co_return finish(to_response(proto::service_unavailable("no room for another agent")), std::move(about));
  co_return std::nullopt;
}

asio::awaitable<void> HttpService::upgraded(net::HttpRequest, std::unique_ptr<net::WebSocket> socket) {
  co_await upgraded_(std::move(socket));
}

net::HttpResponse HttpService::refuse(const net::Unread& request, const proto::OktaError& error) {
  return finish(to_response(error), {new_request_id(), strict_transport(request.secure, request.host)});
}
net::HttpResponse HttpService::malformed(const net::Unread& request, std::string_view reason) {
  return refuse(request, proto::not_well_formed(std::string{reason}));
}
net::HttpResponse HttpService::too_large(const net::Unread& request, net::Part part) {
  const auto& limits = settings_.http;
  return refuse(request, part == net::Part::target   ? proto::target_too_long(limits.max_header_bytes)
                         : part == net::Part::header ? proto::header_too_large(limits.max_header_bytes)
                                                     : proto::body_too_large(limits.max_body_bytes));
}
net::HttpResponse HttpService::timed_out(const net::Unread& request) {
  auto error = proto::not_well_formed("the request did not arrive within the time for it");
  error.status = 408;
  return refuse(request, error);
}
net::HttpResponse HttpService::failed(const net::Unread& request) { return refuse(request, proto::internal_error()); }
net::HttpResponse HttpService::overloaded() {
  return finish(to_response(proto::service_unavailable("too many connections")), {new_request_id()});
}

}  // namespace dirbridge::hub
