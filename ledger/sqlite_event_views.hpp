// The System Log: table, fold (JobFold: events are folded behind their records, as jobs are), retention and reading
// side in one place. Internal to ledger/'s sqlite_* files.
#pragma once
#include <vector>

#include "ledger/sqlite_statements.hpp"
#include "ledger/views.hpp"

namespace dirbridge::ledger {

// Added in schema version 3. The event itself is read from its record.
inline constexpr const char* event_views_v3 = R"sql(
CREATE TABLE events(sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL);
CREATE INDEX events_by_at ON events(at);
)sql";

void fold_event(Statements& sql, const Record& record);
// Events before `cutoff` and their records, at most `limit` of them; true if there may be more.
bool drop_events(Statements& sql, WallTime cutoff, int limit);

class EventViews {
 public:
  explicit EventViews(Statements& statements) : sql_(statements) {}
  std::vector<EventRow> events(const EventRange& range);

 private:
  Statements& sql_;
};

}  // namespace dirbridge::ledger
