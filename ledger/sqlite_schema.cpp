#include "ledger/sqlite_schema.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <optional>
#include <vector>

#include "ledger/sqlite_app_views.hpp"
#include "ledger/sqlite_event_hooks.hpp"
#include "ledger/sqlite_event_views.hpp"
#include "ledger/sqlite_okta_groups.hpp"
#include "ledger/sqlite_replay.hpp"

namespace dirbridge::ledger {
namespace {

constexpr int application_id = 0x44724264;  // "DrBd"

constexpr const char* records_v1 = R"sql(
CREATE TABLE records(
  sequence INTEGER PRIMARY KEY,
  directory TEXT NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL
);
)sql";

// The views hold every record up to this one; those behind it are all of jobs (see Writer).
constexpr const char* folded_v2 = R"sql(
CREATE TABLE folded(one INTEGER PRIMARY KEY CHECK(one = 1), sequence INTEGER NOT NULL);
INSERT INTO folded(one, sequence) VALUES(1, 0);
)sql";

// Times are Unix milliseconds. `accepted`, `closed` and `sequence` are record sequences: what a row does not repeat is
// read from there.
//
// A catalog is what one import brought, numbered by the sequence of its ImportStarted. Rows of several stand side by
// side: the current one of a directory, one that is being staged, and those on their way out (garbage). `n` is made of
// the sequence of the record that brought the row and its place in it, so that a replay gives the same.
constexpr const char* views_v6 = R"sql(
CREATE TABLE epochs(epoch INTEGER PRIMARY KEY, at INTEGER NOT NULL);
CREATE TABLE directories(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, created INTEGER NOT NULL,
  generation INTEGER NOT NULL DEFAULT 0, catalog INTEGER NOT NULL DEFAULT 0,
  users INTEGER NOT NULL DEFAULT 0, groups INTEGER NOT NULL DEFAULT 0, imported INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE tokens(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, scopes TEXT NOT NULL,
  created INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE enrol_codes(
  hash TEXT PRIMARY KEY, directory TEXT NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE agents(
  id TEXT PRIMARY KEY, directory TEXT NOT NULL, name TEXT NOT NULL, public_key TEXT NOT NULL,
  enrolled INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0, software TEXT NOT NULL DEFAULT ''
);

CREATE TABLE jobs(
  accepted INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, directory TEXT NOT NULL, request TEXT NOT NULL,
  group_id TEXT NOT NULL, action TEXT NOT NULL, deadline INTEGER NOT NULL,
  disposition TEXT NOT NULL DEFAULT 'open', closed INTEGER, closed_at INTEGER, effect INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_directory ON jobs(directory, accepted);
CREATE INDEX jobs_open ON jobs(accepted) WHERE closed IS NULL;
CREATE INDEX jobs_by_request ON jobs(request);
CREATE TABLE job_joins(sequence INTEGER PRIMARY KEY, request TEXT NOT NULL, job TEXT NOT NULL);
CREATE INDEX job_joins_by_request ON job_joins(request);
CREATE INDEX job_joins_by_job ON job_joins(job);
CREATE TABLE job_evidence(sequence INTEGER PRIMARY KEY, job TEXT NOT NULL);
CREATE INDEX job_evidence_by_job ON job_evidence(job);

CREATE TABLE imports(
  catalog INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, directory TEXT NOT NULL, agent TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'running', reason TEXT NOT NULL DEFAULT '',
  started INTEGER NOT NULL, ended INTEGER, users INTEGER NOT NULL DEFAULT 0, groups INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX imports_running ON imports(directory) WHERE state = 'running';
CREATE TABLE staged(sequence INTEGER PRIMARY KEY, catalog INTEGER NOT NULL);
CREATE INDEX staged_by_catalog ON staged(catalog);
CREATE TABLE users(
  n INTEGER PRIMARY KEY, catalog INTEGER NOT NULL, id TEXT NOT NULL, stable_id TEXT NOT NULL, dn TEXT NOT NULL,
  key TEXT NOT NULL, login TEXT NOT NULL, login_folded TEXT NOT NULL, email TEXT NOT NULL, first_name TEXT NOT NULL,
  last_name TEXT NOT NULL, display_name TEXT NOT NULL, sam_account_name TEXT NOT NULL, upn TEXT NOT NULL,
  object_sid TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL
);
CREATE UNIQUE INDEX users_by_id ON users(catalog, id);
CREATE INDEX users_by_stable_id ON users(catalog, stable_id);
CREATE INDEX users_by_key ON users(catalog, key);
CREATE INDEX users_by_login ON users(catalog, login_folded);
CREATE TABLE groups(
  n INTEGER PRIMARY KEY, catalog INTEGER NOT NULL, id TEXT NOT NULL, stable_id TEXT NOT NULL, dn TEXT NOT NULL,
  key TEXT NOT NULL, name TEXT NOT NULL, name_folded TEXT NOT NULL, description TEXT NOT NULL,
  attribute TEXT NOT NULL, object_class TEXT NOT NULL, sam_account_name TEXT NOT NULL, object_sid TEXT NOT NULL,
  domain TEXT NOT NULL, type TEXT NOT NULL, scope TEXT NOT NULL,
  members INTEGER NOT NULL DEFAULT 0, digest INTEGER NOT NULL DEFAULT 0,
  old_digest INTEGER NOT NULL, old_membership_updated INTEGER NOT NULL, staged INTEGER NOT NULL,
  changed INTEGER,
  created INTEGER NOT NULL, updated INTEGER NOT NULL
);
CREATE UNIQUE INDEX groups_by_id ON groups(catalog, id);
CREATE INDEX groups_by_stable_id ON groups(catalog, stable_id);
CREATE INDEX groups_by_name ON groups(catalog, name_folded);
CREATE TABLE members(group_n INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY(group_n, key)) WITHOUT ROWID;
CREATE INDEX members_by_key ON members(key);
CREATE TABLE overrides(
  catalog INTEGER NOT NULL, group_id TEXT NOT NULL, key TEXT NOT NULL, present INTEGER NOT NULL,
  PRIMARY KEY(catalog, group_id, key)
) WITHOUT ROWID;
CREATE TABLE garbage(catalog INTEGER PRIMARY KEY);
)sql";

int pragma(SQLite::Database& database, const char* sql) { return database.execAndGet(sql).getInt(); }

std::string describe(int version) {
  return "it has schema version " + std::to_string(version) + ", this program knows version " +
         std::to_string(schema_version);
}

result<int> version_of(SQLite::Database& database) {
  const int version = pragma(database, "PRAGMA user_version");
  const int owner = pragma(database, "PRAGMA application_id");
  const int tables = pragma(database, "SELECT count(*) FROM sqlite_master");
  if (owner != application_id && (tables > 0 || owner != 0 || version != 0))
    return Error{errc::configuration, "the file is a database, but not a Dirbridge ledger"};
  if (version > schema_version)
    return Error{errc::configuration, "the ledger was written by a newer program: " + describe(version)};
  return version;
}

}  // namespace

void create_views(SQLite::Database& database) {
  database.exec(views_v6);
  database.exec(app_views_v2);
  database.exec(used_assertions_v6);
  database.exec(okta_group_views_v6);
  database.exec(event_views_v3);
  database.exec(event_hook_views_v4);
}

// Views are derived: those of an older schema, everything but the records, are dropped and folded afresh.
result<void> rebuild_views(SQLite::Database& database) {
  std::vector<std::string> tables;
  {
    SQLite::Statement all{database,
                          "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'records' AND name NOT LIKE "
                          "'sqlite_%'"};
    while (all.executeStep()) tables.push_back(all.getColumn(0).getString());
  }
  for (const auto& table : tables) database.exec("DROP TABLE " + table);
  database.exec(folded_v2);
  create_views(database);
  std::optional<Error> refusal;
  const auto replayed = replay(database, database, all_records, [&](std::string what) {
    refusal = Error{errc::malformed, std::move(what)};
    return false;
  });
  if (refusal) return *refusal;
  set_folded(database, replayed.last);
  return {};
}

result<void> migrate(SQLite::Database& database) {
  const auto version = version_of(database);
  if (!version) return version.error();
  if (*version == schema_version) return {};
  SQLite::Transaction step{database};
  if (*version < 1) {
    database.exec(records_v1);
    database.exec("PRAGMA application_id = " + std::to_string(application_id));
  }
  if (*version < 6) {
    if (auto rebuilt = rebuild_views(database); !rebuilt) return rebuilt;
  }
  database.exec("PRAGMA user_version = " + std::to_string(schema_version));
  step.commit();
  return {};
}

std::uint64_t folded(SQLite::Database& database) {
  return static_cast<std::uint64_t>(database.execAndGet("SELECT sequence FROM folded").getInt64());
}

void set_folded(SQLite::Database& database, std::uint64_t sequence) {
  SQLite::Statement update{database, "UPDATE folded SET sequence = ?"};
  update.bind(1, static_cast<std::int64_t>(sequence));
  update.exec();
}

result<void> check_owner(SQLite::Database& database) {
  const auto version = version_of(database);
  if (!version) return version.error();
  return {};
}

result<void> check_version(SQLite::Database& database) {
  const auto version = version_of(database);
  if (!version) return version.error();
  if (*version < schema_version)
    return Error{errc::configuration,
                 "the ledger is older than this program: " + describe(*version) + "; start the hub once to migrate it"};
  return {};
}

}  // namespace dirbridge::ledger
