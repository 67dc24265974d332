// From the effective settings to what hub and agent are told.
#pragma once
#include "agent/settings.hpp"
#include "app/settings.hpp"
#include "base/log.hpp"
#include "hub/settings.hpp"

namespace dirbridge::app {

hub::HubSettings to_hub_settings(const Settings& settings);
// Reads the secrets' files. errc::configuration names the key at fault.
result<agent::AgentSettings> to_agent_settings(const Settings& settings);
// What hub or agent would refuse to start with, each line with the place where its key was given. A key that a line is
// about already is passed over, and a file that could not be read makes the rest guesswork: nothing is added then.
void check_service(const Settings& settings, Role role, ProblemList& problems);
// The same of what concerns the directory alone: no hub, no proxy, no secret of either is needed or read.
agent::AgentSettings to_directory_settings(const Settings& settings);
void check_directory(const Settings& settings, ProblemList& problems);
result<log::Level> log_level(const Settings& settings);

}  // namespace dirbridge::app
