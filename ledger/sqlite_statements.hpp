// Prepared statements of one connection, prepared once and reset after each use. Internal to ledger/'s sqlite_* files.
#pragma once
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace dirbridge::ledger {

// One use of a cached statement. While it lives the connection holds a read snapshot, so keep it short; the same SQL
// must not be used again inside the loop over its rows.
class Rows {
 public:
  explicit Rows(SQLite::Statement& statement) : statement_(&statement) {}
  Rows(Rows&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
  ~Rows() {
    if (statement_) statement_->tryReset();
  }

  bool next() { return statement_->executeStep(); }
  std::int64_t integer(int column) const { return statement_->getColumn(column).getInt64(); }
  std::uint64_t count(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  std::string text(int column) const { return statement_->getColumn(column).getString(); }
  bool is_null(int column) const { return statement_->isColumnNull(column); }
  WallTime time(int column) const { return from_epoch_ms(integer(column)); }
  template <class AnyId>
  AnyId id(int column) const {
    return AnyId{text(column)};
  }

 private:
  SQLite::Statement* statement_;
};

class Statements {
 public:
  explicit Statements(SQLite::Database& database) : database_(database) {}

  // Rows of a query. `sql` is a literal: its address is the key.
  template <class... Arguments>
  Rows query(const char* sql, const Arguments&... arguments) {
    auto& statement = prepared(sql);
    int index = 0;
    (bind(statement, ++index, arguments), ...);
    return Rows{statement};
  }
  // Runs a change; how many rows it touched.
  template <class... Arguments>
  int run(const char* sql, const Arguments&... arguments) {
    auto& statement = prepared(sql);
    const Rows reset_at_the_end{statement};
    int index = 0;
    (bind_for_now(statement, ++index, arguments), ...);
    return statement.exec();
  }
  SQLite::Database& database() { return database_; }

 private:
  SQLite::Statement& prepared(const char* sql) {
    auto& statement = cache_[sql];
    if (!statement) statement = std::make_unique<SQLite::Statement>(database_, sql);
    return *statement;
  }
  // Texts are not copied: the statement is done with them before the arguments are gone.
  template <class Argument>
  static void bind_for_now(SQLite::Statement& statement, int index, const Argument& argument) {
    if constexpr (requires { statement.bindNoCopy(index, argument.str()); }) {
      statement.bindNoCopy(index, argument.str());
    } else if constexpr (std::is_same_v<Argument, std::string>) {
      statement.bindNoCopy(index, argument);
    } else {
      bind(statement, index, argument);
    }
  }
  static void bind(SQLite::Statement& statement, int index, const std::string& text) { statement.bind(index, text); }
  static void bind(SQLite::Statement& statement, int index, std::string_view text) {
    statement.bind(index, std::string{text});
  }
  static void bind(SQLite::Statement& statement, int index, const char* text) { statement.bind(index, text); }
  static void bind(SQLite::Statement& statement, int index, WallTime time) { statement.bind(index, to_epoch_ms(time)); }
  template <class Tag>
  static void bind(SQLite::Statement& statement, int index, const Id<Tag>& id) {
    statement.bind(index, id.str());
  }
  template <std::integral Number>
  static void bind(SQLite::Statement& statement, int index, Number number) {
    statement.bind(index, static_cast<std::int64_t>(number));
  }

  SQLite::Database& database_;
  std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> cache_;
};

}  // namespace dirbridge::ledger
