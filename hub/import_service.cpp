#include "hub/import_service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "hub/import_report.hpp"

namespace dirbridge::hub {
namespace {

// Look-ups between two turns of the loop: about a millisecond's worth.
constexpr std::size_t slice = 100;
// Batches sent and not acknowledged; the protocol allows four.
constexpr std::size_t max_inbox = 16;

std::string directory_kind_of(proto::DirectoryKind kind) {
  switch (kind) {
    case proto::DirectoryKind::active_directory: return "AD";
    case proto::DirectoryKind::ldap: return "LDAP";
    case proto::DirectoryKind::unsaid: break;
  }
  return {};
}

}  // namespace

ImportService::ImportService(asio::any_io_executor executor, Store& store, AgentRegistry& registry)
    : executor_(executor), store_(store), registry_(registry), changed_(executor) {}

result<ImportId> ImportService::request(const DirectoryId& directory, const RequestId& request) {
  for (const auto& [id, import] : running_)
    if (import.row.directory == directory)
      return Error{errc::conflict, "import " + id.str() + " of this directory is running"};
  const auto agents = registry_.of(directory);
  if (agents.empty()) return Error{errc::unavailable, "no agent of this directory is connected"};
  const auto import = new_id<ImportId>("imp");
  auto& entry = running_[import];
  entry.row.id = import;
  entry.row.directory = directory;
  entry.row.agent = agents.front()->state().id;
  entry.row.state = "running";
  entry.row.started = system_clock().wall_now();
  agents.front()->send(proto::ImportRequest{import, request});
  return import;
}

asio::awaitable<std::optional<ledger::ImportRow>> ImportService::wait(ImportId import, TimePoint deadline) {
  while (running_.contains(import) && std::chrono::steady_clock::now() < deadline) co_await changed_.wait(deadline);
  if (const auto found = running_.find(import); found != running_.end()) co_return found->second.row;
  co_return store_.views().import(import);
}

ImportService::Running* ImportService::running(const AgentId& agent, const ImportId& import) {
  const auto found = running_.find(import);
  if (found == running_.end() || found->second.row.agent != agent || found->second.closing || found->second.complete)
    return nullptr;
  return &found->second;
}

void ImportService::begin(const AgentId& agent, const DirectoryId& directory, const proto::ImportBegin& frame) {
  auto found = running_.find(frame.import);
  if (found == running_.end()) {  // the agent's own idea
    for (const auto& [id, import] : running_)
      if (import.row.directory == directory) return;  // one at a time; its batches are ignored
    found = running_.emplace(frame.import, Running{}).first;
    found->second.row = {.id = frame.import,
                         .directory = directory,
                         .agent = agent,
                         .state = "running",
                         .started = system_clock().wall_now()};
  }
  if (found->second.row.agent != agent || found->second.begun) return;
  found->second.begun = true;
  found->second.kind = frame.kind;
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::ImportStarted{frame.import, agent, frame.requested_by});
  log_event(store_, import_event("start", frame.import, directory), directory);
  store_.append(directory, std::move(bodies), [this, import = frame.import](const result<std::uint64_t>& done) {
    if (!done) drop(import, done.error().message());
  });
}

void ImportService::batch(std::shared_ptr<ConnectedAgent> agent, proto::ImportBatch frame) {
  auto* import = running(agent->state().id, frame.import);
  if (!import) return;
  if (!import->begun || frame.sequence != import->next_sequence) {
    drop(frame.import, "batch " + std::to_string(frame.sequence) + " came where " +
                           std::to_string(import->next_sequence) + " was expected");
    return;
  }
  if (import->inbox.size() >= max_inbox) {
    drop(frame.import, "more than " + std::to_string(max_inbox) + " batches without an import_ack");
    return;
  }
  ++import->next_sequence;
  const auto id = frame.import;
  import->inbox.push_back(std::move(frame));
  if (!std::exchange(import->staging, true)) asio::co_spawn(executor_, work(std::move(agent), id), asio::detached);
}

asio::awaitable<void> ImportService::work(std::shared_ptr<ConnectedAgent> agent, ImportId id) {
  for (;;) {
    auto* import = running(agent->state().id, id);
    if (!import) co_return;
    if (import->inbox.empty()) {
      import->staging = false;
      if (import->end) finish(id);
      co_return;
    }
    auto frame = std::move(import->inbox.front());
    import->inbox.pop_front();
    co_await stage(agent, std::move(frame));
  }
}

asio::awaitable<void> ImportService::stage(std::shared_ptr<ConnectedAgent> agent, proto::ImportBatch frame) {
  ledger::ImportStaged staged{frame.import, {}, {}};
  std::size_t looked_up = 0;
  const auto agent_id = agent->state().id;
  const auto directory = agent->state().directory;
  for (auto& user : frame.users) {
    auto* import = running(agent_id, frame.import);
    if (!import) co_return;
    // A second time is no second user. Hashes: a million of them must fit into memory.
    if (!import->seen_users.insert(std::hash<std::string>{}(user.stable_id)).second) continue;
    auto known = store_.views().user_by_stable_id(directory, user.stable_id);
    if (!known) {
      auto& id = import->new_users[user.stable_id];
      if (id.empty()) id = new_id<UserId>("00u");
      known = id;
    }
    staged.users.emplace_back(*known, std::move(user));
    if (++looked_up % slice == 0) co_await asio::post(executor_, asio::use_awaitable);
  }
  for (auto& group : frame.groups) {
    auto* import = running(agent_id, frame.import);
    if (!import) co_return;
    auto known = store_.views().group_by_stable_id(directory, group.stable_id);
    if (!known) {
      auto& id = import->new_groups[group.stable_id];
      if (id.empty()) id = new_id<GroupId>("00g");
      known = id;
    }
    if (import->seen_groups.emplace(group.stable_id, true).second) ++import->row.groups;
    staged.groups.emplace_back(*known, std::move(group));
    if (++looked_up % slice == 0) co_await asio::post(executor_, asio::use_awaitable);
  }
  auto* import = running(agent_id, frame.import);
  if (!import) co_return;
  import->row.users += staged.users.size();
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(std::move(staged));
  store_.append(directory, std::move(bodies),
                [this, agent, id = frame.import, sequence = frame.sequence](const result<std::uint64_t>& done) {
                  if (done)
                    agent->send(proto::ImportAck{id, sequence});
                  else
                    drop(id, done.error().message());
                });
}

void ImportService::end(const AgentId& agent, const proto::ImportEnd& frame) {
  auto* import = running(agent, frame.import);
  if (!import) return;
  import->end = frame;
  if (!import->staging) finish(frame.import);
}

void ImportService::finish(const ImportId& id) {
  auto& import = running_.at(id);
  const auto& end = *import.end;
  if (!import.begun || import.row.users != end.users || import.row.groups != end.groups) {
    drop(id, "the agent counts " + std::to_string(end.users) + " users and " + std::to_string(end.groups) +
                 " groups, " + std::to_string(import.row.users) + " and " + std::to_string(import.row.groups) +
                 " arrived");
    return;
  }
  import.complete = true;
  asio::co_spawn(executor_, apply(import.row.directory, {id, end.users, end.groups, directory_kind_of(import.kind)}),
                 asio::detached);
}

// What becomes of each group can be told while both generations are there, and is true once the new one is current: it
// is recorded with that.
asio::awaitable<void> ImportService::apply(DirectoryId directory, ledger::ImportApplied applied) {
  auto fates = co_await fates_of_groups(store_, applied.import);
  const auto found = running_.find(applied.import);
  if (found == running_.end() || found->second.closing) co_return;  // a batch of it was refused by the disk
  found->second.closing = true;
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(applied);
  for (auto& event : events_of_import(directory, applied, fates)) bodies.push_back(std::move(event));
  const auto done = co_await store_.append(directory, std::move(bodies));
  if (done) {
    co_await report_rest(store_, directory, applied, std::move(fates));
  } else {
    log::error("import.close.refused", {{"import", applied.import}, {"reason", done.error().message()}});
    auto event = import_event("complete", applied.import, directory);
    event.failure = done.error().message();
    log_event(store_, event, directory);
  }
  forget(applied.import);
}

void ImportService::failed(const AgentId& agent, const proto::ImportFailed& frame) {
  if (running(agent, frame.import)) drop(frame.import, frame.reason);
}

void ImportService::agent_left(const AgentId& agent) {
  std::vector<ImportId> orphans;
  for (const auto& [id, import] : running_)
    if (import.row.agent == agent && !import.closing && !import.complete) orphans.push_back(id);
  for (const auto& id : orphans) drop(id, "the agent went away before the import was complete");
}

void ImportService::drop(const ImportId& import, std::string reason) {
  log::warn("import.dropped", {{"import", import}, {"reason", reason}});
  const auto found = running_.find(import);
  if (found == running_.end() || found->second.closing) return;
  found->second.closing = true;
  const auto directory = found->second.row.directory;
  std::vector<ledger::Body> bodies;
  // One that never began has no record to be dropped from: give it its beginning, so that it can be asked about.
  if (!found->second.begun) bodies.emplace_back(ledger::ImportStarted{import, found->second.row.agent, ""});
  auto event = import_event("complete", import, directory);
  event.failure = reason;
  log_event(store_, event, directory);
  bodies.emplace_back(ledger::ImportDropped{import, std::move(reason)});
  store_.append(directory, std::move(bodies), [this, import](const result<std::uint64_t>& done) {
    if (!done) log::error("import.close.refused", {{"import", import}, {"reason", done.error().message()}});
    forget(import);
  });
}

void ImportService::forget(const ImportId& import) {
  running_.erase(import);
  return_free_memory();
  changed_.notify();
}

}  // namespace dirbridge::hub
