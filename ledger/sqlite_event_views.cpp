#include "ledger/sqlite_event_views.hpp"

#include "ledger/sqlite_fold.hpp"

namespace dirbridge::ledger {

void fold_event(Statements& sql, const Record& record) {
  sql.run("INSERT INTO events(sequence, at) VALUES(?, ?)", record.sequence, record.at);
}

bool drop_events(Statements& sql, WallTime cutoff, int limit) {
  const int dropped = sql.run(
      "DELETE FROM records WHERE sequence IN (SELECT sequence FROM events WHERE at < ?1 ORDER BY at, sequence LIMIT "
      "?2)",
      cutoff, limit);
  sql.run(
      "DELETE FROM events WHERE sequence IN (SELECT sequence FROM events WHERE at < ?1 ORDER BY at, sequence LIMIT ?2)",
      cutoff, limit);
  return dropped == limit;
}

std::vector<EventRow> EventViews::events(const EventRange& range) {
  std::vector<EventRow> events;
  const auto read = [&](Rows rows) {
    while (rows.next()) {
      auto body = from_json("event_logged", rows.text(2));
      if (!body) throw Error{errc::malformed, "record " + rows.text(0) + ": " + body.error().message()};
      events.push_back({rows.count(0), rows.time(1), std::move(std::get<EventLogged>(*body).json)});
    }
  };
  if (range.newest_first) {
    read(
        sql_.query("SELECT e.sequence, e.at, r.body FROM events e JOIN records r ON r.sequence = e.sequence "
                   "WHERE e.sequence < ? AND e.at >= ? AND e.at < ? ORDER BY e.sequence DESC LIMIT ?",
                   range.cursor == 0 ? std::int64_t{INT64_MAX} : static_cast<std::int64_t>(range.cursor), range.since,
                   range.until, range.limit));
  } else {
    read(
        sql_.query("SELECT e.sequence, e.at, r.body FROM events e JOIN records r ON r.sequence = e.sequence "
                   "WHERE e.sequence > ? AND e.at >= ? AND e.at < ? ORDER BY e.sequence LIMIT ?",
                   range.cursor, range.since, range.until, range.limit));
  }
  return events;
}

}  // namespace dirbridge::ledger
