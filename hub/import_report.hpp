// What the System Log is told of an import (contract C5). Loop thread only.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "hub/system_log.hpp"

namespace dirbridge::hub {

// "system.import.<what>" of one import.
LogFacts import_event(const std::string& what, const ImportId& import, const DirectoryId& directory);

// The groups that the import makes, changes or deletes; those that stay as they are are left out. Asked after the last
// batch was appended and before the import is applied. Empty too if the ledger cannot be read up to there.
asio::awaitable<std::vector<ledger::GroupFate>> fates_of_groups(Store& store, ImportId import);

// What an import is recorded with: an event for each of the first thousand groups and, if there are no more, the two
// that end an import. Whoever sees the import applied finds them, whatever becomes of this process.
std::vector<ledger::Body> events_of_import(const DirectoryId& directory, const ledger::ImportApplied& applied,
                                           const std::vector<ledger::GroupFate>& fates);
// The events that are left then. Between them others have their turn, and the ledger keeps up: a first import may bring
// a hundred thousand.
asio::awaitable<void> report_rest(Store& store, DirectoryId directory, ledger::ImportApplied applied,
                                  std::vector<ledger::GroupFate> fates);

}  // namespace dirbridge::hub
