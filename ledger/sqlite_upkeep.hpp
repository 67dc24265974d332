// What is dropped from a ledger, in slices of a few milliseconds. Each slice is a transaction of its own. Internal to
// ledger/.
#pragma once
#include <cstdint>

#include "base/clock.hpp"
#include "ledger/sqlite_statements.hpp"

namespace dirbridge::ledger {

class Upkeep {
 public:
  Upkeep(Statements& statements, milliseconds retention) : sql_(statements), retention_(retention) {}

  // A record was appended; once per hour of record time, and at the first, closed jobs are looked through.
  void appended(WallTime at);
  // True if slice() has something to do. Asks the database only after something became garbage.
  bool is_due() const { return has_garbage_ || retaining_; }
  void garbage_added() { has_garbage_ = true; }
  // One transaction. Throws SQLite::Exception; the caller rolls back and tries again later.
  void slice();

 private:
  bool collect();
  bool retain();
  void drop_job(const std::string& job, std::uint64_t accepted, std::uint64_t closed);

  Statements& sql_;
  milliseconds retention_;
  bool has_garbage_ = true;  // an earlier process may have left some
  bool retaining_ = false;
  WallTime next_retention_{};
  WallTime now_{};  // of the record that made the hour strike
  WallTime cutoff_{};
  std::uint64_t from_ = 0;  // the job up to which the old ones were looked through
};

}  // namespace dirbridge::ledger
