#include "hub/gateway/agent_registry.hpp"

#include "base/log.hpp"

namespace dirbridge::hub {

std::string AgentRegistry::add(std::shared_ptr<ConnectedAgent> agent) {
  const auto state = agent->state();
  if (const auto old = find(state.id)) {
    log::warn("agent.replaced", {{"agent", state.id}, {"peer", old->state().peer}, {"by", state.peer}});
    old->dismiss("replaced by a newer connection of the same agent", false);
  }
  agents_[state.id] = std::move(agent);
  return std::exchange(traces_[state.id].instance, state.instance);
}

void AgentRegistry::remove(const ConnectedAgent& agent) {
  const auto found = agents_.find(agent.state().id);
  if (found == agents_.end() || found->second.get() != &agent) return;
  traces_[found->first].left = agent.state().last_seen;
  agents_.erase(found);
}

std::optional<WallTime> AgentRegistry::last_seen(const AgentId& id) const {
  if (const auto agent = find(id)) return agent->state().last_seen;
  const auto trace = traces_.find(id);
  return trace == traces_.end() ? std::nullopt : trace->second.left;
}

bool AgentRegistry::is_connected(const DirectoryId& directory) const {
  for (const auto& [id, agent] : agents_)
    if (agent->state().directory == directory) return true;
  return false;
}

std::shared_ptr<ConnectedAgent> AgentRegistry::find(const AgentId& id) const {
  const auto found = agents_.find(id);
  return found == agents_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<ConnectedAgent>> AgentRegistry::of(const DirectoryId& directory) const {
  std::vector<std::shared_ptr<ConnectedAgent>> found;
  for (const auto& [id, agent] : agents_)
    if (agent->state().directory == directory) found.push_back(agent);
  return found;
}

std::vector<std::shared_ptr<ConnectedAgent>> AgentRegistry::all() const {
  std::vector<std::shared_ptr<ConnectedAgent>> found;
  for (const auto& [id, agent] : agents_) found.push_back(agent);
  return found;
}

}  // namespace dirbridge::hub
