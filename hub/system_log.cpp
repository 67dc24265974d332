#include "hub/system_log.hpp"

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::hub {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_text_bytes = 512;
constexpr std::size_t max_reason_bytes = 2048;

std::string make_uuid() {
  auto bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);  // version 4, RFC 9562
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const auto hex = to_hex(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

Json to_json(const LogParty& party) {
  return {{"id", party.id}, {"type", party.type}, {"alternateId", party.name}, {"displayName", party.name}};
}

}  // namespace

LogParty to_party(const Principal& principal) {
  const auto& id = principal.token.str();
  return {id, id.starts_with("0oa") ? "PublicClientApp" : "ApiToken", principal.name};
}

LogParty system_party() { return {"system", "SystemPrincipal", "Dirbridge"}; }

LogFacts of_request(const net::HttpRequest& request, const RequestId& id, const Principal& principal) {
  LogFacts facts;
  facts.actor = to_party(principal);
  facts.request_id = id.str();
  facts.method = request.method;
  facts.path = proto::clip(request.path(), max_text_bytes);
  facts.address = request.peer.substr(0, request.peer.rfind(':'));
  facts.user_agent = proto::clip(request.header("User-Agent"), max_text_bytes);
  (facts.actor.type == "ApiToken" ? facts.api_token : facts.app) = facts.actor.id;
  return facts;
}

Json to_log_event(const LogFacts& facts, const std::string& uuid, WallTime published) {
  const bool failed = !facts.failure.empty();
  Json event{{"uuid", uuid},
             {"published", to_iso8601(published)},
             {"eventType", facts.type},
             {"version", "0"},
             {"severity", failed ? "WARN" : "INFO"},
             {"displayMessage", facts.message},
             {"actor", to_json(facts.actor)},
             {"outcome", {{"result", failed ? "FAILURE" : "SUCCESS"}}},
             {"target", Json::array()},
             {"authenticationContext", {{"authenticationStep", 0}}},
             {"securityContext", Json::object()},
             {"debugContext", {{"debugData", facts.details}}},
             {"request", {{"ipChain", Json::array()}}}};
  if (failed) event["outcome"]["reason"] = proto::clip(facts.failure, max_reason_bytes);
  for (const auto& target : facts.targets) event["target"].push_back(to_json(target));
  if (facts.request_id.empty()) {
    event["transaction"] = {{"type", "JOB"}, {"id", uuid}, {"detail", Json::object()}};
    return event;
  }
  event["transaction"] = {{"type", "WEB"}, {"id", facts.request_id}, {"detail", Json::object()}};
  if (!facts.api_token.empty()) event["transaction"]["detail"]["requestApiTokenId"] = facts.api_token;
  event["client"] = {{"ipAddress", facts.address}, {"userAgent", {{"rawUserAgent", facts.user_agent}}}};
  if (!facts.app.empty()) event["client"]["id"] = facts.app;
  event["request"]["ipChain"].push_back(
      {{"ip", facts.address}, {"version", facts.address.find(':') == std::string::npos ? "V4" : "V6"}});
  auto& debug = event["debugContext"]["debugData"];
  debug["requestId"] = facts.request_id;
  debug["requestUri"] = facts.path;
  debug["url"] = facts.path;
  debug["method"] = facts.method;
  return event;
}

void log_event(Store& store, const LogFacts& facts, const DirectoryId& directory) {
  const auto event = to_log_event(facts, make_uuid(), system_clock().wall_now());
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::EventLogged{event.dump(-1, ' ', false, Json::error_handler_t::replace)});
  store.append(directory, std::move(bodies), [type = facts.type](const result<std::uint64_t>& done) {
    if (!done) log::warn("event.lost", {{"type", type}, {"reason", done.error().message()}});
  });
}

}  // namespace dirbridge::hub
