// What nobody waits for: it may come late, but it comes.
#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "ledger/ledger.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::ledger {
namespace {

std::int64_t logged_events(const std::string& path) {
  SQLite::Database database{path, SQLite::OPEN_READONLY};
  return database.execAndGet("SELECT count(*) FROM records WHERE type = 'event_logged'").getInt64();
}

std::vector<Record> an_event() {
  std::vector<Record> records;
  records.push_back({0, DirectoryId{}, from_epoch_ms(1'000), EventLogged{"[]"}});
  return records;
}

class AppendSoon : public ::testing::Test {
 public:
  const tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/ledger.sqlite";
  std::unique_ptr<Ledger> ledger = open();

  std::unique_ptr<Ledger> open() {
    LedgerSettings settings;
    settings.path = path;
    return open_sqlite_ledger(settings).value();
  }
};

TEST_F(AppendSoon, WhatNobodyWaitsForIsThereForAReaderWhoAsks) {
  ledger->append_soon(an_event(), {});
  std::promise<bool> settled;
  ledger->settle([&](const result<std::uint64_t>& done) { settled.set_value(done.has_value()); });
  EXPECT_TRUE(settled.get_future().get());
  EXPECT_EQ(logged_events(path), 1);
}

TEST_F(AppendSoon, ItComesByItselfIfNobodyElseDoes) {
  std::promise<bool> durable;
  ledger->append_soon(an_event(), [&](const result<std::uint64_t>& done) { durable.set_value(done.has_value()); });
  auto future = durable.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds{20}), std::future_status::ready);
  EXPECT_TRUE(future.get());
  EXPECT_EQ(logged_events(path), 1);
}

TEST_F(AppendSoon, TheOrderlyEndAndAFlushKeepIt) {
  ledger->append_soon(an_event(), {});
  ledger->flush();
  EXPECT_EQ(logged_events(path), 1);
  ledger->append_soon(an_event(), {});
  ledger.reset();
  EXPECT_EQ(logged_events(path), 2);
}

TEST_F(AppendSoon, VeryManyDoNotPileUp) {
  for (int i = 0; i < 5'000; ++i) ledger->append_soon(an_event(), {});
  ledger->flush();
  EXPECT_EQ(logged_events(path), 5'000);
}

}  // namespace
}  // namespace dirbridge::ledger
