#include "ledger/sqlite_completion.hpp"

#include <SQLiteCpp/Transaction.h>

#include <algorithm>

#include "base/error.hpp"

namespace dirbridge::ledger {
namespace {

bool has_effect(proto::Verdict verdict) {
  return verdict == proto::Verdict::applied || verdict == proto::Verdict::already;
}

// Smaller jobs are closed in less time than it would take to think about them.
constexpr std::size_t worth_preparing = 500;
constexpr std::size_t max_prepared = 4;  // jobs: some 100 bytes for each of at most 10,000 members
constexpr std::size_t slice = 1'000;     // look-ups

}  // namespace

void Completion::consider(const JobId& job, const DirectoryId& directory, const proto::SharedChange& change) {
  if (change->members.size() < worth_preparing || prepared_.size() >= max_prepared) return;
  prepared_[job] = {directory, change, 0, {}};
  to_prepare_.push_back(job);
}

void Completion::prepare() {
  const auto id = to_prepare_.front();
  to_prepare_.pop_front();  // now: what throws is not tried again
  const auto found = prepared_.find(id);
  if (found == prepared_.end()) return;
  auto& job = found->second;
  // One snapshot for all of them: each look-up by itself would lock and unlock the file.
  SQLite::Transaction snapshot{sql_.database()};
  const auto catalog = catalog_of(job.directory);
  if (job.catalog != catalog) job.keys.clear();  // another import became current
  job.catalog = catalog;
  const auto& members = job.change->members;
  const auto end = std::min(members.size(), job.keys.size() + slice);
  job.keys.reserve(members.size());
  while (job.keys.size() < end) job.keys.push_back(key_of(catalog, members[job.keys.size()].id));
  if (end < members.size()) to_prepare_.push_front(id);
  snapshot.commit();
}

void Completion::forget() {
  prepared_.clear();
  to_prepare_.clear();
}

std::uint64_t Completion::catalog_of(const DirectoryId& directory) {
  auto row = sql_.query("SELECT catalog FROM directories WHERE id = ?", directory);
  return row.next() ? row.count(0) : 0;
}

std::string Completion::key_of(std::uint64_t catalog, const std::string& user) {
  auto row = sql_.query("SELECT key FROM users WHERE catalog = ? AND id = ?", catalog, user);
  return row.next() ? row.text(0) : std::string{};
}

void Completion::complete(Record& record) {
  if (auto* closed = std::get_if<JobClosed>(&record.body)) add_member_keys(record, *closed);
  if (auto* staged = std::get_if<ImportStaged>(&record.body)) add_heritage(record, *staged);
}

void Completion::add_member_keys(const Record& record, JobClosed& fact) {
  fact.member_keys.clear();
  auto prepared = prepared_.extract(fact.job);
  const auto& findings = fact.outcome.findings();
  if (std::ranges::none_of(findings, [](const auto& finding) { return has_effect(finding.verdict); })) return;
  const auto* job = open_jobs_.find(fact.job);
  if (!job || job->directory != record.directory) throw Error{errc::conflict, "no open job " + fact.job.str()};
  const auto& members = job->change->members;
  if (members.size() != fact.outcome.count())
    throw Error{errc::malformed, "job " + fact.job.str() + " has " + std::to_string(members.size()) + " members and " +
                                     std::to_string(fact.outcome.count()) + " verdicts"};
  const auto catalog = catalog_of(record.directory);
  std::vector<std::string> known;
  if (prepared && prepared.mapped().catalog == catalog) known = std::move(prepared.mapped().keys);
  fact.member_keys.resize(members.size());
  for (const auto& finding : findings) {
    if (!has_effect(finding.verdict)) continue;
    for (const auto& range : finding.values) {
      for (auto i = range.first; i <= range.last; ++i) {
        fact.member_keys[i] = i < known.size() ? std::move(known[i]) : key_of(catalog, members[i].id);
      }
    }
  }
}

void Completion::add_heritage(const Record& record, ImportStaged& fact) {
  const auto current = catalog_of(record.directory);
  fact.user_heritage.clear();
  for (const auto& [id, user] : fact.users) {
    auto& heritage = fact.user_heritage.emplace_back();
    heritage.created = heritage.updated = record.at;
    auto old = sql_.query(
        "SELECT created, updated, stable_id, dn, key, login, email, first_name, last_name, display_name, "
        "sam_account_name, upn, object_sid FROM users "
        "WHERE catalog = ? AND id = ?",
        current, id);
    if (!old.next()) continue;
    heritage.created = old.time(0);
    const proto::ImportedUser before{.stable_id = old.text(2),
                                     .dn = old.text(3),
                                     .key = old.text(4),
                                     .login = old.text(5),
                                     .email = old.text(6),
                                     .first_name = old.text(7),
                                     .last_name = old.text(8),
                                     .display_name = old.text(9),
                                     .sam_account_name = old.text(10),
                                     .upn = old.text(11),
                                     .object_sid = old.text(12)};
    if (before == user) heritage.updated = old.time(1);
  }
  static const std::string old_group =
      std::string{"SELECT created, updated, stable_id, dn, key, name, description, attribute, object_class, digest, "} +
      membership_updated_sql +
      ", sam_account_name, object_sid, domain, type, scope FROM groups WHERE catalog = ? AND id = ?";
  fact.group_heritage.clear();
  for (const auto& [id, group] : fact.groups) {
    auto& heritage = fact.group_heritage.emplace_back();
    heritage.created = heritage.updated = heritage.membership_updated = record.at;
    auto old = sql_.query(old_group.c_str(), current, id);
    if (!old.next()) continue;
    heritage.created = old.time(0);
    heritage.membership_digest = old.integer(9);
    heritage.membership_updated = old.time(10);
    const proto::ImportedGroup before{.stable_id = old.text(2),
                                      .dn = old.text(3),
                                      .key = old.text(4),
                                      .name = old.text(5),
                                      .description = old.text(6),
                                      .attribute = old.text(7),
                                      .object_class = old.text(8),
                                      .member_keys = group.member_keys,
                                      .sam_account_name = old.text(11),
                                      .object_sid = old.text(12),
                                      .domain = old.text(13),
                                      .type = proto::word_of(old.text(14), proto::group_types),
                                      .scope = proto::word_of(old.text(15), proto::group_scopes)};
    if (before == group) heritage.updated = old.time(1);
  }
}

}  // namespace dirbridge::ledger
