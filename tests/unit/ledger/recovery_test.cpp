// A hub that is killed at any moment: every acknowledged append is there, and the views are what the records say.
#include <SQLiteCpp/Database.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <random>

#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class Recovering : public LedgerTest {
 protected:
  // Appends jobs and closes them, writing one line to `out` for each that was acknowledged, until it is killed.
  [[noreturn]] void write_until_killed(int out, int round) {
    auto opened = open_sqlite_ledger(settings);
    if (!opened) ::_exit(1);
    for (int i = 0;; ++i) {
      const auto id = "ADS" + std::to_string(round) + "x" + std::to_string(i);
      const auto tell = [out](std::string line) {
        return [out, line = std::move(line)](const result<std::uint64_t>& done) {
          if (done && ::write(out, line.data(), line.size()) < 0) ::_exit(2);
        };
      };
      (*opened)->append({record(accepted(id, change(proto::Action::add, "g", {"ann"})))}, tell("a" + id + "\n"));
      (*opened)->append({record(closed(id, applied()))}, tell("c" + id + "\n"));
      if (i % 50 == 0) (*opened)->flush();
    }
  }
};

TEST_F(Recovering, NothingAcknowledgedIsLostToAKill) {
  open_with_directory();
  import("imp1", {"ann"}, {{ "g", {} }});
  views.reset();
  ledger.reset();
  std::mt19937 random{7};
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto child = ::fork();
    if (child == 0) write_until_killed(ends[1], round);
    ::close(ends[1]);
    // So many bytes of acknowledgements are read, then the child dies in the middle of whatever it does.
    std::string acknowledged;
    const auto enough = std::uniform_int_distribution<std::size_t>{1, 20'000}(random);
    char buffer[4096];
    bool killed = false;
    for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
      acknowledged.append(buffer, static_cast<std::size_t>(count));
      if (killed || acknowledged.size() < enough) continue;
      ::kill(child, SIGKILL);
      killed = true;
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;

    open();
    std::size_t begin = 0;
    int lines = 0;
    for (auto end = acknowledged.find('\n'); end != std::string::npos; end = acknowledged.find('\n', begin)) {
      const auto line = acknowledged.substr(begin, end - begin);
      begin = end + 1;
      ++lines;
      const auto job = views->job(JobId{line.substr(1)});
      ASSERT_TRUE(job) << line;
      if (line[0] == 'c') {
        EXPECT_EQ(job->disposition, "applied") << line;
      }
    }
    EXPECT_GT(lines, 0);
    expect_views_equal_a_replay();
    append(accepted("after" + std::to_string(round), change(proto::Action::add, "g", {"ann"})));
    views.reset();
    ledger.reset();
  }
}

TEST_F(Recovering, ACopyTakenMidwayOpensAsIfThePowerHadFailed) {
  open_with_directory();
  for (int i = 0; i < 20; ++i) append(accepted("ADS" + std::to_string(i), change(proto::Action::add, "g", {"ann"})));
  append(TokenCreated{TokenId{"00Tlast"}, "last", "hash", {}});
  const auto copy = folder / "copy.db";
  std::filesystem::copy_file(settings.path, copy);
  std::filesystem::copy_file(settings.path + "-wal", copy.string() + "-wal");
  // The last page of the log was being written.
  const auto wal = copy.string() + "-wal";
  std::filesystem::resize_file(wal, std::filesystem::file_size(wal) - 1000);
  settings.path = copy;
  open();
  EXPECT_EQ(views->open_jobs().size(), 20u);
  EXPECT_TRUE(views->tokens().empty());
  append(accepted("after", change(proto::Action::add, "g", {"ann"})));
  expect_views_equal_a_replay();
}

TEST_F(Recovering, RecordsThatTheViewsDidNotHoldYetAreFoldedAtTheNextStart) {
  open_with_directory();
  import("imp1", {"ann", "bob"}, {{ "g", { "bob" } }});
  views.reset();
  ledger.reset();
  const auto child = ::fork();
  if (child == 0) {
    auto opened = open_sqlite_ledger(settings);
    (*opened)->append({record(accepted("ADS1", change(proto::Action::add, "g", {"ann"})))}, {});
    (*opened)->append({record(closed("ADS1", applied()))}, {});
    // Gone as soon as it is durable, long before anything is folded.
    (*opened)->append({record(accepted("ADS2", change(proto::Action::remove, "g", {"bob"})))},
                      [](const result<std::uint64_t>& done) { ::_exit(done ? 0 : 1); });
    for (;;) ::pause();
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  {
    SQLite::Database file{settings.path};
    ASSERT_EQ(file.execAndGet("SELECT count(*) FROM jobs").getInt(), 0) << "folded already: nothing is tested";
  }
  open();
  EXPECT_EQ(views->job(JobId{"ADS1"})->disposition, "applied");
  EXPECT_EQ(views->open_jobs().size(), 1u);
  EXPECT_EQ(members("g"), keys({"ann", "bob"}));
  append(closed("ADS2", applied()));
  EXPECT_EQ(members("g"), keys({"ann"}));
  expect_views_equal_a_replay();
}

}  // namespace dirbridge::ledger::test
