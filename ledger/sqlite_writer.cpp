#include "ledger/sqlite_writer.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <algorithm>

#include "base/log.hpp"
#include "ledger/sqlite_schema.hpp"

namespace dirbridge::ledger {
namespace {

constexpr std::size_t catch_up_slice = 1'000;

proto::SharedChange shed(const proto::MembershipChange& change) {
  return proto::MembershipChange{change.group, change.action, change.attribute, {}};
}

// What the fold does not look at need not lie in memory until then.
void shed(Record& record) {
  if (auto* accepted = std::get_if<JobAccepted>(&record.body)) accepted->change = shed(*accepted->change);
  if (auto* closed = std::get_if<JobClosed>(&record.body)) {
    closed->operation = {};
    closed->story = {};
  }
  if (auto* event = std::get_if<EventLogged>(&record.body)) event->json = {};
}

}  // namespace

Writer::Writer(const LedgerSettings& settings, std::unique_ptr<SQLite::Database> database)
    : path_(settings.path),
      database_(std::move(database)),
      sql_(*database_),
      fold_(sql_),
      completion_(sql_, open_jobs_),
      upkeep_(sql_, settings.retention) {
  // How long the log is, told after each commit.
  sqlite3_wal_hook(
      database_->getHandle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Writer*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
  const auto read = [](const Rows& row) {
    auto body = from_json(row.text(3), row.text(4));
    if (!body) throw Error{errc::malformed, "record " + std::to_string(row.count(0)) + ": " + body.error().message()};
    return Record{row.count(0), row.id<DirectoryId>(1), row.time(2), std::move(*body)};
  };
  last_sequence_ = folded(*database_);
  for (bool more = true; more;) {
    {
      auto rows = sql_.query(
          "SELECT sequence, directory, at, type, body FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?",
          last_sequence_, catch_up_slice);
      while (rows.next()) unfolded_.push_back(read(rows));
    }
    more = unfolded_.size() == catch_up_slice;
    if (unfolded_.empty()) break;
    begin(false);
    last_sequence_ = unfolded_.back().sequence;
    fold(unfolded_.size());
    commit();
  }
  auto open = sql_.query(
      "SELECT r.sequence, r.directory, r.at, r.type, r.body FROM jobs j JOIN records r ON r.sequence = j.accepted "
      "WHERE j.closed IS NULL");
  while (open.next()) open_jobs_.apply(read(open));
  open_jobs_.keep();
}

void Writer::begin(bool durable) {
  if (durable != is_durable_) {
    transact(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    is_durable_ = durable;
  }
  start_ = {last_sequence_, unfolded_.size()};
  transact("BEGIN IMMEDIATE");
}

void Writer::transact(const char* sql) {
  try {
    sql_.run(sql);
  } catch (const SQLite::Exception& failure) {
    throw TransactionLost{error_of(failure)};
  }
}

void Writer::commit() {
  const auto unfolded_now = unfolded_.begin() + static_cast<std::ptrdiff_t>(folded_);
  const auto marker = unfolded_now == unfolded_.end() ? last_sequence_ : unfolded_now->sequence - 1;
  try {
    if (folded_ > 0 || moves_marker_) sql_.run("UPDATE folded SET sequence = ?", marker);
    sql_.run("COMMIT");
  } catch (const SQLite::Exception& failure) {
    throw TransactionLost{error_of(failure)};
  }
  unfolded_.erase(unfolded_.begin(), unfolded_now);
  folded_ = 0;
  moves_marker_ = false;
  open_jobs_.keep();
  open_jobs_.forget_closed(marker);
}

void Writer::roll_back() {
  last_sequence_ = start_.sequence;
  unfolded_.resize(std::min(unfolded_.size(), start_.unfolded));
  folded_ = 0;
  moves_marker_ = false;
  open_jobs_.undo(0);
  completion_.forget();
  // Some errors end the transaction by themselves.
  if (sqlite3_get_autocommit(database_->getHandle())) return;
  sqlite3_exec(database_->getHandle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

bool Writer::can_be_folded_later(const std::vector<Record>& records) {
  if (records.size() != 1 || !open_jobs_.follows(records.front())) return false;
  const auto* accepted = std::get_if<JobAccepted>(&records.front().body);
  return !accepted || !sql_.query("SELECT 1 FROM jobs WHERE id = ?", accepted->job).next();
}

result<std::uint64_t> Writer::write(std::vector<Record>& records) {
  const auto sequence_before = last_sequence_;
  const auto open_before = open_jobs_.mark();
  const bool later = can_be_folded_later(records);
  if (!later) fold(unfolded());  // in the order of the sequences
  Error refusal;
  try {
    if (later) {
      // A statement by itself is all or nothing: no savepoint.
      insert(records.front());
      open_jobs_.apply(records.front());
      if (const auto* accepted = std::get_if<JobAccepted>(&records.front().body))
        completion_.consider(accepted->job, records.front().directory, accepted->change);
      shed(records.front());
      unfolded_.push_back(std::move(records.front()));
    } else {
      write_and_fold(records);
    }
    return last_sequence_;
  } catch (const Error& refused) {
    refusal = refused;
  } catch (const SQLite::Exception& failure) {
    refusal = error_of(failure);
    if (refusal.code != errc::conflict) throw TransactionLost{std::move(refusal)};
  } catch (const std::exception& failure) {
    refusal = Error{errc::malformed, error_of(failure).detail};
  }
  last_sequence_ = sequence_before;
  open_jobs_.undo(open_before);
  if (!later) {
    transact("ROLLBACK TO request");
    transact("RELEASE request");
  }
  return refusal;
}

void Writer::insert(Record& record) {
  record.sequence = ++last_sequence_;
  completion_.complete(record);
  sql_.run("INSERT INTO records(sequence, directory, at, type, body) VALUES(?, ?, ?, ?, ?)", record.sequence,
           record.directory, record.at, type_of(record.body), to_json(record.body));
  upkeep_.appended(record.at);
}

// Its savepoint keeps a request that fails from taking its neighbours with it.
void Writer::write_and_fold(std::vector<Record>& records) {
  transact("SAVEPOINT request");
  bool garbage = false;
  for (auto& record : records) {
    insert(record);
    fold_.apply(record);
    open_jobs_.apply(record);
    garbage |= std::holds_alternative<ImportApplied>(record.body) || std::holds_alternative<ImportDropped>(record.body);
  }
  sql_.run("RELEASE request");
  moves_marker_ = true;
  if (garbage) upkeep_.garbage_added();
}

void Writer::abandon() {
  folded_ = 0;
  sqlite3_exec(database_->getHandle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Writer::fold(std::size_t records, const GiveWay& give_way) {
  const auto first = folded_;
  const auto last = first + std::min(records, unfolded_.size() - first);
  if (first == last) return;
  try {
    transact("SAVEPOINT folding");
    try {
      fold_.jobs().apply({unfolded_.data() + first, last - first}, give_way);
    } catch (const Error&) {
      transact("ROLLBACK TO folding");
      fold_one_by_one(first, last);
    }
    transact("RELEASE folding");
  } catch (const SQLite::Exception& failure) {
    throw TransactionLost{error_of(failure)};
  }
  folded_ = last;
}

// The open jobs said that each of them fits. One that does not is kept, for `ledger verify` to show, and holds nobody
// up.
void Writer::fold_one_by_one(std::size_t first, std::size_t last) {
  for (auto i = first; i < last; ++i) {
    transact("SAVEPOINT one");
    try {
      fold_.jobs().apply({unfolded_.data() + i, 1});
    } catch (const Error& refused) {
      log::error("ledger.fold.refused", {{"record", unfolded_[i].sequence}, {"reason", refused.message()}});
      transact("ROLLBACK TO one");
    }
    transact("RELEASE one");
  }
}

void Writer::checkpoint(bool insist) {
  int left = 0;
  int done = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_->getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &left, &done);
  // A reader may hold some of it, or the disk may be full: the next commit says how much is there, then it is tried
  // again.
  if (code == SQLITE_OK || code == SQLITE_BUSY || !insist) wal_pages_ = 0;
}

}  // namespace dirbridge::ledger
