// The agents that are connected now: who can be given a job, and whose polls are open.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "proto/frames.hpp"

namespace dirbridge::hub {

// One authenticated agent on one socket, as the rest of the hub sees it.
class ConnectedAgent {
 public:
  struct State {
    AgentId id;
    DirectoryId directory;
    std::string name;
    std::string software;
    std::string instance;
    int version = 1;            // of the protocol
    std::uint64_t session = 0;  // its own number, in this hub's lifetime
    std::string peer;
    WallTime since;
    WallTime last_seen;
    std::size_t polls = 0;
    std::string directory_state;
    std::string directory_detail;
  };
  virtual ~ConnectedAgent() = default;
  virtual const State& state() const = 0;
  // Gives waiting jobs to open polls as far as there are both.
  virtual void deliver() = 0;
  virtual void send(const proto::HubFrame& frame) = 0;
  // Says go_away and ends the session. `final`: the agent is not to come back.
  virtual void dismiss(std::string reason, bool final) = 0;
};

// Loop thread only.
class AgentRegistry {
 public:
  // A second session of the same agent replaces the first: the old socket is usually half dead. Returns the instance
  // (process) of the agent's session before this one, empty if this hub has not seen it.
  std::string add(std::shared_ptr<ConnectedAgent> agent);
  void remove(const ConnectedAgent& agent);

  bool is_connected(const DirectoryId& directory) const;
  std::shared_ptr<ConnectedAgent> find(const AgentId& id) const;
  // When an agent that may be gone was last heard of; nullopt: not in this hub's lifetime.
  std::optional<WallTime> last_seen(const AgentId& id) const;
  std::vector<std::shared_ptr<ConnectedAgent>> of(const DirectoryId& directory) const;
  std::vector<std::shared_ptr<ConnectedAgent>> all() const;
  std::size_t size() const { return agents_.size(); }

 private:
  std::map<AgentId, std::shared_ptr<ConnectedAgent>> agents_;
  struct Trace {
    std::string instance;  // its process
    std::optional<WallTime> left;
  };
  std::map<AgentId, Trace> traces_;  // of each agent that was ever connected
};

}  // namespace dirbridge::hub
