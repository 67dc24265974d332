// The writer's thread: everything that waits in one commit, and what is left to do when nobody waits.
#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>

#include "ledger/ledger.hpp"
#include "ledger/sqlite_file.hpp"
#include "ledger/sqlite_writer.hpp"
#include "ledger/staged_parts.hpp"

namespace dirbridge::ledger {
namespace {

using SteadyClock = std::chrono::steady_clock;

// A commit takes what waits until this much time went into it; the rest goes into the next.
constexpr auto commit_budget = 20ms;
// Under load a commit waits this long for company: twice the requests in half the commits, and on a machine whose cores
// are busy a commit costs everybody. Measured with 256 callers on 256 groups: a third more changes per second. A commit
// that found fewer than `crowd` waiting is no load, and the next goes at once: a lone caller never waits.
constexpr auto linger = 4'000us;
constexpr std::size_t crowd = 3;
constexpr std::size_t full_house = 128;
// Jobs are folded into the views when nobody waits and the oldest has lain this long, or when a reader asks, or when so
// many have piled up that they are folded whoever waits.
constexpr auto fold_after = 20ms;
constexpr std::size_t fold_slice = 512;  // records; some 5 ms
constexpr std::size_t fold_at_last = 2'048;
// A large job is folded for longer than somebody should wait: so often it is put off for those who come meanwhile.
constexpr int gives_way = 3;
// In pages of 4 KiB. A checkpoint of 4 MiB takes a few milliseconds when nobody waits; at 64 MiB it is done regardless.
constexpr int checkpoint_when_idle = 1'000;
constexpr int checkpoint_at_last = 16'000;
// With appends arriving without pause, one slice of upkeep between commits this often.
constexpr auto upkeep_interval = 100ms;
// After an error of the disk what can wait does, appends try at once.
constexpr auto pause_after_failure = 1'000ms;

// What nobody waits for goes with somebody else's commit, or by itself when it has lain so long or is so much.
constexpr auto patience = 100ms;
constexpr std::size_t patient_at_most = 1'024;

// Some appends of one call (a large import batch cut into parts): the first error stands for all.
struct Chain {
  std::optional<Error> error;
};

struct Request {
  std::vector<Record> records;  // none: the views are asked to catch up
  Ledger::Done done;
  std::shared_ptr<Chain> chain;
  bool is_patient = false;
  result<std::uint64_t> outcome = 0;
};

class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(LedgerSettings settings, std::unique_ptr<FileLock> lock, std::unique_ptr<SQLite::Database> database)
      : settings_(std::move(settings)), lock_(std::move(lock)), writer_(settings_, std::move(database)) {}

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
        for (auto& part : cut_batch(std::move(records.front())))
          waiting_.push_back({{std::move(part)}, {}, chain, false, 0});
        waiting_.back().done = std::move(done);
      } else {
        waiting_.push_back({std::move(records), std::move(done), nullptr, false, 0});
      }
    }
    wake_.notify_one();
  }

  void append_soon(std::vector<Record> records, Done done) override {
    bool wakes = false;
    {
      const std::lock_guard guard{mutex_};
      if (patient_.empty()) patient_since_ = SteadyClock::now();
      patient_.push_back({std::move(records), std::move(done), nullptr, true, 0});
      wakes = sleeps_ || patient_.size() >= patient_at_most;
    }
    // Else the thread looks by itself in time: to wake it for each would cost as much as the commit that is saved.
    if (wakes) wake_.notify_one();
  }

  void settle(Done done) override { append({}, std::move(done)); }

  void flush() override {
    std::unique_lock guard{mutex_};
    ++flushers_;
    wake_.notify_one();
    idle_.wait(guard, [&] { return waiting_.empty() && patient_.empty() && !busy_ && behind_ == 0; });
    --flushers_;
  }

 private:
  void run() {
    std::unique_lock guard{mutex_};
    for (;;) {
      const auto has_news = [&] {
        return !waiting_.empty() || stopping_ || patient_.size() >= patient_at_most ||
               (flushers_ > 0 && (behind_ > 0 || !patient_.empty()));
      };
      if (!has_news()) {
        idle_.notify_all();
        auto due = next_duty();
        if (!patient_.empty()) due = std::min(due, patient_since_ + patience);
        if (due == SteadyClock::time_point::max()) {
          sleeps_ = true;
          wake_.wait(guard, [&] { return has_news() || !patient_.empty(); });
          sleeps_ = false;
        } else {
          wake_.wait_until(guard, due, has_news);
        }
      }
      const bool hurry = stopping_ || flushers_ > 0;
      if (stopping_ && waiting_.empty() && patient_.empty() && behind_ == 0) return;
      busy_ = !waiting_.empty();
      if (busy_ && last_commit_held_ >= crowd)
        wake_.wait_until(guard, last_commit_ + linger,
                         [&] { return waiting_.size() >= std::min(full_house, last_commit_held_) || stopping_; });
      take_patient(hurry);
      const bool has_appends = busy_ = !waiting_.empty();
      guard.unlock();
      if (has_appends) commit_waiting();
      do_duties(hurry);
      guard.lock();
      busy_ = false;
      behind_ = failed_ ? 0 : writer_.unfolded();
      if (waiting_.empty() && behind_ == 0) idle_.notify_all();
    }
  }

  // Before those who wait: a reader among them sees what was appended before it asked.
  void take_patient(bool hurry) {
    if (patient_.empty()) return;
    const bool due = hurry || patient_.size() >= patient_at_most || SteadyClock::now() >= patient_since_ + patience;
    if (waiting_.empty() && !due) return;
    waiting_.insert(waiting_.begin(), std::make_move_iterator(patient_.begin()),
                    std::make_move_iterator(patient_.end()));
    patient_.clear();
  }

  // When there is something to do although nobody waits.
  SteadyClock::time_point next_duty() {
    auto due = SteadyClock::time_point::max();
    if (writer_.unfolded() > 0) due = behind_since_ + fold_after;
    if (writer_.has_preparations()) return SteadyClock::time_point{};
    if (writer_.upkeep().is_due() || writer_.wal_pages() >= checkpoint_when_idle) due = SteadyClock::time_point{};
    return due == SteadyClock::time_point::max() ? due : std::max(due, resume_);
  }

  void do_duties(bool hurry) {
    bool nobody_waits = !is_waiting();
    if (nobody_waits && !hurry && writer_.has_preparations()) {
      prepare();
      nobody_waits = false;  // an agent is busy with a large change: what is behind can wait until it has reported
    }
    const auto now = SteadyClock::now();
    const auto behind = writer_.unfolded();
    if (behind >= fold_at_last || (behind > 0 && nobody_waits && (hurry || now >= behind_since_ + fold_after)))
      fold_behind(hurry);
    if (writer_.upkeep().is_due() && now >= resume_ && (nobody_waits || now - last_upkeep_ > upkeep_interval))
      keep_up();
    if (writer_.wal_pages() >= (nobody_waits ? checkpoint_when_idle : checkpoint_at_last))
      writer_.checkpoint(writer_.wal_pages() >= checkpoint_at_last);
  }

  bool is_waiting() {
    const std::lock_guard guard{mutex_};
    return !waiting_.empty();
  }

  // The first that waits if it fits: no more than `room` records and, if `readers` only, none.
  std::optional<Request> take(std::size_t room, bool readers) {
    const std::lock_guard guard{mutex_};
    if (waiting_.empty()) return std::nullopt;
    const auto size = waiting_.front().records.size();
    if (size > room || (readers && size > 0)) return std::nullopt;
    auto request = std::move(waiting_.front());
    waiting_.pop_front();
    return request;
  }

  // One transaction: what waits, and what comes while it is being written, within its bounds.
  void commit_waiting() {
    const auto start = SteadyClock::now();
    const bool was_behind = writer_.unfolded() > 0;
    std::vector<Request> batch;
    std::optional<Error> lost;
    std::size_t records = 0;
    try {
      auto first = take(SIZE_MAX, false);  // goes in whatever its size
      const bool readers = first->records.empty();
      bool asked = readers;
      batch.push_back(std::move(*first));
      // Readers alone need no disk: what the views lack is durable already.
      writer_.begin(!readers);
      write(batch.back());
      records += batch.back().records.size();
      while (records < settings_.max_records_per_commit && SteadyClock::now() - start < commit_budget) {
        auto request = take(settings_.max_records_per_commit - records, readers);
        if (!request) break;
        records += request->records.size();
        asked |= request->records.empty();
        batch.push_back(std::move(*request));
        write(batch.back());
      }
      if (asked) writer_.fold(SIZE_MAX);
      writer_.commit();
    } catch (const TransactionLost& failure) {
      lost = failure.error;
      writer_.roll_back();
    }
    last_commit_held_ =
        records == 0 ? 0 : static_cast<std::size_t>(std::ranges::count(batch, false, &Request::is_patient));
    last_commit_ = SteadyClock::now();
    if (!was_behind) behind_since_ = last_commit_;
    failed_ = lost.has_value();
    for (auto& request : batch) {
      if (lost) request.outcome = *lost;
      finish(request);
    }
  }

  void write(Request& request) {
    if (request.records.empty()) return;
    if (request.chain && request.chain->error) {
      request.outcome = *request.chain->error;
      return;
    }
    request.outcome = writer_.write(request.records);
  }

  void finish(Request& request) {
    if (request.chain) {
      if (!request.outcome && !request.chain->error) request.chain->error = request.outcome.error();
      if (request.chain->error) request.outcome = *request.chain->error;
    }
    if (request.done) request.done(std::move(request.outcome));
  }

  void prepare() {
    try {
      writer_.prepare();
    } catch (const SQLite::Exception&) {
      put_off();  // its closing will say it
    }
  }

  void fold_behind(bool hurry) {
    failed_ = false;
    GiveWay give_way;
    if (!hurry && gave_way_ < gives_way && writer_.unfolded() < fold_at_last)
      give_way = [this] { return is_waiting(); };
    try {
      writer_.begin(false);
      writer_.fold(fold_slice, give_way);
      writer_.commit();
      gave_way_ = 0;
    } catch (const GaveWay&) {
      writer_.abandon();
      ++gave_way_;
    } catch (const TransactionLost&) {
      writer_.roll_back();
      put_off();
    }
  }

  void keep_up() {
    last_upkeep_ = SteadyClock::now();
    try {
      writer_.upkeep().slice();
    } catch (const SQLite::Exception&) {
      writer_.roll_back();
      put_off();
    }
  }

  void put_off() {
    failed_ = true;
    resume_ = SteadyClock::now() + pause_after_failure;
    behind_since_ = resume_;
  }

  const LedgerSettings settings_;
  const std::unique_ptr<FileLock> lock_;
  Writer writer_;
  // The thread's own.
  SteadyClock::time_point last_upkeep_{};
  SteadyClock::time_point resume_{};        // what can wait waits until then
  SteadyClock::time_point behind_since_{};  // at least so long there was something to fold
  std::size_t last_commit_held_ = 0;        // requests
  SteadyClock::time_point last_commit_;
  bool failed_ = false;  // the last transaction
  int gave_way_ = 0;     // folds since one was finished

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<Request> waiting_;
  std::vector<Request> patient_;
  SteadyClock::time_point patient_since_{};  // the oldest of them
  bool sleeps_ = false;                      // until somebody wakes the thread
  std::size_t behind_ = 0;                   // records that the views will hold soon: none while the disk fails
  std::size_t flushers_ = 0;
  bool busy_ = false;
  bool stopping_ = false;
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
  } catch (const TransactionLost& failure) {
    return failure.error;
  } catch (const Error& damaged) {
    return Error{damaged.code, settings.path + ": " + damaged.detail};
  }
}

}  // namespace dirbridge::ledger
