// The writer: one thread, one connection, everything that waits in one commit.
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "ledger/ledger.hpp"
#include "ledger/sqlite_completion.hpp"
#include "ledger/sqlite_file.hpp"
#include "ledger/sqlite_fold.hpp"
#include "ledger/sqlite_upkeep.hpp"
#include "ledger/staged_parts.hpp"

namespace dirbridge::ledger {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A commit takes what waits until this much time went into it; the rest goes into the next.
constexpr auto commit_budget = 20ms;
// Under load a commit waits this long for company: twice the requests in half the commits, and on a machine whose cores
// are busy a commit costs everybody. Measured with 256 callers on 256 groups: a third more changes per second. A commit
// that found fewer than `crowd` waiting is no load, and the next goes at once: a lone caller never waits.
constexpr auto linger = 1'500us;
constexpr std::size_t crowd = 3;
constexpr std::size_t full_house = 64;
// In pages of 4 KiB. A checkpoint of 4 MiB takes a few milliseconds when nobody waits; at 64 MiB it is done regardless.
constexpr int checkpoint_when_idle = 1'000;
constexpr int checkpoint_at_last = 16'000;
// With appends arriving without pause, one slice of upkeep between commits this often.
constexpr auto upkeep_interval = 100ms;
// After an error of the disk the upkeep waits, appends try at once.
constexpr auto upkeep_pause = 1'000ms;

// Some appends of one call (a large import batch cut into parts): the first error stands for all.
struct Chain {
  std::optional<Error> error;
};

struct Request {
  std::vector<Record> records;
  Ledger::Done done;
  std::shared_ptr<Chain> chain;
  result<std::uint64_t> outcome = 0;
};

// Thrown when the whole transaction is lost, not one request's part of it.
struct TransactionLost {
  Error error;
};

class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(LedgerSettings settings, std::unique_ptr<FileLock> lock, std::unique_ptr<SQLite::Database> database)
      : settings_(std::move(settings)),
        lock_(std::move(lock)),
        database_(std::move(database)),
        sql_(*database_),
        fold_(sql_),
        completion_(sql_),
        upkeep_(sql_, settings_.retention) {
    auto last = sql_.query("SELECT coalesce(max(sequence), 0) FROM records");
    last.next();
    last_sequence_ = last.count(0);
    // How long the log is, told after each commit.
    sqlite3_wal_hook(
        database_->getHandle(),
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<SqliteLedger*>(self)->wal_pages_ = pages;
          return SQLITE_OK;
        },
        this);
  }

  // Before the thread starts, so that it finds everything built.
  void start() {
    thread_ = std::thread{[this] { run(); }};
  }

  ~SqliteLedger() override {
    {
      const std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void append(std::vector<Record> records, Done done) override {
    {
      const std::lock_guard guard{mutex_};
      if (records.size() == 1 && is_large_batch(records.front())) {
        auto chain = std::make_shared<Chain>();
        for (auto& part : cut_batch(std::move(records.front()))) waiting_.push_back({{std::move(part)}, {}, chain});
        waiting_.back().done = std::move(done);
      } else {
        waiting_.push_back({std::move(records), std::move(done), nullptr});
      }
    }
    wake_.notify_one();
  }

  void flush() override {
    std::unique_lock guard{mutex_};
    idle_.wait(guard, [&] { return waiting_.empty() && !busy_; });
  }

 private:
  void run() {
    auto next_upkeep = SteadyClock::now();
    std::unique_lock guard{mutex_};
    for (;;) {
      const auto has_news = [&] { return !waiting_.empty() || stopping_; };
      const auto upkeep_is_due = [&] { return upkeep_.is_due() && SteadyClock::now() >= next_upkeep; };
      if (!has_news() && !upkeep_is_due() && wal_pages_ < checkpoint_when_idle) {
        idle_.notify_all();
        if (upkeep_.is_due()) {
          wake_.wait_until(guard, next_upkeep, has_news);
        } else {
          wake_.wait(guard, has_news);
        }
        continue;
      }
      if (waiting_.empty() && stopping_) return;
      const bool has_appends = !waiting_.empty();
      busy_ = has_appends;
      if (has_appends && last_commit_held_ >= crowd)
        wake_.wait_until(guard, last_commit_ + linger, [&] { return waiting_.size() >= full_house || stopping_; });
      guard.unlock();
      if (has_appends) commit_waiting();
      const bool nobody_waits = !is_waiting();
      if (nobody_waits ? upkeep_is_due() : upkeep_is_due() && SteadyClock::now() - last_upkeep_ > upkeep_interval)
        next_upkeep = do_upkeep();
      if (wal_pages_ >= (nobody_waits ? checkpoint_when_idle : checkpoint_at_last)) checkpoint();
      guard.lock();
      busy_ = false;
      if (waiting_.empty()) idle_.notify_all();
    }
  }

  bool is_waiting() {
    const std::lock_guard guard{mutex_};
    return !waiting_.empty();
  }

  std::optional<Request> take(std::size_t room) {
    const std::lock_guard guard{mutex_};
    if (waiting_.empty() || waiting_.front().records.size() > room) return std::nullopt;
    auto request = std::move(waiting_.front());
    waiting_.pop_front();
    return request;
  }

  // One transaction: what waits, and what comes while it is being written, within its bounds.
  void commit_waiting() {
    const auto start = SteadyClock::now();
    const auto sequence_before = last_sequence_;
    std::vector<Request> batch;
    std::optional<Error> lost;
    std::size_t records = 0;
    try {
      begin();
      // The first goes in whatever its size.
      while (auto request = take(batch.empty() ? SIZE_MAX : settings_.max_records_per_commit - records)) {
        records += request->records.size();
        batch.push_back(std::move(*request));
        write(batch.back());
        if (records >= settings_.max_records_per_commit || SteadyClock::now() - start >= commit_budget) break;
      }
      commit();
    } catch (const TransactionLost& failure) {
      lost = failure.error;
      roll_back();
      last_sequence_ = sequence_before;
      // Whoever waits is told, also when not even a transaction could be begun.
      if (batch.empty())
        if (auto request = take(SIZE_MAX)) batch.push_back(std::move(*request));
    }
    last_commit_held_ = batch.size();
    last_commit_ = SteadyClock::now();
    for (auto& request : batch) {
      if (lost) request.outcome = *lost;
      finish(request);
    }
  }

  void finish(Request& request) {
    if (request.chain) {
      if (!request.outcome && !request.chain->error) request.chain->error = request.outcome.error();
      if (request.chain->error) request.outcome = *request.chain->error;
    }
    if (request.done) request.done(std::move(request.outcome));
  }

  // Its savepoint keeps a request that fails from taking its neighbours with it.
  void write(Request& request) {
    if (request.chain && request.chain->error) {
      request.outcome = *request.chain->error;
      return;
    }
    const auto sequence_before = last_sequence_;
    bool garbage = false;
    try {
      sql_.run("SAVEPOINT request");
      for (auto& record : request.records) {
        record.sequence = ++last_sequence_;
        completion_.complete(record);
        sql_.run("INSERT INTO records(sequence, directory, at, type, body) VALUES(?, ?, ?, ?, ?)", record.sequence,
                 record.directory, record.at, type_of(record.body), to_json(record.body));
        fold_.apply(record);
        garbage |=
            std::holds_alternative<ImportApplied>(record.body) || std::holds_alternative<ImportDropped>(record.body);
        upkeep_.appended(record.at);
      }
      sql_.run("RELEASE request");
      request.outcome = last_sequence_;
      if (garbage) upkeep_.garbage_added();
      return;
    } catch (const Error& refused) {
      request.outcome = refused;
    } catch (const std::exception& failure) {
      auto error = to_error(failure, settings_.path);
      const bool is_sqlite = dynamic_cast<const SQLite::Exception*>(&failure) != nullptr;
      if (is_sqlite && error.code != errc::conflict) throw TransactionLost{std::move(error)};
      if (!is_sqlite) error.code = errc::malformed;
      request.outcome = std::move(error);
    }
    last_sequence_ = sequence_before;
    try {
      sql_.run("ROLLBACK TO request");
      sql_.run("RELEASE request");
    } catch (const SQLite::Exception& failure) {
      throw TransactionLost{to_error(failure, settings_.path)};
    }
  }

  void begin() { transact("BEGIN IMMEDIATE"); }
  void commit() { transact("COMMIT"); }
  void transact(const char* sql) {
    try {
      sql_.run(sql);
    } catch (const SQLite::Exception& failure) {
      throw TransactionLost{to_error(failure, settings_.path)};
    }
  }
  void roll_back() {
    // Some errors end the transaction by themselves.
    if (sqlite3_get_autocommit(database_->getHandle())) return;
    sqlite3_exec(database_->getHandle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }

  SteadyClock::time_point do_upkeep() {
    last_upkeep_ = SteadyClock::now();
    try {
      upkeep_.slice();
      return last_upkeep_;
    } catch (const SQLite::Exception&) {
      roll_back();
      return last_upkeep_ + upkeep_pause;
    }
  }

  void checkpoint() {
    int left = 0;
    int done = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(database_->getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &left, &done);
    // A reader may hold some of it, or the disk may be full: the next commit says how much is there, then it is tried
    // again.
    if (code == SQLITE_OK || code == SQLITE_BUSY || wal_pages_ < checkpoint_at_last) wal_pages_ = 0;
  }

  const LedgerSettings settings_;
  const std::unique_ptr<FileLock> lock_;
  const std::unique_ptr<SQLite::Database> database_;
  Statements sql_;
  Fold fold_;
  Completion completion_;
  Upkeep upkeep_;
  std::uint64_t last_sequence_ = 0;
  int wal_pages_ = 0;
  SteadyClock::time_point last_upkeep_{};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<Request> waiting_;
  bool busy_ = false;
  bool stopping_ = false;
  std::size_t last_commit_held_ = 0;  // requests; the writer's own, as is the next
  SteadyClock::time_point last_commit_;
  std::thread thread_;
};

}  // namespace

result<std::unique_ptr<Ledger>> open_sqlite_ledger(const LedgerSettings& settings) {
  auto lock = FileLock::acquire(settings.path);
  if (!lock) return lock.error();
  auto database = open_for_writing(settings.path);
  if (!database) return database.error();
  try {
    auto ledger = std::make_unique<SqliteLedger>(settings, std::move(*lock), std::move(*database));
    ledger->start();
    return std::unique_ptr<Ledger>{std::move(ledger)};
  } catch (const SQLite::Exception& failure) {
    return to_error(failure, settings.path);
  }
}

}  // namespace dirbridge::ledger
