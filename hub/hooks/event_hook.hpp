// An event hook (contract C7): who is told of which events, and how it is kept and shown. Pure.
#pragma once
#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/json.hpp"
#include "ledger/views.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

struct EventHook {
  ledger::EventHookId id;
  std::string name;
  std::optional<std::string> description;
  std::vector<std::string> events;  // types: "group.user_membership.add"
  std::string uri;                  // http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string auth_key;    // the header that proves us to the receiver; empty: none
  std::string auth_value;  // secret: sent, never shown
  bool is_active = true;
  bool is_verified = false;
  std::string created_by;  // 00T… or 0oa…
  std::string origin;      // "http://hub:8080": the hub as the last caller knew it, for `source` of deliveries
  WallTime created;
  WallTime updated;

  // Deliveries go out.
  bool is_open() const { return is_active && is_verified; }
  bool wants(std::string_view event_type) const;
  bool has_channel_of(const EventHook& other) const;
};

inline constexpr std::size_t max_event_hooks = 25;  // of an organization

// From a request's body: name, description, events, channel; every field that is wrong is a cause. `before` is the hook
// that is replaced: its secret is kept if none is given for the same header, for no answer ever shows it.
boost::system::result<EventHook, proto::OktaError> event_hook_of(std::string_view body, const EventHook* before);

// As the ledger keeps it, and back; nullopt if the text is none.
std::string to_text(const EventHook& hook);
std::optional<EventHook> event_hook_from(const ledger::EventHookRow& row);

// As Okta shows it. `base`: "http://hub:8080".
nlohmann::json to_json(const EventHook& hook, const std::string& base);

}  // namespace dirbridge::hub
