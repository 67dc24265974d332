#include "ledger/sqlite_upkeep.hpp"

#include <SQLiteCpp/Transaction.h>

#include <vector>

#include "ledger/sqlite_app_views.hpp"
#include "ledger/sqlite_event_views.hpp"

namespace dirbridge::ledger {
namespace {

// About 10 ms each: a row of a user stands in five trees.
constexpr int rows_per_slice = 400;
constexpr int records_per_slice = 4;  // of an import: about 100 KB each
constexpr int jobs_per_slice = 100;
constexpr int events_per_slice = 400;
constexpr auto retention_interval = std::chrono::hours{1};

}  // namespace

void Upkeep::appended(WallTime at) {
  if (at < next_retention_) return;
  next_retention_ = at + retention_interval;
  now_ = at;
  cutoff_ = at - retention_;
  from_ = 0;
  retaining_ = true;
}

void Upkeep::slice() {
  SQLite::Transaction transaction{sql_.database(), SQLite::TransactionBehavior::IMMEDIATE};
  bool more = false;
  if (has_garbage_) {
    more = collect();
    transaction.commit();
    has_garbage_ = more;
    return;
  }
  if (drop_events(sql_, cutoff_, events_per_slice) || drop_used_assertions(sql_, now_, events_per_slice)) {
    transaction.commit();
    return;
  }
  more = retain();
  transaction.commit();
  retaining_ = more;
}

bool Upkeep::collect() {
  std::uint64_t catalog = 0;
  {
    auto garbage = sql_.query("SELECT catalog FROM garbage LIMIT 1");
    if (!garbage.next()) return false;
    catalog = garbage.count(0);
  }
  for (int left = rows_per_slice; left > 0;) {
    std::int64_t group_n = 0;
    if (auto group = sql_.query("SELECT n FROM groups WHERE catalog = ? LIMIT 1", catalog); group.next())
      group_n = group.integer(0);
    if (group_n == 0) break;
    const int dropped = sql_.run(
        "DELETE FROM members WHERE group_n = ?1 AND key IN (SELECT key FROM members WHERE group_n = ?1 LIMIT ?2)",
        group_n, left);
    left -= dropped + 1;
    if (left < 0) return true;
    sql_.run("DELETE FROM groups WHERE n = ?", group_n);
    if (left == 0) return true;
  }
  if (sql_.run("DELETE FROM users WHERE n IN (SELECT n FROM users WHERE catalog = ? LIMIT ?)", catalog,
               rows_per_slice) > 0)
    return true;
  if (sql_.run("DELETE FROM overrides WHERE catalog = ?1 AND (group_id, key) IN "
               "(SELECT group_id, key FROM overrides WHERE catalog = ?1 LIMIT ?2)",
               catalog, rows_per_slice) > 0)
    return true;
  sql_.run(
      "DELETE FROM records WHERE sequence IN (SELECT sequence FROM staged WHERE catalog = ? ORDER BY sequence LIMIT ?)",
      catalog, records_per_slice);
  if (sql_.run("DELETE FROM staged WHERE sequence IN (SELECT sequence FROM staged WHERE catalog = ? ORDER BY sequence "
               "LIMIT ?)",
               catalog, records_per_slice) > 0)
    return true;
  sql_.run("DELETE FROM garbage WHERE catalog = ?", catalog);
  return true;
}

// In the order in which the jobs were accepted: one that was accepted after the cutoff was not closed before it.
bool Upkeep::retain() {
  struct Old {
    std::string id;
    std::uint64_t accepted;
    std::uint64_t closed;
  };
  std::vector<Old> droppable;
  int seen = 0;
  bool reached_the_young = false;
  {
    // What a job changed in a catalog that is current or being staged must stay for the replay.
    auto jobs = sql_.query(
        "SELECT j.id, j.accepted, j.closed, r.at, j.closed IS NOT NULL AND j.closed_at < ?1 AND (j.effect = 0 OR "
        "(j.closed < coalesce(d.catalog, 0) AND NOT EXISTS(SELECT 1 FROM imports i "
        "WHERE i.directory = j.directory AND i.state = 'running' AND i.catalog < j.closed))) "
        "FROM jobs j JOIN records r ON r.sequence = j.accepted LEFT JOIN directories d ON d.id = j.directory "
        "WHERE j.accepted > ?2 ORDER BY j.accepted LIMIT ?3",
        cutoff_, from_, jobs_per_slice);
    while (jobs.next()) {
      ++seen;
      from_ = jobs.count(1);
      if (jobs.integer(4) != 0) droppable.push_back({jobs.text(0), jobs.count(1), jobs.count(2)});
      reached_the_young = jobs.time(3) >= cutoff_;
    }
  }
  for (const auto& job : droppable) drop_job(job.id, job.accepted, job.closed);
  return seen == jobs_per_slice && !reached_the_young;
}

void Upkeep::drop_job(const std::string& job, std::uint64_t accepted, std::uint64_t closed) {
  // The newest record is never among them (it is what made the hour strike), so that no sequence is given twice.
  sql_.run(
      "DELETE FROM records WHERE sequence IN (?1, ?2) "
      "OR sequence IN (SELECT sequence FROM job_joins WHERE job = ?3) "
      "OR sequence IN (SELECT sequence FROM job_evidence WHERE job = ?3)",
      accepted, closed, job);
  sql_.run("DELETE FROM job_joins WHERE job = ?", job);
  sql_.run("DELETE FROM job_evidence WHERE job = ?", job);
  sql_.run("DELETE FROM jobs WHERE accepted = ?", accepted);
}

}  // namespace dirbridge::ledger
