// Imports: staged under a catalog of their own, made current by one small record. No step depends on the size of the
// directory but the staging of a batch.
#include "base/fold_case.hpp"
#include "ledger/sqlite_fold.hpp"

namespace dirbridge::ledger {
namespace {

// Room for a million rows in one record; see the schema.
constexpr std::uint64_t places_per_record = 1u << 20;

std::int64_t row_number(const Record& record, std::size_t place) {
  return static_cast<std::int64_t>(record.sequence * places_per_record + place);
}

}  // namespace

std::uint64_t Fold::running_catalog(const Record& record, const ImportId& import) {
  auto found = sql_.query("SELECT catalog FROM imports WHERE id = ? AND directory = ? AND state = 'running'", import,
                          record.directory);
  if (!found.next()) throw Error{errc::conflict, "no running import " + import.str()};
  return found.count(0);
}

void Fold::fold(const Record& record, const ImportStarted& fact) {
  sql_.run("INSERT INTO imports(catalog, id, directory, agent, started) VALUES(?, ?, ?, ?, ?)", record.sequence,
           fact.import, record.directory, fact.agent, record.at);
}

void Fold::fold(const Record& record, const ImportStaged& fact) {
  if (fact.users.size() + fact.groups.size() >= places_per_record || fact.user_heritage.size() != fact.users.size() ||
      fact.group_heritage.size() != fact.groups.size())
    throw Error{errc::malformed, "an import batch of " + std::to_string(fact.users.size() + fact.groups.size())};
  const auto catalog = running_catalog(record, fact.import);
  sql_.run("INSERT INTO staged(sequence, catalog) VALUES(?, ?)", record.sequence, catalog);
  for (std::size_t i = 0; i < fact.users.size(); ++i) stage_user(record, catalog, i, fact);
  for (std::size_t i = 0; i < fact.groups.size(); ++i) stage_group(record, catalog, i, fact);
}

void Fold::stage_user(const Record& record, std::uint64_t catalog, std::size_t place, const ImportStaged& fact) {
  const auto& [id, user] = fact.users[place];
  const auto& heritage = fact.user_heritage[place];
  sql_.run(
      "INSERT OR IGNORE INTO users(n, catalog, id, stable_id, dn, key, login, login_folded, email, first_name, "
      "last_name, display_name, sam_account_name, upn, object_sid, created, updated) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row_number(record, place), catalog, id, user.stable_id, user.dn, user.key, user.login, fold_case(user.login),
      user.email, user.first_name, user.last_name, user.display_name, user.sam_account_name, user.upn, user.object_sid,
      heritage.created, heritage.updated);
}

void Fold::stage_group(const Record& record, std::uint64_t catalog, std::size_t place, const ImportStaged& fact) {
  const auto& [id, group] = fact.groups[place];
  const auto& heritage = fact.group_heritage[place];
  const bool is_first = sql_.run(
      "INSERT OR IGNORE INTO groups(n, catalog, id, stable_id, dn, key, name, name_folded, description, attribute, "
      "object_class, sam_account_name, object_sid, domain, type, scope, old_digest, old_membership_updated, staged, "
      "created, updated) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      row_number(record, fact.users.size() + place), catalog, id, group.stable_id, group.dn, group.key, group.name,
      fold_case(group.name), group.description, group.attribute, group.object_class, group.sam_account_name,
      group.object_sid, group.domain, proto::to_text(group.type), proto::to_text(group.scope),
      heritage.membership_digest, heritage.membership_updated, record.at, heritage.created, heritage.updated);
  std::int64_t group_n = 0;
  {
    auto row = sql_.query("SELECT n FROM groups WHERE catalog = ? AND id = ?", catalog, id);
    row.next();
    group_n = row.integer(0);
  }
  std::int64_t members = 0;
  std::uint64_t digest = 0;
  const auto add = [&](const std::string& key) {
    if (sql_.run("INSERT OR IGNORE INTO members(group_n, key) VALUES(?, ?)", group_n, key) == 0) return;
    ++members;
    digest += static_cast<std::uint64_t>(member_digest(key));
  };
  // Changes that were made while this was on its way count more than what was read (see JobClosed).
  bool has_overrides = false;
  {
    auto overrides = sql_.query("SELECT key, present FROM overrides WHERE catalog = ? AND group_id = ?", catalog, id);
    while (overrides.next()) {
      has_overrides = true;
      if (is_first && overrides.integer(1) != 0) add(overrides.text(0));
    }
  }
  for (const auto& key : group.member_keys) {
    if (has_overrides) {
      auto removed =
          sql_.query("SELECT present FROM overrides WHERE catalog = ? AND group_id = ? AND key = ?", catalog, id, key);
      if (removed.next() && removed.integer(0) == 0) continue;
    }
    add(key);
  }
  if (members > 0) add_to_group(group_n, members, static_cast<std::int64_t>(digest));
  if (is_first && has_overrides) sql_.run("UPDATE groups SET changed = ? WHERE n = ?", record.at, group_n);
}

void Fold::fold(const Record& record, const ImportApplied& fact) {
  const auto catalog = running_catalog(record, fact.import);
  sql_.run("INSERT INTO garbage(catalog) SELECT catalog FROM directories WHERE id = ? AND catalog <> 0",
           record.directory);
  const int flipped = sql_.run(
      "UPDATE directories SET catalog = ?1, generation = generation + 1, users = ?2, groups = ?3, imported = ?4, "
      "kind = CASE WHEN ?5 = '' THEN kind ELSE ?5 END WHERE id = ?6",
      catalog, fact.users, fact.groups, record.at, fact.kind, record.directory);
  if (flipped != 1) throw Error{errc::conflict, "no directory " + record.directory.str()};
  sql_.run("UPDATE imports SET state = 'applied', ended = ?, users = ?, groups = ? WHERE catalog = ?", record.at,
           fact.users, fact.groups, catalog);
}

void Fold::fold(const Record& record, const ImportDropped& fact) {
  const auto catalog = running_catalog(record, fact.import);
  sql_.run("UPDATE imports SET state = 'dropped', reason = ?, ended = ? WHERE catalog = ?", fact.reason, record.at,
           catalog);
  sql_.run("INSERT INTO garbage(catalog) VALUES(?)", catalog);
}

}  // namespace dirbridge::ledger
