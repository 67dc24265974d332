// The runner against a scripted directory that fails at each step.
#include "agent/job_runner.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>

#include "support/run_until.hpp"
#include "support/scripted_directory.hpp"
#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;
using dirbridge::test::run_until;
using dirbridge::test::ScriptedDirectory;
using proto::Evidence;
using proto::Verdict;
using Fate = ldap::ModifyReply::Fate;

struct JobRunnerTest : testing::Test {
  asio::io_context loop;
  std::shared_ptr<ScriptedDirectory> directory = std::make_shared<ScriptedDirectory>(loop.get_executor());
  RunnerSettings settings{
      .plan = {.settle = 60ms, .settle_interval = 5ms, .read_timeout = 1s, .retry_base = 5ms, .retry_max = 10ms},
      .max_batches = 4,
      .group_bases = {"ou=groups,dc=example,dc=org"}};
  std::map<std::uint64_t, proto::Report> final;
  std::map<std::uint64_t, proto::Report> unknown;
  std::unique_ptr<JobRunner> runner;

  void SetUp() override {
    runner = std::make_unique<JobRunner>(
        loop.get_executor(), directory, settings, system_clock(), [this](proto::Report report) {
          auto& book = report.final ? final : unknown;
          EXPECT_TRUE(book.emplace(report.lease.counter, report).second) << "reported twice: " << report.lease.counter;
        });
    group("g", {"seed"});
  }
  void TearDown() override {
    runner.reset();
    EXPECT_FALSE(directory->overlapped) << "two modifies of one group were in flight";
  }
  void group(const std::string& name, std::initializer_list<std::string> members) {
    auto& stored = directory->groups[dn(group_dn(name))];
    for (const auto& member : members) stored.insert(dn(user_dn(member)));
  }
  bool has(const std::string& name, const std::string& member) {
    return directory->groups.at(dn(group_dn(name))).contains(dn(user_dn(member)));
  }
  static JobOptions options(JobOptions base = {}) {
    base.now = std::chrono::steady_clock::now();
    return base;
  }
  bool finals(std::size_t count) {
    return run_until(loop, [&] { return final.size() >= count; });
  }
  Verdict verdict(std::uint64_t job) { return final.at(job).outcome.verdict(); }
};

TEST_F(JobRunnerTest, AJobIsCarriedOutAndReportedWithWhatWasDone) {
  runner->accept({add(1, {"u1"}, options())});
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_TRUE(has("g", "u1"));
  EXPECT_EQ(final.at(1).operation, "modify " + group_dn("g") + " member +1 -0");
  EXPECT_EQ(directory->sent.at(0).correlation, "req1");
  EXPECT_EQ(runner->size(), 0u);
}

TEST_F(JobRunnerTest, TheModifyLeavesWithoutWaitingForAnyTimer) {
  directory->hold_answers();
  runner->accept({add(1, {"u1"}, options())});
  loop.poll();  // only what is ready
  EXPECT_EQ(directory->sent.size(), 1u);
}

TEST_F(JobRunnerTest, CallersThatWaitForOneGroupAreMerged) {
  directory->hold_answers();
  runner->accept({add(1000, {"first"}, options())});
  ASSERT_TRUE(run_until(loop, [&] { return directory->sent.size() == 1; }));
  for (std::uint64_t i = 0; i < 256; ++i) runner->accept({add(i, {"u" + std::to_string(i)}, options())});
  directory->release_answers();
  ASSERT_TRUE(finals(257));
  EXPECT_EQ(directory->sent.size(), 2u);
  EXPECT_EQ(directory->sent[1].add.size(), 256u);
  for (std::uint64_t i = 0; i < 256; ++i) EXPECT_EQ(verdict(i), Verdict::applied);
  EXPECT_NE(final.at(7).operation.find("batch of 256 jobs"), std::string::npos);
}

TEST_F(JobRunnerTest, OppositeChangesKeepTheirOrder) {
  runner->accept({add(1, {"u1"}, options()), remove(2, {"u1"}, options()), add(3, {"u1"}, options())});
  ASSERT_TRUE(finals(3));
  EXPECT_EQ(directory->sent.size(), 3u);
  EXPECT_TRUE(has("g", "u1"));
}

TEST_F(JobRunnerTest, DifferentGroupsRunInParallelUpToTheLimit) {
  directory->hold_answers();
  std::vector<JobPtr> jobs;
  for (std::uint64_t i = 0; i < 10; ++i) {
    const auto name = "g" + std::to_string(i);
    group(name, {"seed"});
    jobs.push_back(add(i, {"u1"}, options({.group = name, .stable_id = name})));
  }
  runner->accept(jobs);
  loop.poll();
  EXPECT_EQ(directory->in_flight, 4u);
  directory->release_answers();
  ASSERT_TRUE(finals(10));
  EXPECT_EQ(directory->most_in_flight, 4u);
}

TEST_F(JobRunnerTest, ASilentBatchDoesNotTakeTheTurnOfOtherGroups) {
  settings.max_batches = 1;
  SetUp();
  group("other", {"seed"});
  directory->tricks = {{.fate = Fate::pending}};
  directory->read_error = Error{errc::timed_out, "no answer"};  // the first never settles
  runner->accept(
      {add(1, {"u1"}, options({.remaining = 40ms})), add(2, {"u1"}, options({.group = "other", .stable_id = "o"}))});
  ASSERT_TRUE(run_until(loop, [&] { return final.contains(2); }));
  EXPECT_EQ(verdict(2), Verdict::applied);
  directory->read_error.reset();
  ASSERT_TRUE(finals(2));
}

TEST_F(JobRunnerTest, AJobCancelledWhileItWaitsIsNeverSent) {
  directory->hold_answers();
  runner->accept({add(1, {"u1"}, options()), remove(2, {"u1"}, options())});
  loop.poll();
  runner->cancel({JobId{"ADS2"}, {1, 2}, "deadline"});
  EXPECT_EQ(verdict(2), Verdict::not_sent);
  directory->release_answers();
  ASSERT_TRUE(finals(2));
  EXPECT_EQ(directory->sent.size(), 1u);
  EXPECT_TRUE(has("g", "u1"));
}

TEST_F(JobRunnerTest, ACancelOfWhatWasSentLetsItRunAndReportsTheTruth) {
  directory->hold_answers();
  runner->accept({add(1, {"u1"}, options())});
  loop.poll();
  runner->cancel({JobId{"ADS1"}, {1, 1}, "deadline"});
  directory->release_answers();
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(JobRunnerTest, ACancelThatOvertakesItsJobIsParked) {
  runner->cancel({JobId{"ADS1"}, {1, 1}, "deadline"});
  runner->accept({add(1, {"u1"}, options())});
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_TRUE(directory->sent.empty());
}

TEST_F(JobRunnerTest, AnExpiredJobIsNotSentEvenIfItComesNow) {
  auto late = options({.lease = 1s});
  late.now -= 5s;
  runner->accept({add(1, {"u1"}, late)});
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_TRUE(directory->sent.empty());
}

TEST_F(JobRunnerTest, AJobThatExpiresInItsLaneIsReportedWithoutAnyEvent) {
  directory->hold_answers();
  runner->accept({add(1, {"u1"}, options()), remove(2, {"u1"}, options({.remaining = 60ms}))});
  ASSERT_TRUE(run_until(loop, [&] { return final.contains(2); }));
  EXPECT_EQ(verdict(2), Verdict::not_sent);
}

TEST_F(JobRunnerTest, ALeaseThatIsHeldAlreadyIsNotTakenTwice) {
  directory->hold_answers();
  runner->accept({add(1, {"u1"}, options())});
  runner->accept({add(1, {"u1"}, options())});
  EXPECT_EQ(runner->size(), 1u);
  directory->release_answers();
  ASSERT_TRUE(finals(1));
  loop.poll();
  EXPECT_EQ(directory->sent.size(), 1u);
}

TEST_F(JobRunnerTest, AnUnreachableDirectoryIsTriedAgainUntilItAnswers) {
  directory->tricks = {{.fate = Fate::not_sent}, {.fate = Fate::not_sent}};
  runner->accept({add(1, {"u1"}, options())});
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(JobRunnerTest, ADirectoryUnreachableToTheDeadlineLeavesTheJobNotSentWithTheCause) {
  for (int i = 0; i < 1000; ++i)
    directory->tricks.push_back({.fate = Fate::not_sent, .diagnostic = "bind: invalid credentials"});
  runner->accept({add(1, {"u1"}, options({.remaining = 60ms}))});
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(final.at(1).outcome.of(0).diagnostic, "bind: invalid credentials");
  EXPECT_TRUE(directory->sent.empty());
}

TEST_F(JobRunnerTest, ALateResultSettlesAnUnknownJob) {
  directory->tricks = {{.fate = Fate::pending, .runs = true}};
  directory->read_error = Error{errc::timed_out, "stopped"};
  runner->accept({add(1, {"u1"}, options({.remaining = 40ms}))});
  ASSERT_TRUE(run_until(loop, [&] { return unknown.contains(1); }));
  EXPECT_EQ(unknown.at(1).outcome.verdict(), Verdict::unknown);
  EXPECT_TRUE(final.empty());
  directory->run_pending();
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(final.at(1).outcome.of(0).evidence, Evidence::result);
}

TEST_F(JobRunnerTest, ALostModifyThatRanIsReadBack) {
  directory->tricks = {{.fate = Fate::lost, .runs = true}};
  runner->accept({add(1, {"u1"}, options())});
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(final.at(1).outcome.of(0).evidence, Evidence::read_back);
  EXPECT_EQ(directory->sent.size(), 1u);
}

TEST_F(JobRunnerTest, ALostModifyThatDidNotRunIsSentAgain) {
  directory->tricks = {{.fate = Fate::lost}};
  runner->accept({add(1, {"u1"}, options())});
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(directory->sent.size(), 2u);
}

TEST_F(JobRunnerTest, WhileTheDirectoryIsAwayTheOppositeChangeWaitsAndThenTheTruthIsFound) {
  directory->tricks = {{.fate = Fate::lost, .runs = true}};
  directory->read_error = Error{errc::unavailable, "connection refused"};
  runner->accept({add(1, {"u1"}, options())});
  ASSERT_TRUE(run_until(loop, [&] { return unknown.contains(1); }));
  runner->accept({remove(2, {"u1"}, options())});
  ASSERT_TRUE(run_until(loop, [&] { return directory->reads >= 5; }));
  EXPECT_EQ(directory->sent.size(), 1u);
  directory->read_error.reset();
  ASSERT_TRUE(finals(2));
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(verdict(2), Verdict::applied);
  EXPECT_FALSE(has("g", "u1"));
}

TEST_F(JobRunnerTest, TheOppositeOfAReconciledChangeWaitsForSettle) {
  settings.plan.settle = 150ms;
  SetUp();
  const auto started = std::chrono::steady_clock::now();
  runner->accept({add(1, {"u1"}, options({.reconcile = true})), remove(2, {"u1"}, options())});
  ASSERT_TRUE(finals(2));
  EXPECT_GE(std::chrono::steady_clock::now() - started, 150ms);
  EXPECT_FALSE(has("g", "u1"));
}

TEST_F(JobRunnerTest, ARenamedGroupIsFoundByItsStableId) {
  directory->groups.clear();
  group("renamed", {"seed"});
  directory->by_stable_id["uuid-g"] = dn(group_dn("renamed"));
  runner->accept({add(1, {"u1"}, options())});
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_TRUE(has("renamed", "u1"));
  EXPECT_EQ(directory->searches.at(0).filter, "(entryUUID=uuid-g)");
}

// A server that takes any name: users are looked up before a removal.
struct Removals : JobRunnerTest {
  void SetUp() override {
    settings.plan.rules = rules_of(ldap::ServerKind::openldap);
    settings.user_bases = {"ou=people,dc=example,dc=org"};
    directory->server_kind = ldap::ServerKind::openldap;
    directory->by_stable_id["uuid-g"] = dn(group_dn("g"));
    directory->entries[""] = {{"", {{"namingContexts", {"cn=config", "dc=example,dc=org"}}}}};
    JobRunnerTest::SetUp();
  }
  void somebody_is(const std::string& name) {
    directory->by_stable_id["uuid-other"] = dn(user_dn(name));
    directory->entries[user_dn(name)] = {{user_dn(name), {{"entryUUID", {"uuid-other"}}}}};
  }
  void nobody_is(const std::string& name) { directory->entries[user_dn(name)] = {}; }
  void remove_u1(Verdict wanted) {
    runner->accept({remove(1, {"u1"}, options())});
    ASSERT_TRUE(finals(1));
    EXPECT_EQ(verdict(1), wanted) << final.at(1).outcome.of(0).advice;
  }
};

TEST_F(Removals, TakeOutARenamedMemberAndNotWhoeverHasTheOldNameNow) {
  directory->by_stable_id["uuid-u1"] = dn(user_dn("u1x"));
  somebody_is("u1");
  group("g", {"u1", "u1x"});
  remove_u1(Verdict::applied);
  EXPECT_TRUE(has("g", "u1"));
  EXPECT_FALSE(has("g", "u1x"));
}

TEST_F(Removals, OfADeletedUserDoNotTouchWhoeverHasTheNameNow) {
  somebody_is("u1");
  group("g", {"u1"});
  remove_u1(Verdict::already);
  EXPECT_EQ(final.at(1).outcome.of(0).evidence, Evidence::read_back);
  EXPECT_TRUE(has("g", "u1"));
  EXPECT_TRUE(directory->sent.empty());
}

TEST_F(Removals, OfADeletedUserTakeOutTheNameThatNobodyHas) {
  nobody_is("u1");
  group("g", {"u1"});
  remove_u1(Verdict::applied);
  EXPECT_FALSE(has("g", "u1"));
}

// The server does not rename members with their entries.
TEST_F(Removals, OfARenamedUserTakeOutTheOldNameWhereTheGroupStillHasIt) {
  directory->by_stable_id["uuid-u1"] = dn(user_dn("u1x"));
  nobody_is("u1");
  group("g", {"u1"});
  remove_u1(Verdict::applied);
  EXPECT_FALSE(has("g", "u1"));
}

TEST_F(Removals, TakeOutAMemberWhoWasMovedOutOfTheBases) {
  const auto now = dn("uid=u1,ou=left,dc=example,dc=org");
  directory->by_stable_id["uuid-u1"] = now;
  nobody_is("u1");
  directory->groups[dn(group_dn("g"))].insert(now);
  remove_u1(Verdict::applied);
  EXPECT_FALSE(directory->groups[dn(group_dn("g"))].contains(now));
}

TEST_F(Removals, OfADeletedUserWhoIsNoMemberAreDoneAlready) {
  nobody_is("u1");
  remove_u1(Verdict::already);
  EXPECT_EQ(final.at(1).outcome.of(0).evidence, Evidence::read_back);
}

TEST_F(JobRunnerTest, AGroupThatIsNowhereIsRefused) {
  directory->groups.clear();
  runner->accept({add(1, {"u1"}, options())});
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::refused);
}

TEST_F(JobRunnerTest, AGroupThatTheAccountMayOnlyNotSeeIsNotCalledGone) {
  directory->groups.clear();
  directory->hidden.insert(settings.group_bases.front());
  auto soon = options({.remaining = 600ms});
  runner->accept({add(1, {"u1"}, soon)});
  ASSERT_TRUE(finals(1));
  EXPECT_NE(verdict(1), Verdict::refused);
  const auto& finding = final.at(1).outcome.of(0);
  EXPECT_NE(finding.advice.find("cannot see ou=groups"), std::string::npos) << finding.advice;
}

TEST_F(JobRunnerTest, OneBadJobInAMergedBatchFailsAlone) {
  directory->bad_values.insert(dn(user_dn("u7")));
  std::vector<JobPtr> jobs;
  for (std::uint64_t i = 0; i < 16; ++i) jobs.push_back(add(i, {"u" + std::to_string(i)}, options()));
  runner->accept(jobs);
  ASSERT_TRUE(finals(16));
  for (std::uint64_t i = 0; i < 16; ++i) EXPECT_EQ(verdict(i), i == 7 ? Verdict::refused : Verdict::applied) << i;
  EXPECT_LE(directory->sent.size(), 12u) << "halving, not one by one";
}

TEST_F(JobRunnerTest, WhatTheHubTookBackIsForgottenWhileItWaitsAndReportedIfItWasSent) {
  directory->hold_answers();
  runner->accept({add(1, {"u1"}, options()), remove(2, {"u1"}, options())});
  loop.poll();
  const auto held = runner->held();
  ASSERT_EQ(held.size(), 2u);
  EXPECT_EQ(held[0].state, proto::Holding::sent);
  EXPECT_EQ(held[1].state, proto::Holding::waiting);
  runner->drop({1, 1});
  runner->drop({1, 2});
  EXPECT_EQ(runner->size(), 1u);
  directory->release_answers();
  ASSERT_TRUE(finals(1));
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_FALSE(final.contains(2));
}

TEST_F(JobRunnerTest, WhatContradictsAJobThatGoesBackToTheHubGoesBackWithItAndIsNotCarriedOutBeforeIt) {
  directory->hold_answers();
  directory->tricks.assign(20, {.code = 51});
  runner->accept({add(1, {"u1"}, options()), remove(2, {"u1"}, options()), add(3, {"u2"}, options())});
  loop.poll();
  directory->release_answers();
  ASSERT_TRUE(run_until(loop, [&] { return final.contains(1) && final.contains(2); }));
  EXPECT_EQ(verdict(1), Verdict::retryable);
  EXPECT_EQ(verdict(2), Verdict::not_sent);
  directory->tricks.clear();
  runner->accept({remove(4, {"u1"}, options())});  // its frame was on its way when the hub read the report
  ASSERT_TRUE(run_until(loop, [&] { return final.contains(4); }));
  EXPECT_EQ(verdict(4), Verdict::not_sent);
  for (const auto& request : directory->sent) EXPECT_TRUE(request.remove.empty());
}

TEST_F(JobRunnerTest, AGracefulStopFinishesWhatWasSentAndGivesTheRestBack) {
  directory->hold_answers();
  runner->accept({add(1, {"u1"}, options()), remove(2, {"u1"}, options())});
  loop.poll();
  runner->give_back("The agent is stopping.");
  EXPECT_EQ(verdict(2), Verdict::retryable);
  bool drained = false;
  asio::co_spawn(
      loop,
      [](JobRunner& its, bool& done) -> asio::awaitable<void> {
        done = co_await its.drain(std::chrono::steady_clock::now() + 10s);
      }(*runner, drained),
      asio::detached);
  loop.poll();
  EXPECT_FALSE(drained);
  directory->release_answers();
  EXPECT_TRUE(run_until(loop, [&] { return drained; }));
}

TEST_F(JobRunnerTest, ARunnerThatIsDestroyedLeavesNothingBehindThatTouchesIt) {
  directory->tricks = {{.fate = Fate::lost}};
  directory->read_error = Error{errc::unavailable, "connection refused"};
  runner->accept({add(1, {"u1"}, options())});
  ASSERT_TRUE(run_until(loop, [&] { return unknown.contains(1); }));
  runner.reset();
  ASSERT_TRUE(run_until(loop, [&] { return directory.use_count() == 1; })) << "a coroutine still holds the directory";
  EXPECT_TRUE(final.empty());
}

}  // namespace
}  // namespace dirbridge::agent
