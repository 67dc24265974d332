#include "hub/import_report.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dirbridge::hub {
namespace {

using Fate = ledger::GroupFate::Kind;

// Rows looked at, and events made, between two turns of the loop: about a millisecond's worth.
constexpr std::size_t slice = 100;
// Events that may wait for the ledger.
constexpr std::size_t max_ahead = 1000;

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

asio::awaitable<void> report_import(Store& store, DirectoryId directory, ledger::ImportApplied applied,
                                    std::vector<ledger::GroupFate> fates) {
  std::size_t told = 0;
  for (auto& fate : fates) {
    auto event = import_event(event_of(fate.kind), applied.import, directory);
    event.targets.push_back({fate.id.str(), "UserGroup", std::move(fate.name)});
    log_event(store, event, directory);
    if (++told % slice == 0) co_await asio::post(asio::use_awaitable);
    // A disk that is full loses events, as it does elsewhere: the import itself is applied.
    if (told % max_ahead == 0) co_await store.settle();
  }
  log_event(store, import_event("group_membership.complete", applied.import, directory), directory);
  auto event = import_event("complete", applied.import, directory);
  event.details["users"] = std::to_string(applied.users);
  event.details["groups"] = std::to_string(applied.groups);
  event.details["groupsCreated"] = count_of(fates, Fate::created);
  event.details["groupsUpdated"] = count_of(fates, Fate::updated);
  event.details["groupsDeleted"] = count_of(fates, Fate::deleted);
  log_event(store, event, directory);
}

}  // namespace dirbridge::hub
