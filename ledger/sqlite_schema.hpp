// The tables of a ledger file and how an older file becomes a newer one. Internal to ledger/'s sqlite_* files.
#pragma once
#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace dirbridge::ledger {

inline constexpr int schema_version = 6;

// Brings the open file to schema_version, one transaction per step. Refuses (errc::configuration) a newer file, naming
// both versions, and a file that is somebody else's.
result<void> migrate(SQLite::Database& database);
// The file is empty or a ledger of this version or an older one; else errors as above. Writes nothing.
result<void> check_owner(SQLite::Database& database);
// For a reader: the file is of this version.
result<void> check_version(SQLite::Database& database);
// The view tables alone, for a scratch database.
void create_views(SQLite::Database& database);
// The last record that the views of an open ledger hold.
std::uint64_t folded(SQLite::Database& database);
void set_folded(SQLite::Database& database, std::uint64_t sequence);

// A view table as verification compares it: the rows that count, in an order that both sides share.
struct ViewTable {
  const char* name;
  const char* key;    // columns that name a row to a person
  const char* where;  // rows that count
};
// Rows of an import that was superseded or dropped are removed bit by bit: they count no more from the moment it was.
inline constexpr ViewTable view_tables[] = {
    {"epochs", "epoch", "1"},
    {"directories", "id", "1"},
    {"tokens", "id", "1"},
    {"enrol_codes", "hash", "1"},
    {"apps", "id", "1"},
    {"app_keys", "client, kid", "1"},
    {"used_assertions", "sequence", "1"},
    {"agents", "id", "1"},
    {"okta_groups", "id", "1"},
    {"okta_members", "group_id, user_id", "1"},
    {"event_hooks", "id", "1"},
    {"jobs", "id", "1"},
    {"job_joins", "sequence", "1"},
    {"job_evidence", "sequence", "1"},
    {"events", "sequence", "1"},
    {"imports", "id", "1"},
    {"staged", "sequence", "catalog NOT IN (SELECT catalog FROM garbage)"},
    {"users", "n", "catalog NOT IN (SELECT catalog FROM garbage)"},
    {"groups", "n", "catalog NOT IN (SELECT catalog FROM garbage)"},
    {"members", "group_n, key", "group_n NOT IN (SELECT n FROM groups WHERE catalog IN (SELECT catalog FROM garbage))"},
    {"overrides", "catalog, group_id, key", "catalog NOT IN (SELECT catalog FROM garbage)"},
};

}  // namespace dirbridge::ledger
