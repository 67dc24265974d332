#include "hub/gateway/agent_choice.hpp"

namespace dirbridge::hub {
namespace {

constexpr std::size_t max_named = 20;  // agents, in one answer

}  // namespace

boost::system::result<std::shared_ptr<ConnectedAgent>, proto::OktaError> choose_agent(const AgentRegistry& registry,
                                                                                      const DirectoryId& directory,
                                                                                      int version,
                                                                                      std::string_view what) {
  std::shared_ptr<ConnectedAgent> chosen;
  auto error = proto::no_connected_agents();
  for (const auto& agent : registry.of(directory)) {
    const auto& state = agent->state();
    if (state.version >= version) {
      if (!chosen || state.directory_state == "connected") chosen = agent;
    } else if (error.causes.size() < max_named) {
      error.causes.push_back("agent " + state.name + " (" + state.software + ") speaks version " +
                             std::to_string(state.version) + " of the agent protocol; " + std::string{what} +
                             " need version " + std::to_string(version) + ": upgrade it");
    }
  }
  if (!chosen) return error;
  return chosen;
}

}  // namespace dirbridge::hub
