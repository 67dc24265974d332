// Imports: an agent's stream of users and groups becomes the directory's next generation, or nothing.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "hub/gateway/agent_registry.hpp"
#include "hub/store.hpp"
#include "net/deadline.hpp"

namespace dirbridge::hub {

// Loop thread only.
class ImportService {
 public:
  ImportService(asio::any_io_executor executor, Store& store, AgentRegistry& registry);

  // Asks an agent of the directory for an import. errc::unavailable: none is connected; errc::conflict: one is running.
  result<ImportId> request(const DirectoryId& directory, const RequestId& request);
  // Live counts of a running import, or what the ledger says of an ended one; waits up to `deadline` for the end.
  asio::awaitable<std::optional<ledger::ImportRow>> wait(ImportId import, TimePoint deadline);

  void begin(const AgentId& agent, const DirectoryId& directory, const proto::ImportBegin& frame);
  void batch(std::shared_ptr<ConnectedAgent> agent, proto::ImportBatch frame);
  void end(const AgentId& agent, const proto::ImportEnd& frame);
  void failed(const AgentId& agent, const proto::ImportFailed& frame);
  void agent_left(const AgentId& agent);

 private:
  struct Running {
    ledger::ImportRow row;
    std::uint64_t next_sequence = 0;
    bool begun = false;
    proto::DirectoryKind kind{};
    bool complete = false;  // its agent is done with it
    bool closing = false;
    bool staging = false;  // one coroutine works through `inbox`, in order: the pieces of a group must not overtake
    std::deque<proto::ImportBatch> inbox;
    std::optional<proto::ImportEnd> end;
    // Ids given in this import to objects the directory did not have before; pieces of one group must agree.
    std::unordered_map<std::string, UserId> new_users;
    std::unordered_map<std::string, GroupId> new_groups;
    std::unordered_map<std::string, bool> seen_groups;
    std::unordered_set<std::size_t> seen_users;  // hashes of stable ids
  };
  Running* running(const AgentId& agent, const ImportId& import);
  asio::awaitable<void> work(std::shared_ptr<ConnectedAgent> agent, ImportId id);
  asio::awaitable<void> stage(std::shared_ptr<ConnectedAgent> agent, proto::ImportBatch frame);
  void finish(const ImportId& import);
  void drop(const ImportId& import, std::string reason);
  asio::awaitable<void> apply(DirectoryId directory, ledger::ImportApplied applied);
  void forget(const ImportId& import);

  asio::any_io_executor executor_;
  Store& store_;
  AgentRegistry& registry_;
  std::unordered_map<ImportId, Running> running_;
  net::Signal changed_;
};

}  // namespace dirbridge::hub
