// From the effective settings to what hub and agent are told.
#pragma once
#include "agent/settings.hpp"
#include "app/settings.hpp"
#include "hub/settings.hpp"

namespace dirbridge::app {

hub::HubSettings to_hub_settings(const Settings& settings);
// Reads the secrets' files. errc::configuration names the key at fault.
result<agent::AgentSettings> to_agent_settings(const Settings& settings);

}  // namespace dirbridge::app
