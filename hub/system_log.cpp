#include "hub/system_log.hpp"

#include <algorithm>
#include <initializer_list>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::hub {
namespace {

constexpr std::size_t max_text_bytes = 512;
constexpr std::size_t max_reason_bytes = 2048;
// Of outcome.reason, by Okta's schema (characters; bytes are never fewer).
constexpr std::size_t max_shown_reason = 255;

// uuid, 13 texts of LogFacts and its details; then three of each target.
constexpr std::size_t fixed_parts = 15;

// One more string of a JSON array. As text at once: there is an event for each change, and a document of it would cost
// as much as everything else the hub does for one.
void add_text(std::string& array, std::string_view part) {
  if (!array.empty()) array += ',';
  const bool is_plain = std::ranges::all_of(part, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (is_plain)
    array.append(1, '"').append(part).append(1, '"');
  else
    array += Json(std::string{part}).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const LogParty& party) {
  return {{"id", party.id}, {"type", party.type}, {"alternateId", party.name}, {"displayName", party.name}};
}

}  // namespace

std::string random_uuid() {
  auto bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const auto hex = to_hex(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

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
  if (failed) event["outcome"]["reason"] = proto::clip(facts.failure, max_shown_reason);
  // A directory's own words are longer than that, and the end of them is what to do.
  if (facts.failure.size() > max_shown_reason)
    event["debugContext"]["debugData"]["reason"] = proto::clip(facts.failure, max_reason_bytes);
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

std::string to_text(const LogFacts& facts, const std::string& uuid) {
  std::string text;
  text.reserve(512);
  for (const std::string_view fixed :
       {std::string_view{uuid}, std::string_view{facts.type}, std::string_view{facts.message},
        std::string_view{facts.actor.id}, std::string_view{facts.actor.type}, std::string_view{facts.actor.name},
        std::string_view{facts.request_id}, std::string_view{facts.method}, std::string_view{facts.path},
        std::string_view{facts.address}, std::string_view{facts.user_agent}, std::string_view{facts.api_token},
        std::string_view{facts.app}})
    add_text(text, fixed);
  add_text(text, proto::clip(facts.failure, max_reason_bytes));
  add_text(text, facts.details.dump(-1, ' ', false, Json::error_handler_t::replace));
  for (const auto& target : facts.targets)
    for (const auto* part : {&target.id, &target.type, &target.name}) add_text(text, *part);
  return "[" + text + "]";
}

std::optional<Json> read_log_event(std::string_view text, WallTime published) {
  auto parts = Json::parse(text, nullptr, false);
  if (parts.is_object()) return parts;
  const bool fits = parts.is_array() && parts.size() >= fixed_parts && (parts.size() - fixed_parts) % 3 == 0 &&
                    std::ranges::all_of(parts, [](const Json& part) { return part.is_string(); });
  if (!fits) return std::nullopt;
  std::size_t next = 0;
  const auto take = [&] { return parts[next++].get<std::string>(); };
  const auto uuid = take();
  LogFacts facts;
  for (auto* field :
       {&facts.type, &facts.message, &facts.actor.id, &facts.actor.type, &facts.actor.name, &facts.request_id,
        &facts.method, &facts.path, &facts.address, &facts.user_agent, &facts.api_token, &facts.app, &facts.failure})
    *field = take();
  facts.details = Json::parse(take(), nullptr, false);
  if (!facts.details.is_object()) return std::nullopt;
  while (next < parts.size()) {
    auto& target = facts.targets.emplace_back();
    for (auto* field : {&target.id, &target.type, &target.name}) *field = take();
  }
  return to_log_event(facts, uuid, published);
}

void log_event(Store& store, const LogFacts& facts, const DirectoryId& directory) {
  store.append_soon(directory, ledger::EventLogged{to_text(facts, random_uuid())},
                    [type = facts.type](const result<std::uint64_t>& refused) {
                      log::warn("event.lost", {{"type", type}, {"reason", refused.error().message()}});
                    });
}

}  // namespace dirbridge::hub
