// How an agent and its pool are, in Okta's words (contract C4). Pure.
#pragma once
#include <algorithm>
#include <span>
#include <string_view>

namespace dirbridge::hub {

enum class OperationalStatus { operational, degraded, disrupted, inactive };

constexpr std::string_view to_text(OperationalStatus status) {
  switch (status) {
    case OperationalStatus::operational: return "OPERATIONAL";
    case OperationalStatus::degraded: return "DEGRADED";
    case OperationalStatus::disrupted: return "DISRUPTED";
    case OperationalStatus::inactive: break;
  }
  return "INACTIVE";
}

// An agent that is here but cannot serve its directory is degraded: changes would wait for their deadline.
// `directory_state` as its heartbeats say it.
constexpr OperationalStatus status_of_agent(bool connected, std::string_view directory_state) {
  if (!connected) return OperationalStatus::disrupted;
  return directory_state == "unhealthy" ? OperationalStatus::degraded : OperationalStatus::operational;
}

// Operational if all are, disrupted if nobody is here, degraded between the two; a pool without agents is inactive.
constexpr OperationalStatus status_of_pool(std::span<const OperationalStatus> agents) {
  if (agents.empty()) return OperationalStatus::inactive;
  const auto all_are = [agents](OperationalStatus wanted) {
    return std::ranges::all_of(agents, [wanted](OperationalStatus one) { return one == wanted; });
  };
  if (all_are(OperationalStatus::operational)) return OperationalStatus::operational;
  return all_are(OperationalStatus::disrupted) ? OperationalStatus::disrupted : OperationalStatus::degraded;
}

}  // namespace dirbridge::hub
