// The ledger: append-only records, durable before anyone is told, and the views folded from them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "ledger/record.hpp"

namespace dirbridge::ledger {

class Ledger {
 public:
  // Called on the ledger's own thread: only post from it.
  using Done = std::function<void(result<std::uint64_t>)>;

  virtual ~Ledger() = default;
  // Appends all of `records` in one transaction, in order, together with everything else that waits (one commit for all),
  // and folds them into the views in the same transaction. Done gets the last sequence once it would survive power loss.
  // On an error (disk full: errc::unavailable) nothing of `records` is kept. Any thread.
  virtual void append(std::vector<Record> records, Done done) = 0;
  // Waits for everything appended so far. For orderly shutdown.
  virtual void flush() = 0;
};

struct LedgerSettings {
  std::string path;                        // the SQLite file
  std::size_t max_records_per_commit = 2048;
  milliseconds retention{30LL * 24 * 3600 * 1000};  // closed jobs older than this are folded away
};

// Opens or creates, migrating an older schema; refuses a newer one (errc::configuration, names both versions) and a file
// that another process holds open. One SQLite file in WAL mode, synchronous FULL, written by one thread.
result<std::unique_ptr<Ledger>> open_sqlite_ledger(const LedgerSettings& settings);

// What `dirbridge ledger verify` prints: the views folded afresh from the records, compared row by row with those stored.
struct Verification {
  std::uint64_t records = 0;
  std::uint64_t rows = 0;
  std::vector<std::string> differences;  // "jobs ADS…: state: stored open, folded applied"; at most 100
};
result<Verification> verify_sqlite_ledger(const std::string& path);

}  // namespace dirbridge::ledger
