#include "hub/import_report.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dirbridge::hub {
namespace {

using Fate = ledger::GroupFate::Kind;

// Rows looked at, and events made, between two turns of the loop: about a millisecond's worth.
constexpr std::size_t slice = 100;
// Events of groups in the record of an import, and those that may wait for the ledger afterwards.
constexpr std::size_t max_at_once = 1000;

std::string message_of(const std::string& what) {
  if (what == "start") return "Import started";
  if (what == "group.create") return "Group created by an import";
  if (what == "group.update") return "Group updated by an import";
  if (what == "group.delete") return "Group deleted by an import";
  return what == "complete" ? "Import completed" : "Import of memberships completed";
}

const char* event_of(Fate fate) {
  return fate == Fate::created ? "group.create" : fate == Fate::updated ? "group.update" : "group.delete";
}

std::string count_of(const std::vector<ledger::GroupFate>& fates, Fate kind) {
  return std::to_string(std::ranges::count(fates, kind, &ledger::GroupFate::kind));
}

LogFacts group_event(const DirectoryId& directory, const ImportId& import, const ledger::GroupFate& fate) {
  auto event = import_event(event_of(fate.kind), import, directory);
  event.targets.push_back({fate.id.str(), "UserGroup", fate.name});
  return event;
}

// The two that end an import.
std::vector<LogFacts> closing_events(const DirectoryId& directory, const ledger::ImportApplied& applied,
                                     const std::vector<ledger::GroupFate>& fates) {
  auto event = import_event("complete", applied.import, directory);
  event.details["users"] = std::to_string(applied.users);
  event.details["groups"] = std::to_string(applied.groups);
  event.details["groupsCreated"] = count_of(fates, Fate::created);
  event.details["groupsUpdated"] = count_of(fates, Fate::updated);
  event.details["groupsDeleted"] = count_of(fates, Fate::deleted);
  return {import_event("group_membership.complete", applied.import, directory), std::move(event)};
}

using Read = std::vector<ledger::GroupFate> (ledger::Views::*)(const ImportId&, const ledger::Page&);

asio::awaitable<void> collect(Store& store, ImportId import, Read read, std::vector<ledger::GroupFate>& fates) {
  ledger::Page page{"", slice};
  for (bool more = true; more;) {
    auto rows = (store.views().*read)(import, page);
    more = rows.size() == slice;
    if (more) page.after = rows.back().id.str();
    for (auto& row : rows)
      if (row.kind != Fate::unchanged) fates.push_back(std::move(row));
    co_await asio::post(asio::use_awaitable);
  }
}

}  // namespace

LogFacts import_event(const std::string& what, const ImportId& import, const DirectoryId& directory) {
  LogFacts event;
  event.type = "system.import." + what;
  event.message = message_of(what);
  event.targets = {{directory.str(), "AppInstance", ""}};
  event.details["import"] = import.str();
  return event;
}

asio::awaitable<std::vector<ledger::GroupFate>> fates_of_groups(Store& store, ImportId import) {
  std::vector<ledger::GroupFate> fates;
  const auto settled = co_await store.settle();
  if (!settled) co_return fates;
  co_await collect(store, import, &ledger::Views::staged_groups, fates);
  co_await collect(store, import, &ledger::Views::replaced_groups, fates);
  co_return fates;
}

std::vector<ledger::Body> events_of_import(const DirectoryId& directory, const ledger::ImportApplied& applied,
                                           const std::vector<ledger::GroupFate>& fates) {
  std::vector<ledger::Body> events;
  const auto add = [&](const LogFacts& facts) {
    events.emplace_back(ledger::EventLogged{to_text(facts, random_uuid())});
  };
  for (std::size_t i = 0; i < std::min(fates.size(), max_at_once); ++i)
    add(group_event(directory, applied.import, fates[i]));
  if (fates.size() <= max_at_once)
    for (const auto& facts : closing_events(directory, applied, fates)) add(facts);
  return events;
}

asio::awaitable<void> report_rest(Store& store, DirectoryId directory, ledger::ImportApplied applied,
                                  std::vector<ledger::GroupFate> fates) {
  if (fates.size() <= max_at_once) co_return;
  for (std::size_t i = max_at_once; i < fates.size(); ++i) {
    log_event(store, group_event(directory, applied.import, fates[i]), directory);
    if (i % slice == 0) co_await asio::post(asio::use_awaitable);
    // A disk that is full loses events, as it does elsewhere: the import itself is applied.
    if (i % max_at_once == 0) co_await store.settle();
  }
  for (const auto& facts : closing_events(directory, applied, fates)) log_event(store, facts, directory);
}

}  // namespace dirbridge::hub
