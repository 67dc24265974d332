// Okta's Directories Integration API: the one call the product is built around (contract A2, B3).
#include "hub/api/api.hpp"
#include "hub/http/service.hpp"
#include "hub/membership_event.hpp"
#include "proto/membership_change.hpp"

namespace dirbridge::hub::api {

proto::OktaError to_error(const proto::BodyError& problem) {
  if (!problem.well_formed) return proto::not_well_formed(problem.reason);
  std::vector<std::string> causes;
  for (const auto& field : problem.fields) causes.push_back(field.field + ": " + field.problem);
  return proto::validation_failed(problem.fields.empty() ? "" : problem.fields.front().field, std::move(causes));
}

namespace {

// The System Log tells of each call, also of one that fails (contract C5).
void log_refused(Parts& parts, const Call& call, const proto::OktaError& error) {
  const auto event = membership_facts(of_request(call.request, call.id, call.principal),
                                      DirectoryId{call.path.at("appInstanceId")}, call.request.body, error);
  if (event) log_event(parts.store, *event);
}

asio::awaitable<net::HttpResponse> modify(Parts& parts, Call& call) {
  if (call.principal.is_api_token && !parts.settings.contract.takes_api_tokens()) {
    const auto error = proto::forbidden("hub.directory_tokens: this path takes OAuth access tokens only");
    log_refused(parts, call, error);
    co_return to_response(error);
  }
  auto body = proto::parse_modify_body(call.request.body);
  if (!body) {
    const auto error = to_error(body.error());
    log_refused(parts, call, error);
    co_return to_response(error);
  }
  const DirectoryId directory{call.path.at("appInstanceId")};
  auto event = membership_facts(of_request(call.request, call.id, call.principal), directory, *body);
  auto answer = co_await parts.memberships.modify(call.principal, directory, std::move(*body), call.id,
                                                  call.arrived + parts.settings.request_timeout);
  if (answer.error) answer.error = in_profile(*answer.error, parts.settings.contract);
  conclude(event, answer.job, answer.error ? &*answer.error : nullptr);
  log_event(parts.store, event);
  net::HttpResponse response = answer.error ? to_response(*answer.error) : net::HttpResponse{};
  if (!answer.job.empty()) response.headers.emplace("X-Dirbridge-Job", answer.job.str());
  co_return response;  // 200 has no body: that is what the SDKs expect (contract A5)
}

}  // namespace

void add_directories_integration(Router& router, Parts& parts) {
  router.add(
      "POST", "/api/v1/directories/{appInstanceId}/groups/modify", scope::manage_directories,
      [&parts](Call& call) { return modify(parts, call); },
      [&parts](const Call& call, const proto::OktaError& error) { log_refused(parts, call, error); });
}

}  // namespace dirbridge::hub::api
