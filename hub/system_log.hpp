// The System Log (contract C5): what happened, as Okta's LogEvent, kept in the ledger. Loop thread only.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "hub/access.hpp"
#include "hub/store.hpp"
#include "json/json.hpp"

namespace dirbridge::hub {

struct LogParty {
  std::string id;
  std::string type;  // "PublicClientApp", "ApiToken", "SystemPrincipal", "AppInstance", "User", …
  std::string name;
};
LogParty to_party(const Principal& principal);
LogParty system_party();

struct LogFacts {
  std::string type;     // "system.import.start"
  std::string message;  // displayMessage
  LogParty actor = system_party();
  std::vector<LogParty> targets;
  std::string failure;  // outcome.reason; empty: SUCCESS
  // Of a request; empty for what the hub did by itself.
  std::string request_id;
  std::string method;
  std::string path;
  std::string address;
  std::string user_agent;
  std::string api_token;                              // 00T…, if it was one
  std::string app;                                    // 0oa… of the OAuth client, if it was one
  nlohmann::json details = nlohmann::json::object();  // into debugContext.debugData; texts
};
// With what the request says of itself; texts of the client are clipped.
LogFacts of_request(const net::HttpRequest& request, const RequestId& id, const Principal& principal);

// Pure.
nlohmann::json to_log_event(const LogFacts& facts, const std::string& uuid, WallTime published);

// Version 4, RFC 9562.
std::string random_uuid();

// How an event lies in the ledger: its facts, a fourth of the LogEvent that is made of them when somebody reads it.
std::string to_text(const LogFacts& facts, const std::string& uuid);
// The LogEvent of such a text; nullopt if it is none. A whole LogEvent (of earlier versions) is taken as it is.
std::optional<nlohmann::json> read_log_event(std::string_view text, WallTime published);

// Appends it; nobody waits for that, and an event that the disk refuses is in our own log only.
void log_event(Store& store, const LogFacts& facts, const DirectoryId& directory = {});

}  // namespace dirbridge::hub
