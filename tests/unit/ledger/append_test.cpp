// Appending: durable, together, or not at all; and whose file it is.
#include <SQLiteCpp/Database.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <fstream>

#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class Appending : public LedgerTest {};

TEST_F(Appending, SequencesCountUpAndSurviveReopening) {
  open();
  EXPECT_EQ(append(EpochStarted{1}), 1u);
  EXPECT_EQ(append(DirectoryCreated{"People", "LDAP"}), 2u);
  EXPECT_EQ(views->last_sequence(), 2u);
  open();
  EXPECT_EQ(append(EpochStarted{2}), 3u);
  EXPECT_EQ(views->last_epoch(), 2u);
  EXPECT_EQ(views->directories().at(0).name, "People");
}

TEST_F(Appending, WhatIsAppendedTogetherIsKeptInOrder) {
  open_with_directory();
  const auto last = start({record(accepted("ADS1", change(proto::Action::add, "g", {"ann"}))),
                           record(JobJoined{JobId{"ADS1"}, RequestId{"again"}, t0 + 60s})})
                        .get();
  ASSERT_TRUE(last);
  EXPECT_EQ(*last, 3u);
  ledger->flush();
  const auto job = views->job(JobId{"ADS1"});
  ASSERT_TRUE(job);
  EXPECT_EQ(job->requests, (std::vector{RequestId{"reqADS1"}, RequestId{"again"}}));
  EXPECT_EQ(job->deadline, t0 + 60s);
}

TEST_F(Appending, WhatWaitsSharesCommitsAndAnswersInOrder) {
  open_with_directory();
  std::vector<std::future<result<std::uint64_t>>> all;
  for (int i = 0; i < 2000; ++i)
    all.push_back(start({record(accepted("ADS" + std::to_string(i), change(proto::Action::add, "g", {"ann"})))}));
  for (std::uint64_t i = 0; i < 2000; ++i) EXPECT_EQ(*all[i].get(), i + 2);
  ledger->flush();
  EXPECT_EQ(views->open_jobs().size(), 2000u);
}

TEST_F(Appending, AnAppendThatContradictsTheStateLeavesNothingAndHurtsNobody) {
  open_with_directory();
  auto good = start({record(accepted("ADS1", change(proto::Action::add, "g", {"ann"})))});
  // Its first record would be fine.
  auto bad = start({record(accepted("ADS2", change(proto::Action::add, "g", {"ann"}))),
                    record(closed("unknown", proto::Outcome::all(1, proto::Verdict::not_sent)))});
  auto twice = start({record(accepted("ADS1", change(proto::Action::add, "g", {"ann"})))});
  auto other = start({record(accepted("ADS3", change(proto::Action::add, "g", {"ann"})))});
  EXPECT_EQ(*good.get(), 2u);
  EXPECT_EQ(bad.get().error().code, errc::conflict);
  EXPECT_EQ(twice.get().error().code, errc::conflict);
  EXPECT_EQ(*other.get(), 3u);
  ledger->flush();
  EXPECT_FALSE(views->job(JobId{"ADS2"}));
  expect_views_equal_a_replay();
}

TEST_F(Appending, EachJobIsClosedOnce) {
  open_with_directory();
  append(accepted("ADS1", change(proto::Action::add, "g", {"ann"})));
  append(closed("ADS1", applied()));
  EXPECT_EQ(try_append(closed("ADS1", proto::Outcome::all(1, proto::Verdict::refused), "refused")).error().code,
            errc::conflict);
  EXPECT_EQ(views->job(JobId{"ADS1"})->disposition, "applied");
}

TEST_F(Appending, FlushWaitsForWhatWasAppended) {
  open_with_directory();
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i)
    ledger->append({record(accepted("ADS" + std::to_string(i), change(proto::Action::add, "g", {"ann"})))},
                   [&](const result<std::uint64_t>&) { ++done; });
  ledger->flush();
  EXPECT_EQ(done, 100);
}

TEST_F(Appending, ClosingTheLedgerWritesWhatWaits) {
  open_with_directory();
  for (int i = 0; i < 100; ++i)
    ledger->append({record(accepted("ADS" + std::to_string(i), change(proto::Action::add, "g", {"ann"})))},
                   [](const result<std::uint64_t>&) {});
  open();
  EXPECT_EQ(views->open_jobs().size(), 100u);
}

TEST_F(Appending, AFullDiskKeepsNothingAndIsOvercome) {
  open_with_directory();
  ASSERT_EQ(std::signal(SIGXFSZ, SIG_IGN), SIG_DFL);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto small = before;
  small.rlim_cur = 300'000;  // bytes of any one file: soon reached by the log
  ::setrlimit(RLIMIT_FSIZE, &small);
  int kept = 0;
  std::optional<Error> failure;
  for (; kept < 1000 && !failure; ++kept) {
    const auto done = try_append(accepted("ADS" + std::to_string(kept), change(proto::Action::add, "g", {"ann"})));
    if (!done) failure = done.error();
  }
  const auto again = try_append(accepted("again", change(proto::Action::add, "g", {"ann"})));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_DFL);
  --kept;
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, errc::unavailable) << failure->message();
  EXPECT_FALSE(again);
  append(accepted("later", change(proto::Action::add, "g", {"ann"})));
  EXPECT_EQ(views->open_jobs().size(), static_cast<std::size_t>(kept) + 1);
  open();
  EXPECT_EQ(views->open_jobs().size(), static_cast<std::size_t>(kept) + 1);
  expect_views_equal_a_replay();
}

class Owning : public LedgerTest {};

TEST_F(Owning, ASecondHubIsRefusedWithAReason) {
  open();
  const auto child = ::fork();
  if (child == 0) {
    const auto second = open_sqlite_ledger(settings);
    const bool refused = !second && second.error().code == errc::conflict &&
                         second.error().detail.find("process " + std::to_string(::getppid())) != std::string::npos;
    ::_exit(refused ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(open_sqlite_ledger(settings).error().code, errc::conflict) << "in one process, too";
  EXPECT_EQ(append(EpochStarted{1}), 1u) << "the first is not disturbed";
}

TEST_F(Owning, TheNextHubMayHaveItOnceTheFirstIsGone) {
  open();
  ledger.reset();
  EXPECT_TRUE(open_sqlite_ledger(settings));
}

TEST_F(Owning, AFileOfVersionZeroIsMigrated) {
  // What a start that was interrupted before its first commit leaves behind: a database without anything in it.
  {
    SQLite::Database empty{settings.path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    empty.exec("PRAGMA journal_mode = WAL");
    ASSERT_EQ(empty.execAndGet("PRAGMA user_version").getInt(), 0);
  }
  open_with_directory();
  SQLite::Database migrated{settings.path};
  EXPECT_EQ(migrated.execAndGet("PRAGMA user_version").getInt(), 6);
  expect_views_equal_a_replay();
}

TEST_F(Owning, TheViewsOfAnOlderFileAreFoldedAfresh) {
  open_with_directory();
  append(accepted("ADS1", change(proto::Action::add, "g", {"ann"})));
  append(closed("ADS1", applied()));
  append(accepted("ADS2", change(proto::Action::add, "g", {"ann"})));
  views.reset();
  ledger.reset();
  {
    SQLite::Database file{settings.path, SQLite::OPEN_READWRITE};
    file.exec("DROP TABLE jobs; CREATE TABLE jobs(of_another_form); CREATE TABLE job_requests(sequence)");
    file.exec("PRAGMA user_version = 1");
  }
  open();
  EXPECT_EQ(views->job(JobId{"ADS1"})->disposition, "applied");
  EXPECT_EQ(views->open_jobs().size(), 1u);
  append(closed("ADS2", applied()));
  expect_views_equal_a_replay();
}

TEST_F(Owning, ANewerFileIsRefusedNamingBothVersions) {
  open();
  views.reset();
  ledger.reset();
  {
    SQLite::Database file{settings.path, SQLite::OPEN_READWRITE};
    file.exec("PRAGMA user_version = 9");
  }
  for (const auto& error : {open_sqlite_ledger(settings).error(), open_sqlite_views(settings.path).error(),
                            verify_sqlite_ledger(settings.path).error()}) {
    EXPECT_EQ(error.code, errc::configuration);
    EXPECT_NE(error.detail.find("version 9"), std::string::npos) << error.detail;
    EXPECT_NE(error.detail.find("version 6"), std::string::npos) << error.detail;
  }
}

TEST_F(Owning, SomebodyElsesFileIsRefusedUntouched) {
  {
    SQLite::Database file{settings.path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    file.exec("CREATE TABLE theirs(x)");
  }
  EXPECT_EQ(open_sqlite_ledger(settings).error().code, errc::configuration);
  SQLite::Database file{settings.path};
  EXPECT_EQ(file.execAndGet("PRAGMA journal_mode").getString(), "delete");
  settings.path = folder / "text";
  std::ofstream{settings.path} << std::string(8192, 'x');
  EXPECT_EQ(open_sqlite_ledger(settings).error().code, errc::configuration);
}

TEST_F(Owning, AFolderThatIsNotThereIsAConfigurationError) {
  settings.path = folder / "none" / "hub.db";
  EXPECT_EQ(open_sqlite_ledger(settings).error().code, errc::configuration);
  EXPECT_FALSE(open_sqlite_views(settings.path));
  EXPECT_FALSE(verify_sqlite_ledger(settings.path));
}

}  // namespace dirbridge::ledger::test
