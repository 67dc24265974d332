// The writing side of a ledger file: records go in at once, and the views follow. What jobs change in the views is
// folded behind the records, many at once (docs/decisions/0014); everything else with its record. Internal to ledger/;
// used by one thread.
#pragma once
#include <SQLiteCpp/Database.h>

#include <memory>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/open_jobs.hpp"
#include "ledger/sqlite_completion.hpp"
#include "ledger/sqlite_file.hpp"
#include "ledger/sqlite_fold.hpp"
#include "ledger/sqlite_upkeep.hpp"

namespace dirbridge::ledger {

// Thrown when a whole transaction is lost (disk full, I/O error), not one request's part of it. roll_back() follows.
struct TransactionLost {
  Error error;
};

class Writer {
 public:
  // Folds what an earlier process left behind. Throws SQLite::Exception or Error.
  Writer(const LedgerSettings& settings, std::unique_ptr<SQLite::Database> database);

  // One transaction: begin, any number of write and fold, commit. Without `durable` it is kept in order but does not
  // wait for the disk: for views alone, which follow from the records.
  void begin(bool durable = true);
  // All of `records` or none; the last sequence, or why they do not fit. They are moved from when they are kept.
  result<std::uint64_t> write(std::vector<Record>& records);
  // Folds up to `records` of what is behind. Throws GaveWay; abandon() follows.
  void fold(std::size_t records, const GiveWay& give_way = {});
  // Nothing was written in this transaction: what was folded in it will be folded again.
  void abandon();
  void commit();
  void roll_back();

  // Records in the file that the views do not hold yet, those of the open transaction included.
  std::size_t unfolded() const { return unfolded_.size() - folded_; }

  // What the closing of large jobs will need, looked up before it comes; between transactions.
  bool has_preparations() const { return completion_.has_preparations(); }
  void prepare() { completion_.prepare(); }

  Upkeep& upkeep() { return upkeep_; }
  // Pages in the write-ahead log after the last commit.
  int wal_pages() const { return wal_pages_; }
  // Copies the log into the file as far as readers allow. `insist`: there is so much of it that it is tried again.
  void checkpoint(bool insist);

 private:
  bool can_be_folded_later(const std::vector<Record>& records);
  void insert(Record& record);
  void write_and_fold(std::vector<Record>& records);
  void fold_one_by_one(std::size_t first, std::size_t last);
  void transact(const char* sql);
  Error error_of(const std::exception& failure) const { return to_error(failure, path_); }

  const std::string path_;
  const std::unique_ptr<SQLite::Database> database_;
  Statements sql_;
  Fold fold_;
  OpenJobs open_jobs_;
  Completion completion_;
  Upkeep upkeep_;
  std::uint64_t last_sequence_ = 0;
  std::vector<Record> unfolded_;
  std::size_t folded_ = 0;  // of unfolded_, from its front, in the open transaction
  bool moves_marker_ = false;
  bool is_durable_ = true;
  int wal_pages_ = 0;
  struct Start {
    std::uint64_t sequence = 0;
    std::size_t unfolded = 0;
  } start_;  // of the open transaction
};

}  // namespace dirbridge::ledger
