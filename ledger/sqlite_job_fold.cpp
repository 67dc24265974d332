#include "ledger/sqlite_job_fold.hpp"

#include <algorithm>
#include <numeric>

#include "ledger/sqlite_event_views.hpp"
#include "ledger/sqlite_fold.hpp"
#include "proto/membership_change.hpp"

namespace dirbridge::ledger {
namespace {

constexpr std::size_t asks_after = 256;  // members

bool has_effect(proto::Verdict verdict) {
  return verdict == proto::Verdict::applied || verdict == proto::Verdict::already;
}

}  // namespace

bool is_of_a_job(const Body& body) {
  return std::holds_alternative<JobAccepted>(body) || std::holds_alternative<JobJoined>(body) ||
         std::holds_alternative<JobClosed>(body) || std::holds_alternative<JobEvidence>(body) ||
         std::holds_alternative<EventLogged>(body);
}

void JobFold::apply(std::span<const Record> records, const GiveWay& give_way) {
  forget();
  give_way_ = give_way ? &give_way : nullptr;
  for (const auto& record : records) {
    std::visit(
        [&]<class Fact>(const Fact& fact) {
          if constexpr (requires { fold(record, fact); }) fold(record, fact);
        },
        record.body);
  }
  write_fresh();
  write_groups();
}

// Also at the start of a run: the one before may have ended with an exception.
void JobFold::forget() {
  fresh_.clear();
  fresh_by_id_.clear();
  catalogs_.clear();
  groups_.clear();
}

void JobFold::fold(const Record& record, const JobAccepted& fact) {
  // Of two with one id the second is refused by the table.
  if (fresh_by_id_.contains(fact.job)) write_fresh();
  fresh_by_id_.emplace(fact.job, fresh_.size());
  fresh_.push_back({&record, fact.deadline});
}

void JobFold::fold(const Record& record, const JobJoined& fact) {
  if (const auto fresh = fresh_by_id_.find(fact.job); fresh != fresh_by_id_.end()) {
    auto& deadline = fresh_[fresh->second].deadline;
    deadline = std::max(deadline, fact.deadline);
  } else {
    expect(sql_.run("UPDATE jobs SET deadline = max(deadline, ?) WHERE id = ?", fact.deadline, fact.job) == 1, "no job",
           fact.job.str());
  }
  sql_.run("INSERT INTO job_joins(sequence, request, job) VALUES(?, ?, ?)", record.sequence, fact.request, fact.job);
}

void JobFold::fold(const Record& record, const JobClosed& fact) {
  const bool effect = !fact.member_keys.empty();
  std::string group;
  bool add = false;
  if (const auto at = fresh_by_id_.find(fact.job); at != fresh_by_id_.end()) {
    auto& fresh = fresh_[at->second];
    expect(!fresh.closed, "no open job", fact.job.str());
    fresh.closed = &record;
    const auto& change = *std::get<JobAccepted>(fresh.accepted->body).change;
    group = change.group.id;
    add = change.action == proto::Action::add;
  } else {
    auto row = sql_.query(
        "UPDATE jobs SET disposition = ?, closed = ?, closed_at = ?, effect = ? WHERE id = ? AND closed IS NULL "
        "RETURNING group_id, action",
        fact.disposition, record.sequence, record.at, effect, fact.job);
    expect(row.next(), "no open job", fact.job.str());
    group = row.text(0);
    add = row.text(1) == proto::to_text(proto::Action::add);
    row.next();  // the update ends with its last row
  }
  if (effect) take_effect(record, fact, group, add);
}

void JobFold::fold(const Record& record, const JobEvidence& fact) {
  write_fresh();
  expect(sql_.run("INSERT INTO job_evidence(sequence, job) SELECT ?, id FROM jobs WHERE id = ?", record.sequence,
                  fact.job) == 1,
         "no job", fact.job.str());
}

void JobFold::fold(const Record& record, const EventLogged&) { fold_event(sql_, record); }

void JobFold::take_effect(const Record& record, const JobClosed& fact, const std::string& group, bool add) {
  expect(fact.member_keys.size() == fact.outcome.count(), "keys and verdicts differ in number, job", fact.job.str());
  const auto& catalogs = catalogs_of(record.directory);
  if (catalogs.current != 0) change_members(record, fact, group_of(catalogs.current, group), add);
  // What is being imported may have been read before this change was made: it holds in the new catalog, too, whether
  // the group has arrived there or is still to come.
  for (const auto catalog : catalogs.running) {
    for (std::size_t i = 0; i < fact.member_keys.size(); ++i) {
      if (fact.member_keys[i].empty() || !has_effect(fact.outcome.of(i).verdict)) continue;
      sql_.run("INSERT OR REPLACE INTO overrides(catalog, group_id, key, present) VALUES(?, ?, ?, ?)", catalog, group,
               fact.member_keys[i], add);
    }
    change_members(record, fact, group_of(catalog, group), add);
  }
}

void JobFold::change_members(const Record& record, const JobClosed& fact, Group& group, bool add) {
  if (group.n == 0) return;
  // In the order of the table: each page of it is visited once, however many values there are.
  std::vector<std::uint32_t> order(fact.member_keys.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, {}, [&](std::uint32_t i) -> std::string_view { return fact.member_keys[i]; });
  std::size_t asked = 0;
  for (const auto i : order) {
    if (give_way_ && ++asked % asks_after == 0 && (*give_way_)()) throw GaveWay{};
    const auto verdict = fact.outcome.of(i).verdict;
    if (!has_effect(verdict)) continue;
    if (verdict == proto::Verdict::applied) group.changed = record.at;
    const auto& key = fact.member_keys[i];
    if (key.empty()) continue;
    const int rows = add ? sql_.run("INSERT OR IGNORE INTO members(group_n, key) VALUES(?, ?)", group.n, key)
                         : sql_.run("DELETE FROM members WHERE group_n = ? AND key = ?", group.n, key);
    if (rows == 0) continue;
    group.changed = record.at;
    group.members += add ? 1 : -1;
    const auto digest = static_cast<std::uint64_t>(member_digest(key));
    group.digest += add ? digest : -digest;
  }
}

JobFold::Catalogs& JobFold::catalogs_of(const DirectoryId& directory) {
  const auto [at, is_new] = catalogs_.try_emplace(directory);
  if (!is_new) return at->second;
  if (auto row = sql_.query("SELECT catalog FROM directories WHERE id = ?", directory); row.next())
    at->second.current = row.count(0);
  auto running = sql_.query("SELECT catalog FROM imports WHERE directory = ? AND state = 'running'", directory);
  while (running.next()) at->second.running.push_back(running.count(0));
  return at->second;
}

JobFold::Group& JobFold::group_of(std::uint64_t catalog, const std::string& id) {
  const auto [at, is_new] = groups_.try_emplace({catalog, id});
  if (!is_new) return at->second;
  if (auto row = sql_.query("SELECT n FROM groups WHERE catalog = ? AND id = ?", catalog, id); row.next())
    at->second.n = row.integer(0);
  return at->second;
}

void JobFold::write_fresh() {
  for (const auto& fresh : fresh_) {
    const auto& record = *fresh.accepted;
    const auto& fact = std::get<JobAccepted>(record.body);
    const auto action = proto::to_text(fact.change->action);
    if (!fresh.closed) {
      sql_.run(
          "INSERT INTO jobs(accepted, id, directory, request, group_id, action, deadline) VALUES(?, ?, ?, ?, ?, ?, ?)",
          record.sequence, fact.job, record.directory, fact.request, fact.change->group.id, action, fresh.deadline);
      continue;
    }
    const auto& closed = std::get<JobClosed>(fresh.closed->body);
    sql_.run(
        "INSERT INTO jobs(accepted, id, directory, request, group_id, action, deadline, disposition, closed, "
        "closed_at, "
        "effect) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        record.sequence, fact.job, record.directory, fact.request, fact.change->group.id, action, fresh.deadline,
        closed.disposition, fresh.closed->sequence, fresh.closed->at, !closed.member_keys.empty());
  }
  fresh_.clear();
  fresh_by_id_.clear();
}

void JobFold::write_groups() {
  for (const auto& [name, group] : groups_) {
    if (!group.changed) continue;
    std::uint64_t sum = 0;
    if (auto row = sql_.query("SELECT digest FROM groups WHERE n = ?", group.n); row.next()) sum = row.count(0);
    // Added here: SQLite turns an integer that overflows into a float.
    sum += group.digest;
    sql_.run("UPDATE groups SET members = members + ?, digest = ?, changed = ? WHERE n = ?", group.members,
             static_cast<std::int64_t>(sum), *group.changed, group.n);
  }
  groups_.clear();
}

}  // namespace dirbridge::ledger
