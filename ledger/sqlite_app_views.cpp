#include "ledger/sqlite_app_views.hpp"

#include "base/text.hpp"
#include "ledger/sqlite_fold.hpp"

namespace dirbridge::ledger {
namespace {

AppRow read_app(const Rows& row) {
  AppRow app{row.id<ClientId>(0), row.text(1), {}, row.integer(3) != 0, row.time(4), row.integer(5) != 0, {}};
  const auto scopes = row.text(2);
  for (const auto scope : split(scopes, ' '))
    if (!scope.empty()) app.scopes.emplace_back(scope);
  return app;
}

}  // namespace

void Fold::fold(const Record& record, const AppCreated& fact) {
  std::string scopes;  // they hold no blanks (RFC 6749 section 3.3)
  for (const auto& scope : fact.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
  sql_.run("INSERT INTO apps(id, name, scopes, dpop, created) VALUES(?, ?, ?, ?, ?)", fact.client, fact.name, scopes,
           fact.dpop, record.at);
  sql_.run("INSERT INTO app_keys(client, kid, sequence, key, added) VALUES(?, ?, ?, ?, ?)", fact.client, fact.kid,
           record.sequence, fact.key, record.at);
}

void Fold::fold(const Record& record, const AppKeyRotated& fact) {
  {
    auto app = sql_.query("SELECT 1 FROM apps WHERE id = ? AND revoked = 0", fact.client);
    expect(app.next(), "no app", fact.client.str());
  }
  // A key that was to end earlier still does.
  sql_.run("UPDATE app_keys SET expires = min(coalesce(expires, ?1), ?1) WHERE client = ?2", fact.others_until,
           fact.client);
  sql_.run("INSERT INTO app_keys(client, kid, sequence, key, added) VALUES(?, ?, ?, ?, ?)", fact.client, fact.kid,
           record.sequence, fact.key, record.at);
}

void Fold::fold(const Record&, const AppRevoked& fact) {
  expect(sql_.run("UPDATE apps SET revoked = 1 WHERE id = ?", fact.client) == 1, "no app", fact.client.str());
}

void Fold::fold(const Record& record, const AssertionUsed& fact) {
  sql_.run("INSERT INTO used_assertions(sequence, hash, until) VALUES(?, ?, ?)", record.sequence, fact.hash,
           fact.until);
}

bool drop_used_assertions(Statements& sql, WallTime now, int limit) {
  const int dropped = sql.run(
      "DELETE FROM records WHERE sequence IN (SELECT sequence FROM used_assertions WHERE until <= ?1 "
      "ORDER BY until, sequence LIMIT ?2)",
      now, limit);
  sql.run(
      "DELETE FROM used_assertions WHERE sequence IN (SELECT sequence FROM used_assertions WHERE until <= ?1 "
      "ORDER BY until, sequence LIMIT ?2)",
      now, limit);
  return dropped == limit;
}

std::vector<UsedAssertion> AppViews::used_assertions(WallTime now) {
  std::vector<UsedAssertion> used;
  auto rows = sql_.query("SELECT hash, until FROM used_assertions WHERE until > ? ORDER BY sequence", now);
  while (rows.next()) used.push_back({rows.text(0), rows.time(1)});
  return used;
}

void AppViews::read_keys(AppRow& app) {
  auto rows = sql_.query("SELECT kid, key, added, expires FROM app_keys WHERE client = ? ORDER BY sequence", app.id);
  while (rows.next()) {
    auto& key = app.keys.emplace_back(AppKeyRow{rows.text(0), rows.text(1), rows.time(2), std::nullopt});
    if (!rows.is_null(3)) key.expires = rows.time(3);
  }
}

std::optional<AppRow> AppViews::app(const ClientId& id) {
  std::optional<AppRow> app;
  {
    auto row = sql_.query("SELECT id, name, scopes, dpop, created, revoked FROM apps WHERE id = ?", id);
    if (!row.next()) return std::nullopt;
    app = read_app(row);
  }
  read_keys(*app);
  return app;
}

std::vector<AppRow> AppViews::apps() {
  std::vector<AppRow> apps;
  {
    auto rows = sql_.query("SELECT id, name, scopes, dpop, created, revoked FROM apps ORDER BY id");
    while (rows.next()) apps.push_back(read_app(rows));
  }
  for (auto& app : apps) read_keys(app);
  return apps;
}

}  // namespace dirbridge::ledger
