#include "ledger/sqlite_fold.hpp"

#include "proto/membership_change.hpp"

namespace dirbridge::ledger {
namespace {

// Scopes hold no blanks (RFC 6749 section 3.3).
std::string joined(const std::vector<std::string>& scopes) {
  std::string text;
  for (const auto& scope : scopes) text += (text.empty() ? "" : " ") + scope;
  return text;
}

void expect(bool fits, const char* what, const std::string& name) {
  if (!fits) throw Error{errc::conflict, what + (" " + name)};
}

}  // namespace

void Fold::apply(const Record& record) {
  std::visit([&](const auto& fact) { fold(record, fact); }, record.body);
}

void Fold::fold(const Record& record, const EpochStarted& fact) {
  expect(sql_.run("INSERT INTO epochs(epoch, at) SELECT ?1, ?2 WHERE ?1 > (SELECT coalesce(max(epoch), 0) FROM epochs)",
                  fact.epoch, record.at) == 1,
         "an epoch is not later than the last:", std::to_string(fact.epoch));
}

void Fold::fold(const Record& record, const DirectoryCreated& fact) {
  sql_.run("INSERT INTO directories(id, name, kind, created) VALUES(?, ?, ?, ?)", record.directory, fact.name,
           fact.kind, record.at);
}

void Fold::fold(const Record& record, const TokenCreated& fact) {
  sql_.run("INSERT INTO tokens(id, name, hash, scopes, created) VALUES(?, ?, ?, ?, ?)", fact.token, fact.name,
           fact.hash, joined(fact.scopes), record.at);
}

void Fold::fold(const Record&, const TokenRevoked& fact) {
  expect(sql_.run("UPDATE tokens SET revoked = 1 WHERE id = ?", fact.token) == 1, "no token", fact.token.str());
}

void Fold::fold(const Record& record, const EnrolCodeCreated& fact) {
  sql_.run("INSERT INTO enrol_codes(hash, directory, expires) VALUES(?, ?, ?)", fact.hash, record.directory,
           fact.expires);
}

void Fold::fold(const Record& record, const AgentEnrolled& fact) {
  // Two agents that present one code at the same moment: the second finds it used, whatever the hub read before.
  if (!fact.code_hash.empty()) {
    expect(sql_.run("UPDATE enrol_codes SET used = 1 WHERE hash = ? AND directory = ? AND used = 0", fact.code_hash,
                    record.directory) == 1,
           "the enrol code is unknown or used up, for agent", fact.agent.str());
  }
  sql_.run("INSERT INTO agents(id, directory, name, public_key, enrolled) VALUES(?, ?, ?, ?, ?)", fact.agent,
           record.directory, fact.name, fact.public_key, record.at);
}

void Fold::fold(const Record&, const AgentRevoked& fact) {
  expect(sql_.run("UPDATE agents SET revoked = 1 WHERE id = ?", fact.agent) == 1, "no agent", fact.agent.str());
}

void Fold::fold(const Record& record, const JobAccepted& fact) {
  sql_.run("INSERT INTO jobs(accepted, id, directory, group_id, action, deadline) VALUES(?, ?, ?, ?, ?, ?)",
           record.sequence, fact.job, record.directory, fact.change.group.id, proto::to_text(fact.change.action),
           fact.deadline);
  sql_.run("INSERT INTO job_requests(sequence, request, job) VALUES(?, ?, ?)", record.sequence, fact.request, fact.job);
}

void Fold::fold(const Record& record, const JobJoined& fact) {
  expect(sql_.run("UPDATE jobs SET deadline = max(deadline, ?) WHERE id = ?", fact.deadline, fact.job) == 1, "no job",
         fact.job.str());
  sql_.run("INSERT INTO job_requests(sequence, request, job) VALUES(?, ?, ?)", record.sequence, fact.request, fact.job);
}

void Fold::fold(const Record& record, const JobClosed& fact) {
  const bool has_effect = !fact.member_keys.empty();
  expect(
      sql_.run("UPDATE jobs SET disposition = ?, closed = ?, closed_at = ?, effect = ? WHERE id = ? AND closed IS NULL",
               fact.disposition, record.sequence, record.at, has_effect, fact.job) == 1,
      "no open job", fact.job.str());
  if (!has_effect) return;
  expect(fact.member_keys.size() == fact.outcome.count(), "keys and verdicts differ in number, job", fact.job.str());
  std::string group;
  bool add = false;
  {
    auto job = sql_.query("SELECT group_id, action FROM jobs WHERE id = ?", fact.job);
    job.next();
    group = job.text(0);
    add = job.text(1) == proto::to_text(proto::Action::add);
  }
  if (auto directory = sql_.query("SELECT catalog FROM directories WHERE id = ?", record.directory); directory.next())
    change_members(record, directory.count(0), group, add, fact);
  // What is being imported may have been read before this change was made: it holds in the new catalog, too, whether
  // the group has arrived there or is still to come.
  auto running = sql_.query("SELECT catalog FROM imports WHERE directory = ? AND state = 'running'", record.directory);
  while (running.next()) {
    const auto catalog = running.count(0);
    for (std::size_t i = 0; i < fact.member_keys.size(); ++i) {
      const auto verdict = fact.outcome.of(i).verdict;
      if (fact.member_keys[i].empty() || (verdict != proto::Verdict::applied && verdict != proto::Verdict::already))
        continue;
      sql_.run("INSERT OR REPLACE INTO overrides(catalog, group_id, key, present) VALUES(?, ?, ?, ?)", catalog, group,
               fact.member_keys[i], add);
    }
    change_members(record, catalog, group, add, fact);
  }
}

void Fold::fold(const Record& record, const JobEvidence& fact) {
  expect(sql_.run("INSERT INTO job_evidence(sequence, job) SELECT ?, id FROM jobs WHERE id = ?", record.sequence,
                  fact.job) == 1,
         "no job", fact.job.str());
}

void Fold::change_members(const Record& record, std::uint64_t catalog, const std::string& group, bool add,
                          const JobClosed& fact) {
  std::int64_t group_n = 0;
  if (auto found = sql_.query("SELECT n FROM groups WHERE catalog = ? AND id = ?", catalog, group); found.next())
    group_n = found.integer(0);
  if (group_n == 0) return;
  std::int64_t members = 0;
  std::uint64_t digest = 0;
  bool changed = false;
  for (std::size_t i = 0; i < fact.member_keys.size(); ++i) {
    const auto verdict = fact.outcome.of(i).verdict;
    if (verdict != proto::Verdict::applied && verdict != proto::Verdict::already) continue;
    changed |= verdict == proto::Verdict::applied;
    const auto& key = fact.member_keys[i];
    if (key.empty()) continue;
    const int rows = add ? sql_.run("INSERT OR IGNORE INTO members(group_n, key) VALUES(?, ?)", group_n, key)
                         : sql_.run("DELETE FROM members WHERE group_n = ? AND key = ?", group_n, key);
    if (rows == 0) continue;
    changed = true;
    members += add ? 1 : -1;
    const auto one = static_cast<std::uint64_t>(member_digest(key));
    digest += add ? one : -one;
  }
  if (!changed) return;
  add_to_group(group_n, members, static_cast<std::int64_t>(digest));
  sql_.run("UPDATE groups SET changed = ? WHERE n = ?", record.at, group_n);
}

void Fold::add_to_group(std::int64_t group_n, std::int64_t members, std::int64_t digest) {
  std::uint64_t sum = 0;
  if (auto group = sql_.query("SELECT digest FROM groups WHERE n = ?", group_n); group.next()) sum = group.count(0);
  // Added here: SQLite turns an integer that overflows into a float.
  sum += static_cast<std::uint64_t>(digest);
  sql_.run("UPDATE groups SET members = members + ?, digest = ? WHERE n = ?", members, static_cast<std::int64_t>(sum),
           group_n);
}

std::int64_t member_digest(std::string_view key) {
  std::uint64_t hash = 14695981039346656037u;
  for (const unsigned char byte : key) hash = (hash ^ byte) * 1099511628211u;
  return static_cast<std::int64_t>(hash);
}

}  // namespace dirbridge::ledger
