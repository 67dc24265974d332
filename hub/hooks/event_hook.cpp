#include "hub/hooks/event_hook.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "hub/object_time.hpp"
#include "net/http_client.hpp"
#include "proto/strict_json.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::hub {
namespace {

constexpr std::size_t max_name_bytes = 255;
constexpr std::size_t max_description_bytes = 1024;
constexpr std::size_t max_uri_bytes = 1024;
constexpr std::size_t max_events = 100;
constexpr std::size_t max_headers = 10;
constexpr std::size_t max_header_name_bytes = 64;
constexpr std::size_t max_header_value_bytes = 1024;

bool is_header_name(std::string_view text) {
  return !text.empty() && text.size() <= max_header_name_bytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  });
}
// What says how the message itself is carried is ours to say.
bool is_ours(std::string_view name) {
  static constexpr std::array ours{"host",       "content-length", "content-type", "transfer-encoding",
                                   "connection", "upgrade",        "trailer",      "x-okta-verification-challenge"};
  return std::ranges::find(ours, to_lower(name)) != ours.end();
}
bool is_header_value(std::string_view text) {
  return text.size() <= max_header_value_bytes &&
         std::ranges::all_of(text, [](char c) { return (c >= ' ' && c <= '~') || c == '\t'; });
}
bool is_event_type(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

class Reader {
 public:
  Reader(const Json& body, const EventHook* before) : body_(body), before_(before) {}

  boost::system::result<EventHook, proto::OktaError> read() {
    read_texts();
    read_events();
    read_channel();
    if (!causes_.empty()) return proto::validation_failed(field_, std::move(causes_));
    return std::move(hook_);
  }

 private:
  void wrong(std::string_view field, const std::string& what) {
    if (causes_.empty()) field_ = field;
    causes_.push_back(std::string{field} + ": " + what);
  }
  // Null where there is none, or no object where one is needed, which is said.
  static const Json& part(const Json& parent, std::string_view key) {
    static const Json none;
    if (!parent.is_object()) return none;
    const auto found = parent.find(key);
    return found == parent.end() ? none : *found;
  }
  static const std::string* text(const Json& json) {
    return json.is_string() ? &json.get_ref<const std::string&>() : nullptr;
  }

  void read_texts() {
    const auto* name = text(part(body_, "name"));
    if (name == nullptr || trim(*name).empty() || name->size() > max_name_bytes)
      wrong("name", "a text of 1 to 255 bytes is needed");
    else
      hook_.name = *name;
    const auto& description = part(body_, "description");
    if (description.is_null()) return;
    if (const auto* found = text(description); found != nullptr && found->size() <= max_description_bytes)
      hook_.description = *found;
    else
      wrong("description", "a text of at most 1024 bytes is needed");
  }

  void read_events() {
    const auto& events = part(body_, "events");
    if (!events.is_object()) return wrong("events", "an object with type and items is needed");
    if (part(events, "type") != "EVENT_TYPE") wrong("events.type", "must be EVENT_TYPE");
    if (!part(events, "filter").is_null()) wrong("events.filter", "filters are not evaluated here; leave it out");
    const auto& items = part(events, "items");
    if (!items.is_array() || items.empty() || items.size() > max_events)
      return wrong("events.items", "a list of 1 to 100 event types is needed");
    for (const auto& item : items) {
      const auto* type = text(item);
      if (type == nullptr || !is_event_type(*type)) {
        wrong("events.items", "holds what is no event type");
      } else if (type->starts_with("directory.external.group.membership.")) {
        wrong("events.items", *type + " is not eligible for event hooks");
      } else if (std::ranges::find(hook_.events, *type) == hook_.events.end()) {
        hook_.events.push_back(*type);
      }
    }
  }

  void read_channel() {
    const auto& channel = part(body_, "channel");
    if (!channel.is_object()) return wrong("channel", "an object with type, version and config is needed");
    if (part(channel, "type") != "HTTP") wrong("channel.type", "must be HTTP");
    if (part(channel, "version") != "1.0.0") wrong("channel.version", "must be 1.0.0");
    const auto& config = part(channel, "config");
    if (!config.is_object()) return wrong("channel.config", "an object with a uri is needed");
    read_uri(part(config, "uri"));
    read_headers(part(config, "headers"));
    read_auth(part(config, "authScheme"));
  }

  void read_uri(const Json& json) {
    const auto* uri = text(json);
    if (uri == nullptr || uri->size() > max_uri_bytes)
      return wrong("channel.config.uri", "a URL of at most 1024 bytes is needed");
    const auto url = net::parse_url(*uri);
    if (!url) return wrong("channel.config.uri", url.error().message());
    if (url->scheme != "http" && url->scheme != "https")
      return wrong("channel.config.uri", "must begin with https:// or http://");
    hook_.uri = *uri;
  }

  void read_headers(const Json& headers) {
    if (headers.is_null()) return;
    if (!headers.is_array() || headers.size() > max_headers)
      return wrong("channel.config.headers", "a list of at most 10 headers is needed");
    for (const auto& header : headers) {
      const auto* key = text(part(header, "key"));
      const auto* value = text(part(header, "value"));
      if (key == nullptr || !is_header_name(*key) || is_ours(*key))
        wrong("channel.config.headers", "a key is no name of a header that may be set");
      else if (value == nullptr || !is_header_value(*value))
        wrong("channel.config.headers", "the value of " + *key + " is not 0 to 1024 visible ASCII characters");
      else
        hook_.headers.emplace_back(*key, *value);
    }
  }

  void read_auth(const Json& auth) {
    if (auth.is_null()) return;
    if (!auth.is_object() || part(auth, "type") != "HEADER")
      return wrong("channel.config.authScheme.type", "must be HEADER");
    const auto* key = text(part(auth, "key"));
    if (key == nullptr || !is_header_name(*key) || is_ours(*key))
      return wrong("channel.config.authScheme.key", "is no name of a header that may be set");
    hook_.auth_key = *key;
    const auto& given = part(auth, "value");
    const bool is_kept = given.is_null() && before_ != nullptr && before_->auth_key == *key;
    const auto* value = is_kept ? &before_->auth_value : text(given);
    if (value == nullptr || value->empty() || !is_header_value(*value))
      return wrong("channel.config.authScheme.value", "1 to 1024 visible ASCII characters are needed");
    hook_.auth_value = *value;
  }

  const Json& body_;
  const EventHook* before_;
  EventHook hook_;
  std::string field_;
  std::vector<std::string> causes_;
};

Json headers_json(const EventHook& hook) {
  auto headers = Json::array();
  for (const auto& [key, value] : hook.headers) headers.push_back({{"key", key}, {"value", value}});
  return headers;
}

}  // namespace

bool EventHook::wants(std::string_view event_type) const {
  return is_open() && std::ranges::find(events, event_type) != events.end();
}

bool EventHook::has_channel_of(const EventHook& other) const {
  return uri == other.uri && headers == other.headers && auth_key == other.auth_key && auth_value == other.auth_value;
}

boost::system::result<EventHook, proto::OktaError> event_hook_of(std::string_view body, const EventHook* before) {
  const auto json = proto::parse_json(body);
  if (!json) return proto::not_well_formed(json.error().message());
  if (!json->is_object()) return proto::not_well_formed("the body must be an object");
  return Reader{*json, before}.read();
}

std::string to_text(const EventHook& hook) {
  const Json json{{"name", hook.name},
                  {"description", hook.description ? Json(*hook.description) : Json()},
                  {"events", hook.events},
                  {"uri", hook.uri},
                  {"headers", headers_json(hook)},
                  {"auth_key", hook.auth_key},
                  {"auth_value", hook.auth_value},
                  {"active", hook.is_active},
                  {"verified", hook.is_verified},
                  {"created_by", hook.created_by},
                  {"origin", hook.origin}};
  return json.dump();
}

std::optional<EventHook> event_hook_from(const ledger::EventHookRow& row) {
  try {
    const auto json = Json::parse(row.json);
    EventHook hook;
    hook.id = row.id;
    json.at("name").get_to(hook.name);
    if (!json.at("description").is_null()) hook.description = json.at("description").get<std::string>();
    json.at("events").get_to(hook.events);
    json.at("uri").get_to(hook.uri);
    for (const auto& header : json.at("headers"))
      hook.headers.emplace_back(header.at("key").get<std::string>(), header.at("value").get<std::string>());
    json.at("auth_key").get_to(hook.auth_key);
    json.at("auth_value").get_to(hook.auth_value);
    json.at("active").get_to(hook.is_active);
    json.at("verified").get_to(hook.is_verified);
    json.at("created_by").get_to(hook.created_by);
    json.at("origin").get_to(hook.origin);
    hook.created = row.created;
    hook.updated = row.updated;
    return hook;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

Json to_json(const EventHook& hook, const std::string& base) {
  const auto self = base + "/api/v1/eventHooks/" + hook.id.str();
  const auto post = [](const std::string& href) {
    return Json{{"href", href}, {"hints", {{"allow", Json::array({"POST"})}}}};
  };
  Json config{{"uri", hook.uri}, {"headers", headers_json(hook)}, {"method", "POST"}};
  if (!hook.auth_key.empty()) config["authScheme"] = {{"type", "HEADER"}, {"key", hook.auth_key}};
  Json json{{"id", hook.id.str()},
            {"status", hook.is_active ? "ACTIVE" : "INACTIVE"},
            {"verificationStatus", hook.is_verified ? "VERIFIED" : "UNVERIFIED"},
            {"name", hook.name},
            {"created", object_time(hook.created)},
            {"createdBy", hook.created_by},
            {"lastUpdated", object_time(hook.updated)},
            {"events", {{"type", "EVENT_TYPE"}, {"items", hook.events}, {"filter", nullptr}}},
            {"channel", {{"type", "HTTP"}, {"version", "1.0.0"}, {"config", std::move(config)}}},
            {"_links", {{"self", {{"href", self}}}, {"verify", post(self + "/lifecycle/verify")}}}};
  if (hook.description) json["description"] = *hook.description;
  const std::string other = hook.is_active ? "deactivate" : "activate";
  json["_links"][other] = post(self + "/lifecycle/" + other);
  return json;
}

}  // namespace dirbridge::hub
