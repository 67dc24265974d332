#include "ledger/sqlite_event_hooks.hpp"

#include "ledger/sqlite_fold.hpp"

namespace dirbridge::ledger {

void Fold::fold(const Record& record, const EventHookCreated& fact) {
  expect(sql_.run("INSERT OR IGNORE INTO event_hooks(id, json, created, updated) VALUES(?1, ?2, ?3, ?3)", fact.hook,
                  fact.json, record.at) == 1,
         "there is an event hook", fact.hook.str());
}

void Fold::fold(const Record& record, const EventHookChanged& fact) {
  expect(sql_.run("UPDATE event_hooks SET json = ?, updated = ? WHERE id = ?", fact.json, record.at, fact.hook) == 1,
         "no event hook", fact.hook.str());
}

void Fold::fold(const Record&, const EventHookDeleted& fact) {
  expect(sql_.run("DELETE FROM event_hooks WHERE id = ?", fact.hook) == 1, "no event hook", fact.hook.str());
}

std::vector<EventHookRow> EventHookViews::event_hooks() {
  std::vector<EventHookRow> hooks;
  auto rows = sql_.query("SELECT id, json, created, updated FROM event_hooks ORDER BY created, id");
  while (rows.next()) hooks.push_back({rows.id<EventHookId>(0), rows.text(1), rows.time(2), rows.time(3)});
  return hooks;
}

}  // namespace dirbridge::ledger
