// What jobs change in the views is folded behind their records: late, in any number at once, and always the same.
#include <random>

#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class Settling : public LedgerTest {
 protected:
  result<std::uint64_t> settle() {
    std::promise<result<std::uint64_t>> promise;
    ledger->settle([&](result<std::uint64_t> done) { promise.set_value(std::move(done)); });
    return promise.get_future().get();
  }
  void send(Body body) { ledger->append({record(std::move(body))}, {}); }
};

TEST_F(Settling, AReaderWhoAsksSeesWhatWasAppendedBefore) {
  open_with_directory();
  import("imp1", {"ann"}, {{ "g", {} }});
  send(accepted("ADS1", change(proto::Action::add, "g", {"ann"})));
  send(closed("ADS1", applied()));
  ASSERT_TRUE(settle());
  EXPECT_EQ(views->job(JobId{"ADS1"})->disposition, "applied");
  EXPECT_EQ(members("g"), keys({"ann"}));
  EXPECT_TRUE(settle()) << "with nothing to fold";
}

TEST_F(Settling, NobodyNeedsToAsk) {
  open_with_directory();
  send(accepted("ADS1", change(proto::Action::add, "g", {"ann"})));
  EXPECT_TRUE(eventually([&] { return views->job(JobId{"ADS1"}).has_value(); }));
}

TEST_F(Settling, AnImportThatIsAppliedFindsTheJobsBeforeIt) {
  open_with_directory();
  import("imp1", {"ann", "bob"}, {{ "g", {} }});
  send(accepted("ADS1", change(proto::Action::add, "g", {"ann"})));
  append(ImportStarted{ImportId{"imp2"}, agent, ""});
  send(closed("ADS1", applied()));
  append(staged("imp2", {"ann", "bob"}, {{"g", {"bob"}}}));
  append(ImportApplied{ImportId{"imp2"}, 2, 1});
  EXPECT_EQ(members("g"), keys({"ann", "bob"})) << "the change was made while the import was on its way";
  expect_views_equal_a_replay();
}

TEST_F(Settling, WhatContradictsAJobThatIsNotFoldedYetIsRefused) {
  open_with_directory();
  send(accepted("ADS1", change(proto::Action::add, "g", {"ann"})));
  send(closed("ADS1", applied()));
  EXPECT_EQ(start({record(closed("ADS1", applied()))}).get().error().code, errc::conflict);
  EXPECT_EQ(start({record(accepted("ADS1", change(proto::Action::add, "g", {"ann"})))}).get().error().code,
            errc::conflict);
  auto elsewhere = record(accepted("ADS2", change(proto::Action::add, "g", {"ann"})));
  ledger->append({elsewhere}, {});
  auto foreign = record(closed("ADS2", applied()), t0, DirectoryId{"0oaOther"});
  EXPECT_EQ(start({foreign}).get().error().code, errc::conflict);
  // A late word about a job that is closed is no contradiction.
  EXPECT_TRUE(start({record(JobEvidence{JobId{"ADS1"}, agent, "1.1", "late", applied()})}).get());
  expect_views_equal_a_replay();
}

// Each of these comes into the middle of the fold, which is put off and begun again.
TEST_F(Settling, ALargeJobIsFoldedThoughOthersComeAllTheTime) {
  open_with_directory();
  std::vector<std::string> users;
  for (int i = 0; i < 5'000; ++i) users.push_back("u" + std::to_string(i));
  import("imp1", users, {{"g", { "u0" }}, { "h", {} }});
  for (const auto action : {proto::Action::add, proto::Action::remove, proto::Action::add}) {
    const auto id = "ADS" + std::to_string(static_cast<int>(action)) + std::to_string(members("g").size());
    send(accepted(id, change(action, "g", users)));
    EXPECT_TRUE(start({record(closed(id, applied(users.size())))}).get());
    for (int i = 0; i < 60; ++i) {
      EXPECT_TRUE(start({record(accepted(id + "x" + std::to_string(i), change(action, "h", {"u1"})))}).get());
      members("g");  // so long nobody waits, and the fold begins
    }
    ASSERT_TRUE(settle());
    EXPECT_EQ(members("g").empty(), action == proto::Action::remove);
  }
  expect_views_equal_a_replay();
}

// Live in runs of any length, in the replay one by one.
TEST_F(Settling, HoweverJobsAreCutIntoRunsTheViewsComeOutTheSame) {
  open_with_directory();
  const std::vector<std::string> users{"ann", "bob", "cyd", "dee"};
  import("imp0", users, {{"g", { "ann" }}, { "h", {} }});
  std::mt19937 random{11};
  const auto any = [&](int below) { return std::uniform_int_distribution{0, below - 1}(random); };
  constexpr proto::Verdict verdicts[] = {proto::Verdict::applied, proto::Verdict::already, proto::Verdict::refused};
  std::vector<std::string> open_jobs;
  int imports = 0;
  for (int step = 0; step < 3'000; ++step) {
    const auto what = any(100);
    if (what < 45 || open_jobs.empty()) {
      open_jobs.push_back("ADS" + std::to_string(step));
      send(accepted(open_jobs.back(), change(any(2) ? proto::Action::add : proto::Action::remove,
                                             any(3)   ? "g"
                                             : any(2) ? "h"
                                                      : "gone",
                                             {users[any(4)]})));
    } else if (what < 85) {
      const auto at = any(static_cast<int>(open_jobs.size()));
      send(closed(open_jobs[at], proto::Outcome::all(1, verdicts[any(3)], proto::Evidence::result)));
      open_jobs.erase(open_jobs.begin() + at);
    } else if (what < 90) {
      const auto& job = open_jobs[any(static_cast<int>(open_jobs.size()))];
      send(JobJoined{JobId{job}, RequestId{"again" + std::to_string(step)}, t0 + milliseconds{step}});
    } else if (what < 95) {
      send(JobEvidence{JobId{open_jobs.back()}, agent, "1.2", "stale", applied()});
    } else if (what < 98) {
      ASSERT_TRUE(settle());
    } else if (what < 99) {
      ledger->flush();
    } else {
      const auto id = "imp" + std::to_string(++imports);
      send(ImportStarted{ImportId{id}, agent, ""});
      send(accepted("mid" + id, change(proto::Action::add, "h", {"dee"})));
      send(staged(id, users, {{"g", {users[any(4)]}}}));
      send(closed("mid" + id, applied()));
      send(staged(id, {}, {{"h", {}}}));
      send(ImportApplied{ImportId{id}, 4, 2});
    }
  }
  ledger->flush();
  expect_views_equal_a_replay();
  EXPECT_EQ(views->open_jobs().size(), open_jobs.size());
}

}  // namespace dirbridge::ledger::test
