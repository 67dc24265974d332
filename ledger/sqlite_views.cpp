#include <SQLiteCpp/Exception.h>

#include "base/text.hpp"
#include "ledger/sqlite_app_views.hpp"
#include "ledger/sqlite_catalog_views.hpp"
#include "ledger/sqlite_event_hooks.hpp"
#include "ledger/sqlite_event_views.hpp"
#include "ledger/sqlite_file.hpp"
#include "ledger/sqlite_job_views.hpp"
#include "ledger/views.hpp"

namespace dirbridge::ledger {
namespace {

std::vector<std::string> split_scopes(const std::string& text) {
  std::vector<std::string> scopes;
  for (const auto scope : split(text, ' '))
    if (!scope.empty()) scopes.emplace_back(scope);
  return scopes;
}

TokenRow read_token(const Rows& row) {
  return {row.id<TokenId>(0), row.text(1), split_scopes(row.text(2)), row.time(3), row.integer(4) != 0};
}

AgentRow read_agent(const Rows& row) {
  return {row.id<AgentId>(0), row.id<DirectoryId>(1), row.text(2), row.text(3),
          row.time(4),        row.integer(5) != 0,    row.text(6)};
}

#define TOKEN_COLUMNS "id, name, scopes, created, revoked"
#define AGENT_COLUMNS "id, directory, name, public_key, enrolled, revoked, software"

class SqliteViews final : public Views {
 public:
  explicit SqliteViews(std::unique_ptr<SQLite::Database> database)
      : database_(std::move(database)),
        sql_(*database_),
        catalog_(sql_),
        jobs_(sql_),
        apps_(sql_),
        events_(sql_),
        hooks_(sql_) {}

  std::uint64_t last_epoch() override { return number("SELECT coalesce(max(epoch), 0) FROM epochs"); }
  std::uint64_t last_sequence() override { return number("SELECT coalesce(max(sequence), 0) FROM records"); }

  std::vector<DirectoryRow> directories() override { return catalog_.directories(); }
  std::optional<DirectoryRow> directory(const DirectoryId& id) override { return catalog_.directory(id); }
  std::optional<UserRow> user(const UserId& id) override { return catalog_.user({}, id); }
  std::optional<UserRow> user(const DirectoryId& directory, const UserId& id) override {
    return directory.empty() ? std::nullopt : catalog_.user(directory, id);
  }
  std::vector<std::optional<UserName>> user_names(const DirectoryId& directory, std::span<const UserId> ids) override {
    return catalog_.user_names(directory, ids);
  }
  std::optional<UserId> user_by_stable_id(const DirectoryId& directory, std::string_view stable_id) override {
    return catalog_.user_by_stable_id(directory, stable_id);
  }
  std::optional<GroupId> group_by_stable_id(const DirectoryId& directory, std::string_view stable_id) override {
    return catalog_.group_by_stable_id(directory, stable_id);
  }
  std::vector<UserRow> users(const DirectoryId& directory, std::string_view name, const Page& page) override {
    return catalog_.users(directory, name, page);
  }
  std::optional<GroupRow> group(const GroupId& id) override { return catalog_.group({}, id); }
  std::optional<GroupRow> group(const DirectoryId& directory, const GroupId& id) override {
    return directory.empty() ? std::nullopt : catalog_.group(directory, id);
  }
  std::vector<GroupRow> groups(const DirectoryId& directory, std::string_view name, const Page& page) override {
    return catalog_.groups(directory, name, page);
  }
  std::vector<MemberRow> members(const GroupId& group, const Page& page) override {
    return catalog_.members(group, page);
  }
  std::vector<GroupRow> groups_of(const UserId& user) override { return catalog_.groups_of(user); }

  std::optional<TokenRow> token_by_hash(std::string_view hash) override {
    auto row = sql_.query("SELECT " TOKEN_COLUMNS " FROM tokens WHERE hash = ?", hash);
    if (!row.next()) return std::nullopt;
    return read_token(row);
  }
  std::vector<TokenRow> tokens() override {
    std::vector<TokenRow> tokens;
    auto rows = sql_.query("SELECT " TOKEN_COLUMNS " FROM tokens ORDER BY id");
    while (rows.next()) tokens.push_back(read_token(rows));
    return tokens;
  }
  std::optional<AppRow> app(const ClientId& id) override { return apps_.app(id); }
  std::vector<AppRow> apps() override { return apps_.apps(); }
  std::vector<UsedAssertion> used_assertions(WallTime now) override { return apps_.used_assertions(now); }
  std::optional<EnrolCodeRow> enrol_code(std::string_view hash) override {
    auto row = sql_.query("SELECT directory, expires, used FROM enrol_codes WHERE hash = ?", hash);
    if (!row.next()) return std::nullopt;
    return EnrolCodeRow{row.id<DirectoryId>(0), row.time(1), row.integer(2) != 0};
  }
  std::optional<AgentRow> agent(const AgentId& id) override {
    auto row = sql_.query("SELECT " AGENT_COLUMNS " FROM agents WHERE id = ?", id);
    if (!row.next()) return std::nullopt;
    return read_agent(row);
  }
  std::vector<AgentRow> agents(const DirectoryId& directory) override {
    std::vector<AgentRow> agents;
    auto rows =
        sql_.query("SELECT " AGENT_COLUMNS " FROM agents WHERE directory = ?1 OR ?1 = '' ORDER BY id", directory);
    while (rows.next()) agents.push_back(read_agent(rows));
    return agents;
  }

  std::optional<JobRow> job(const JobId& id) override { return jobs_.job(id); }
  std::optional<JobRow> job_by_request(const RequestId& id) override { return jobs_.job_by_request(id); }
  std::vector<JobRow> jobs(const DirectoryId& directory, bool only_open, const JobId& before,
                           std::size_t limit) override {
    return jobs_.jobs(directory, only_open, before, limit);
  }
  std::vector<JobRow> open_jobs() override { return jobs_.open_jobs(); }
  std::vector<EventRow> events(const EventRange& range) override { return events_.events(range); }
  std::vector<EventHookRow> event_hooks() override { return hooks_.event_hooks(); }
  std::optional<ImportRow> import(const ImportId& id) override { return jobs_.import(id); }
  std::vector<ImportRow> running_imports() override { return jobs_.running_imports(); }
  std::vector<GroupFate> staged_groups(const ImportId& import, const Page& page) override {
    return catalog_.staged_groups(import, page);
  }
  std::vector<GroupFate> replaced_groups(const ImportId& import, const Page& page) override {
    return catalog_.replaced_groups(import, page);
  }

 private:
  std::uint64_t number(const char* sql) {
    auto row = sql_.query(sql);
    row.next();
    return row.count(0);
  }

  const std::unique_ptr<SQLite::Database> database_;
  Statements sql_;
  CatalogViews catalog_;
  JobViews jobs_;
  AppViews apps_;
  EventViews events_;
  EventHookViews hooks_;
};

}  // namespace

result<std::unique_ptr<Views>> open_sqlite_views(const std::string& path) {
  auto database = open_for_reading(path);
  if (!database) return database.error();
  return std::unique_ptr<Views>{std::make_unique<SqliteViews>(std::move(*database))};
}

}  // namespace dirbridge::ledger
