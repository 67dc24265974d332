#include "proto/okta_error.hpp"

#include "base/crypto.hpp"
#include "json/json.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::proto {
namespace {

// What a client sent comes back in summaries: enough of it to recognise, never all of a megabyte.
constexpr std::size_t max_echo_bytes = 256;

OktaError make(int status, std::string code, std::string summary, std::vector<std::string> causes = {}) {
  return {status, std::move(code), std::move(summary), std::move(causes), {}};
}

std::vector<std::string> one(std::string cause) {
  std::vector<std::string> causes;
  if (!cause.empty()) causes.push_back(std::move(cause));
  return causes;
}

}  // namespace

std::string OktaError::to_json() const {
  nlohmann::ordered_json body;
  body["errorCode"] = code;
  body["errorSummary"] = summary;
  body["errorLink"] = code;
  body["errorId"] = id.empty() ? "oae" + to_base64url(random_bytes(16)) : id;
  body["errorCauses"] = nlohmann::ordered_json::array();
  for (const auto& cause : causes) body["errorCauses"].push_back({{"errorSummary", cause}});
  // A cause may quote a directory or a client, neither of which must be trusted to speak UTF-8.
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

OktaError not_well_formed(std::string cause) {
  return make(400, "E0000003", "The request body was not well-formed.", one(std::move(cause)));
}
OktaError validation_failed(std::string_view field, std::vector<std::string> causes) {
  return make(400, "E0000001", "Api validation failed: " + clip(field, max_echo_bytes), std::move(causes));
}
OktaError invalid_token() { return make(401, "E0000011", "Invalid token provided"); }
OktaError no_credentials() {
  return make(401, "E0000015", "You do not have permission to access the feature you are requesting");
}
OktaError forbidden(std::string cause) {
  return make(403, "E0000006", "You do not have permission to perform the requested action", one(std::move(cause)));
}
OktaError resource_not_found(std::string_view id, std::string_view entity) {
  return make(404, "E0000007",
              "Not found: Resource not found: " + clip(id, max_echo_bytes) + " (" + std::string{entity} + ")");
}
OktaError invalid_cursor(std::string_view parameter) {
  return make(400, "E0000029", "Invalid paging request.",
              {"Invalid cursor.", std::string{parameter} + ": not a cursor that this list has handed out"});
}
OktaError path_not_found() { return make(404, "E0000008", "The requested path was not found"); }
OktaError method_not_supported() {
  return make(405, "E0000022", "The endpoint does not support the provided HTTP method");
}
OktaError body_too_large(std::size_t limit) {
  return make(413, "E0000001", "Api validation failed: body",
              one("body: must be at most " + std::to_string(limit) + " bytes"));
}
OktaError header_too_large(std::size_t limit) {
  return make(431, "E0000002", "The request was not valid: header",
              one("header: the request line and all header fields together must be at most " + std::to_string(limit) +
                  " bytes"));
}
OktaError target_too_long(std::size_t limit) {
  return make(414, "E0000002", "The request was not valid: URL",
              one("URL: it and all header fields together must be at most " + std::to_string(limit) + " bytes"));
}
OktaError unsupported_media(std::string cause) {
  return make(415, "E0000021", "Bad request. Accept and/or Content-Type headers likely do not match supported values.",
              one(std::move(cause)));
}
OktaError too_many_requests() {
  return make(429, "E0000047", "API call exceeded rate limit due to too many requests.");
}
OktaError not_implemented(std::string cause) {
  return make(501, "E0000052", "Endpoint not implemented.", one(std::move(cause)));
}
OktaError internal_error() { return make(500, "E0000009", "Internal Server Error"); }
OktaError no_connected_agents() { return make(502, "E0000236", "There are no connected agents"); }
OktaError service_unavailable(std::string cause) {
  return make(503, "E0000181", "Service temporarily unavailable.", one(std::move(cause)));
}
OktaError agent_timed_out(std::vector<std::string> causes) {
  return make(504, "E0000237", "Timed out waiting for agent", std::move(causes));
}

}  // namespace dirbridge::proto
