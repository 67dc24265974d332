// OAuth service apps, their public keys and the assertions they have used up: tables, fold and reading side in one
// place. Internal to ledger/'s sqlite_* files.
#pragma once
#include <optional>
#include <vector>

#include "ledger/sqlite_statements.hpp"
#include "ledger/views.hpp"

namespace dirbridge::ledger {

// Added in schema version 2. `sequence` is that of the record that brought the key: a replay gives the same order.
inline constexpr const char* app_views_v2 = R"sql(
CREATE TABLE apps(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, scopes TEXT NOT NULL, dpop INTEGER NOT NULL,
  created INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE app_keys(
  client TEXT NOT NULL, kid TEXT NOT NULL, sequence INTEGER NOT NULL, key TEXT NOT NULL, added INTEGER NOT NULL,
  expires INTEGER, PRIMARY KEY(client, kid)
) WITHOUT ROWID;
)sql";

// Added in schema version 6. A row and its record are dropped once the assertion has expired.
inline constexpr const char* used_assertions_v6 = R"sql(
CREATE TABLE used_assertions(sequence INTEGER PRIMARY KEY, hash TEXT NOT NULL, until INTEGER NOT NULL);
CREATE INDEX used_assertions_by_end ON used_assertions(until);
)sql";

// Those that have expired at `now` and their records, at most `limit` of them; true if there may be more.
bool drop_used_assertions(Statements& sql, WallTime now, int limit);

class AppViews {
 public:
  explicit AppViews(Statements& statements) : sql_(statements) {}
  std::optional<AppRow> app(const ClientId& id);
  std::vector<AppRow> apps();
  std::vector<UsedAssertion> used_assertions(WallTime now);

 private:
  void read_keys(AppRow& app);
  Statements& sql_;
};

}  // namespace dirbridge::ledger
