#include "ledger/sqlite_completion.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace dirbridge::ledger {
namespace {

bool has_effect(proto::Verdict verdict) {
  return verdict == proto::Verdict::applied || verdict == proto::Verdict::already;
}

}  // namespace

void Completion::complete(Record& record) {
  if (auto* closed = std::get_if<JobClosed>(&record.body)) add_member_keys(record, *closed);
  if (auto* staged = std::get_if<ImportStaged>(&record.body)) add_heritage(record, *staged);
}

void Completion::add_member_keys(const Record& record, JobClosed& fact) {
  fact.member_keys.clear();
  const auto& findings = fact.outcome.findings();
  if (std::ranges::none_of(findings, [](const auto& finding) { return has_effect(finding.verdict); })) return;
  const auto* job = open_jobs_.find(fact.job);
  if (!job || job->directory != record.directory) throw Error{errc::conflict, "no open job " + fact.job.str()};
  const auto& members = job->members;
  if (members.size() != fact.outcome.count())
    throw Error{errc::malformed, "job " + fact.job.str() + " has " + std::to_string(members.size()) + " members and " +
                                     std::to_string(fact.outcome.count()) + " verdicts"};
  std::uint64_t catalog = 0;
  if (auto row = sql_.query("SELECT catalog FROM directories WHERE id = ?", record.directory); row.next())
    catalog = row.count(0);
  fact.member_keys.resize(members.size());
  for (const auto& finding : findings) {
    if (!has_effect(finding.verdict)) continue;
    for (const auto& range : finding.values) {
      for (auto i = range.first; i <= range.last; ++i) {
        auto user = sql_.query("SELECT key FROM users WHERE catalog = ? AND id = ?", catalog, members[i]);
        if (user.next()) fact.member_keys[i] = user.text(0);
      }
    }
  }
}

void Completion::add_heritage(const Record& record, ImportStaged& fact) {
  std::uint64_t current = 0;
  if (auto row = sql_.query("SELECT catalog FROM directories WHERE id = ?", record.directory); row.next())
    current = row.count(0);
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
