// Event hooks: table and reading side; Fold has what their records do to them. Internal to ledger/'s sqlite_* files.
#pragma once
#include <vector>

#include "ledger/sqlite_statements.hpp"
#include "ledger/views.hpp"

namespace dirbridge::ledger {

// Added in schema version 4.
inline constexpr const char* event_hook_views_v4 = R"sql(
CREATE TABLE event_hooks(id TEXT PRIMARY KEY, json TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL);
)sql";

class EventHookViews {
 public:
  explicit EventHookViews(Statements& statements) : sql_(statements) {}
  std::vector<EventHookRow> event_hooks();  // oldest first

 private:
  Statements& sql_;
};

}  // namespace dirbridge::ledger
