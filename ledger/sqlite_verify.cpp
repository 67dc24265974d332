// `dirbridge ledger verify`: the records folded afresh into a scratch database, the two sets of tables compared row by
// row.
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include "ledger/ledger.hpp"
#include "ledger/sqlite_file.hpp"
#include "ledger/sqlite_replay.hpp"
#include "ledger/sqlite_schema.hpp"

namespace dirbridge::ledger {
namespace {

constexpr std::size_t max_differences = 100;

class Comparison {
 public:
  Comparison(const ViewTable& table, SQLite::Database& stored, SQLite::Database& folded, Verification& result)
      : table_(table), stored_(stored, rows_of(table)), folded_(folded, rows_of(table)), result_(result) {}

  // Both sides come in the order of their keys: the smaller key is missing on the other side.
  void run() {
    bool has_stored = stored_.executeStep();
    bool has_folded = folded_.executeStep();
    while (has_stored || has_folded) {
      const int order = !has_stored ? 1 : !has_folded ? -1 : compare_keys();
      if (order < 0) {
        differ(name_of(stored_) + ": stored, but no record says so");
      } else if (order > 0) {
        differ(name_of(folded_) + ": missing");
      } else {
        compare_row();
      }
      result_.rows += order <= 0;
      if (order <= 0) has_stored = stored_.executeStep();
      if (order >= 0) has_folded = folded_.executeStep();
    }
  }

 private:
  static std::string rows_of(const ViewTable& table) {
    return "SELECT " + std::string{table.key} + ", * FROM " + table.name + " WHERE " + table.where + " ORDER BY " +
           table.key;
  }
  static int keys_of(const ViewTable& table) {
    int count = 1;
    for (const char c : std::string_view{table.key}) count += c == ',';
    return count;
  }
  static std::string text(SQLite::Statement& row, int column) {
    return row.isColumnNull(column) ? "null" : row.getColumn(column).getString();
  }
  int compare_keys() {
    for (int column = 0; column < keys_of(table_); ++column) {
      if (stored_.getColumn(column).isInteger() && folded_.getColumn(column).isInteger()) {
        const auto left = stored_.getColumn(column).getInt64();
        const auto right = folded_.getColumn(column).getInt64();
        if (left != right) return left < right ? -1 : 1;
        continue;
      }
      const auto order = text(stored_, column).compare(text(folded_, column));
      if (order != 0) return order;
    }
    return 0;
  }
  void compare_row() {
    for (int column = keys_of(table_); column < stored_.getColumnCount(); ++column) {
      const auto stored = text(stored_, column);
      const auto folded = text(folded_, column);
      if (stored == folded) continue;
      differ(name_of(stored_) + ": " + stored_.getColumnName(column) + ": stored " + stored + ", folded " + folded);
    }
  }
  std::string name_of(SQLite::Statement& row) {
    std::string name = std::string{table_.name};
    for (int column = 0; column < keys_of(table_); ++column) name += " " + text(row, column);
    return name;
  }
  void differ(std::string what) {
    if (result_.differences.size() < max_differences) result_.differences.push_back(std::move(what));
  }

  const ViewTable& table_;
  SQLite::Statement stored_;
  SQLite::Statement folded_;
  Verification& result_;
};

}  // namespace

result<Verification> verify_sqlite_ledger(const std::string& path) {
  auto source = open_for_reading(path);
  if (!source) return source.error();
  try {
    Verification result;
    // One snapshot for all of it: a running hub goes on writing.
    SQLite::Transaction snapshot{**source};
    // A temporary file that SQLite removes by itself; verification needs about the size of the views on disk, not in
    // memory.
    SQLite::Database scratch{"", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    scratch.exec("PRAGMA journal_mode = MEMORY");
    scratch.exec("PRAGMA synchronous = OFF");
    create_views(scratch);
    {
      SQLite::Transaction folding{scratch};
      const auto replayed = replay(**source, scratch, folded(**source), [&](std::string what) {
        result.differences.push_back(std::move(what));
        return result.differences.size() < max_differences;
      });
      folding.commit();
      result.records = replayed.records;
    }
    for (const auto& table : view_tables) Comparison{table, **source, scratch, result}.run();
    return result;
  } catch (const SQLite::Exception& failure) {
    return to_error(failure, path);
  }
}

}  // namespace dirbridge::ledger
