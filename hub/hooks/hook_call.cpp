#include "hub/hooks/hook_call.hpp"

#include "hub/system_log.hpp"
#include "net/http_client.hpp"

namespace dirbridge::hub {
namespace {

net::HttpRequest request_to(const EventHook& hook, std::string method) {
  net::HttpRequest request;
  request.method = std::move(method);
  if (const auto url = net::parse_url(hook.uri)) request.target = url->path;
  for (const auto& [key, value] : hook.headers) request.headers.emplace(key, value);
  if (!hook.auth_key.empty()) request.headers.emplace(hook.auth_key, hook.auth_value);
  if (!request.headers.contains("User-Agent")) request.headers.emplace("User-Agent", "Dirbridge-EventHook/1.0");
  if (!request.headers.contains("Accept")) request.headers.emplace("Accept", "application/json");
  return request;
}

}  // namespace

net::HttpRequest verification_request(const EventHook& hook, const std::string& challenge) {
  auto request = request_to(hook, "GET");
  request.headers.emplace("X-Okta-Verification-Challenge", challenge);
  return request;
}

std::string check_verification(const result<net::HttpResponse>& answer, std::string_view challenge) {
  if (!answer) return answer.error().message();
  if (answer->status != 200) return "the receiver answered " + std::to_string(answer->status) + " instead of 200";
  const auto body = Json::parse(answer->body, nullptr, false);
  if (!body.is_object() || !body.contains("verification"))
    return "the receiver's answer is no JSON object with \"verification\"";
  return body["verification"] == challenge ? "" : "the receiver's \"verification\" is not the challenge it was sent";
}

net::HttpRequest delivery_request(const EventHook& hook, const std::vector<HookEvent>& events, const std::string& id,
                                  WallTime now) {
  Json body{{"eventType", "com.okta.event_hook"},
            {"eventTypeVersion", "1.0"},
            {"cloudEventsVersion", "0.1"},
            {"source", hook.origin + "/api/v1/eventHooks/" + hook.id.str()},
            {"eventId", id},
            {"data", {{"events", Json::array()}}},
            {"eventTime", to_iso8601(now)},
            {"contentType", "application/json"}};
  for (const auto& event : events)
    if (auto json = read_log_event(event.text, event.at)) body["data"]["events"].push_back(std::move(*json));
  auto request = request_to(hook, "POST");
  request.headers.emplace("Content-Type", "application/json");
  request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return request;
}

HookReply judge_delivery(const result<net::HttpResponse>& answer) {
  if (!answer) {
    // It has answered, if at too great a length: to send the same once more would get the same.
    const bool answered = answer.error().code == errc::too_large;
    return {answered ? HookVerdict::refused : HookVerdict::again, answer.error().message()};
  }
  if (answer->status >= 200 && answer->status < 300) return {HookVerdict::delivered, {}};
  return {answer->status >= 500 ? HookVerdict::again : HookVerdict::refused,
          "the receiver answered " + std::to_string(answer->status)};
}

}  // namespace dirbridge::hub
