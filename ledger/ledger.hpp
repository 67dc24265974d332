// The ledger: append-only records, durable before anyone is told, and the views folded from them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ledger/record.hpp"

namespace dirbridge::ledger {

class Ledger {
 public:
  // Called on the ledger's own thread: only post from it.
  using Done = std::function<void(result<std::uint64_t>)>;

  virtual ~Ledger() = default;
  // Appends all of `records` in one transaction, in order, together with everything else that waits (one commit for
  // all). Done gets the last sequence once it would survive power loss. The views hold it then, too, but for what jobs
  // change in them: that follows within tens of milliseconds, and at once for a reader who asks (settle). On an error
  // nothing of `records` is kept: errc::unavailable (disk full, I/O error: try again later), errc::conflict (the
  // records contradict the state: a second JobClosed of one job, an enrol code used twice), errc::malformed. Any
  // thread. One exception to "one transaction": a large ImportStaged appended alone is cut into several records with a
  // commit each, so that jobs are not held up behind it. Staging again what was staged already changes nothing.
  virtual void append(std::vector<Record> records, Done done) = 0;
  // The same for what nobody waits for: it goes with the next commit, or by itself within a tenth of a second, and is
  // lost if the process is killed before. settle() and flush() count it as appended. Any thread.
  virtual void append_soon(std::vector<Record> records, Done done) { append(std::move(records), std::move(done)); }
  // Done, without an error, once the views hold everything appended before; errors as above (errc::unavailable). For a
  // reader who must see what has just been answered. Any thread.
  virtual void settle(Done done) = 0;
  // Waits until everything appended so far is durable and in the views. For orderly shutdown.
  virtual void flush() = 0;
};

struct LedgerSettings {
  std::string path;  // the SQLite file
  std::size_t max_records_per_commit = 2048;
  milliseconds retention{30LL * 24 * 3600 * 1000};  // closed jobs and logged events older than this are dropped
};

// Retention. Dropped, in slices of a few milliseconds between commits: the batches of an import as soon as it is
// dropped or superseded (what follows from it is in later records: see "given by append"), and, once per hour of record
// time, the jobs closed longer ago than `retention` whose directory was imported again since they were closed, and the
// events of the System Log logged longer ago than that, and the assertions of service apps that have expired. The view
// of what remains is the same with and without what was dropped, so verification is a replay of the records that are
// there.
//
// Opens or creates, migrating an older schema; refuses a newer one (errc::configuration, names both versions) and a
// file that another process holds open. One SQLite file in WAL mode, synchronous FULL, written by one thread.
result<std::unique_ptr<Ledger>> open_sqlite_ledger(const LedgerSettings& settings);

// `path` may belong to a running hub: it is read in one snapshot and never written.
// What `dirbridge ledger verify` prints: the views folded afresh from the records, compared row by row with those
// stored.
struct Verification {
  std::uint64_t records = 0;
  std::uint64_t rows = 0;
  std::vector<std::string> differences;  // "jobs ADS…: state: stored open, folded applied"; at most 100
};
result<Verification> verify_sqlite_ledger(const std::string& path);

}  // namespace dirbridge::ledger
