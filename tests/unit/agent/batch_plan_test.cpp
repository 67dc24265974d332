// The plan is played by hand: every answer a directory can give, at every step.
#include "agent/batch_plan.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;
using ldap::ModifyReply;
using proto::Evidence;
using proto::Verdict;

ModifyReply answered(int code, std::string diagnostic = {}) {
  return {ModifyReply::Fate::answered, {code, {}, std::move(diagnostic), {}}, {}};
}
ModifyReply fate(ModifyReply::Fate fate) { return {fate, {}, Error{errc::closed, "connection reset"}}; }
const auto pending = ModifyReply::Fate::pending;
const auto lost = ModifyReply::Fate::lost;
const auto not_sent = ModifyReply::Fate::not_sent;

struct BatchPlanTest : testing::Test {
  PlanSettings settings{.limits = {.max_values = 3, .max_bytes = 100'000}, .settle = 30s, .settle_interval = 500ms};
  TimePoint now = t0;
  std::optional<BatchPlan> plan;
  std::map<std::uint64_t, proto::Outcome> final;
  std::map<std::uint64_t, proto::Outcome> unknown;

  void start(std::vector<JobPtr> jobs) { plan.emplace(std::move(jobs), settings); }

  template <class Step>
  Step expect() {
    auto step = plan->next(now);
    collect();
    EXPECT_TRUE(std::holds_alternative<Step>(step)) << "another step came: " << step.index();
    if (auto* wanted = std::get_if<Step>(&step)) return std::move(*wanted);
    throw std::runtime_error("unexpected step");
  }
  // Checks what is sent ("+a +b -c") and answers.
  BatchPlan::Send sends(const std::string& delta, ModifyReply reply) {
    auto send = expect<BatchPlan::Send>();
    std::multiset<std::string> parts;
    for (const auto& value : send.request.add) parts.insert("+" + value.rdn_value());
    for (const auto& value : send.request.remove) parts.insert("-" + value.rdn_value());
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : " ") + part;
    EXPECT_EQ(text, delta);
    plan->on_reply(std::move(reply), now);
    collect();
    return send;
  }
  void reads(std::size_t count, result<std::vector<bool>> state) {
    EXPECT_EQ(expect<BatchPlan::Read>().values.size(), count);
    plan->on_read(std::move(state), now);
    collect();
  }
  void waits(ModifyReply reply) {
    now = expect<BatchPlan::Wait>().until;
    plan->on_reply(std::move(reply), now);
    collect();
  }
  void pauses() { now = expect<BatchPlan::Pause>().until; }
  void locates(result<std::optional<ldap::Dn>> found) {
    expect<BatchPlan::Locate>();
    plan->on_located(std::move(found), now);
    collect();
  }
  void done() { expect<BatchPlan::Done>(); }
  void collect() {
    for (auto& progress : plan->take_progress()) {
      auto& book = progress.final ? final : unknown;
      EXPECT_TRUE(book.emplace(progress.job->lease.counter, std::move(progress.outcome)).second)
          << "told twice about " << progress.job->lease.counter;
    }
  }
  Verdict verdict(std::uint64_t job) { return final.at(job).verdict(); }
  const proto::Finding& finding(std::uint64_t job, std::size_t value = 0) { return final.at(job).of(value); }
  static Error ldap_error(int code) { return Error{ldap::make_code(code)}; }
};

TEST_F(BatchPlanTest, OneModifyCarriesTheWholeBatchAndZeroMeansAllApplied) {
  start({add(1, {"a"}), remove(2, {"b"}), add(3, {"a", "c"})});
  const auto send = sends("+a +c -b", answered(0));
  EXPECT_EQ(send.request.correlation, "req1,req2,req3");
  EXPECT_EQ(send.jobs.size(), 3u);
  done();
  for (const std::uint64_t job : {1, 2, 3}) {
    EXPECT_EQ(verdict(job), Verdict::applied);
    EXPECT_EQ(finding(job).evidence, Evidence::result);
  }
}

TEST_F(BatchPlanTest, NothingIsSentAfterTheFirstLeaseEndsAndTheAnswerIsAwaitedToTheLastDeadline) {
  start({add(1, {"a"}, {.lease = 2s, .remaining = 20s}), add(2, {"b"}, {.remaining = 10s})});
  const auto send = sends("+a +b", answered(0));
  EXPECT_EQ(send.send_by, t0 + 2s);
  EXPECT_EQ(send.answer_by, t0 + 20s - 250ms);
}

TEST_F(BatchPlanTest, ARefusedBatchIsReadAndWhatIsAsWantedIsLeftOut) {
  start({add(1, {"a"}), add(2, {"b"}), remove(3, {"c"})});
  sends("+a +b -c", answered(20));
  reads(3, std::vector<bool>{true, false, false});
  EXPECT_EQ(verdict(1), Verdict::already);
  EXPECT_EQ(verdict(3), Verdict::already);
  sends("+b", answered(0));
  done();
  EXPECT_EQ(verdict(2), Verdict::applied);
}

TEST_F(BatchPlanTest, OneBadJobDoesNotHurtItsNeighbours) {
  start({add(1, {"a"}), add(2, {"b"}), add(3, {"bad"})});
  sends("+a +b +bad", answered(21, "value #2 invalid per syntax"));
  reads(3, std::vector<bool>{false, false, false});
  sends("+a", answered(0));
  sends("+b +bad", answered(21, "value #1 invalid per syntax"));
  reads(2, std::vector<bool>{false, false});
  sends("+b", answered(0));
  sends("+bad", answered(21, "value #0 invalid per syntax"));
  reads(1, std::vector<bool>{false});
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(verdict(2), Verdict::applied);
  EXPECT_EQ(verdict(3), Verdict::refused);
  EXPECT_EQ(finding(3).code, 21);
  EXPECT_EQ(finding(3).diagnostic, "value #0 invalid per syntax");
}

TEST_F(BatchPlanTest, AJobIsAllOrNothingWithinOneChunk) {
  start({add(1, {"a", "bad"})});
  sends("+a +bad", answered(21));
  reads(2, std::vector<bool>{false, false});
  done();
  EXPECT_EQ(finding(1, 0).verdict, Verdict::refused);
  EXPECT_EQ(finding(1, 1).verdict, Verdict::refused);
}

TEST_F(BatchPlanTest, TheLastMemberCannotBeRemoved) {
  start({remove(1, {"a"})});
  sends("-a", answered(65, "object class 'groupOfNames' requires attribute 'member'"));
  reads(1, std::vector<bool>{true});
  done();
  EXPECT_EQ(verdict(1), Verdict::refused);
  EXPECT_NE(finding(1).advice.find("last member"), std::string::npos);
}

TEST_F(BatchPlanTest, SambasWordsForNothingToDoAreSuccess) {
  start({remove(1, {"a"})});
  sends("-a", answered(53));
  reads(1, std::vector<bool>{false});
  done();
  EXPECT_EQ(verdict(1), Verdict::already);
}

TEST_F(BatchPlanTest, AnUnexplained53IsRetryable) {
  start({add(1, {"a"})});
  sends("+a", answered(53, "operation restricted"));
  reads(1, std::vector<bool>{false});
  done();
  EXPECT_EQ(verdict(1), Verdict::retryable);
}

TEST_F(BatchPlanTest, ABusyDirectoryIsNotAskedJobByJob) {
  start({add(1, {"a"}), add(2, {"b"})});
  sends("+a +b", answered(51));
  done();
  EXPECT_EQ(verdict(1), Verdict::retryable);
  EXPECT_EQ(verdict(2), Verdict::retryable);
}

TEST_F(BatchPlanTest, AReferralIsNeverFollowed) {
  start({add(1, {"a"})});
  auto reply = answered(10);
  reply.result.referrals = {"ldap://primary"};
  sends("+a", reply);
  done();
  EXPECT_EQ(verdict(1), Verdict::retryable);
  EXPECT_NE(finding(1).advice.find("ldap://primary"), std::string::npos);
}

TEST_F(BatchPlanTest, AMissingGroupIsSearchedByItsStableIdAndTheChangeFollowsIt) {
  start({add(1, {"a"})});
  sends("+a", answered(32));
  reads(1, ldap_error(32));
  locates(std::optional{dn(group_dn("renamed"))});
  EXPECT_EQ(sends("+a", answered(0)).request.target, dn(group_dn("renamed")));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, AGroupThatIsGoneRefusesEveryJobAfterOneSearch) {
  start({add(1, {"a"}), remove(2, {"b"})});
  sends("+a -b", answered(50));  // 389 DS says 50 for it
  reads(2, ldap_error(32));
  locates(std::optional<ldap::Dn>{});
  done();
  for (const std::uint64_t job : {1, 2}) {
    EXPECT_EQ(verdict(job), Verdict::refused);
    EXPECT_NE(finding(job).advice.find("gone"), std::string::npos);
  }
}

TEST_F(BatchPlanTest, AGroupThatMovesAgainAndAgainIsNotChasedForEver) {
  start({add(1, {"a"})});
  sends("+a", answered(32));
  reads(1, ldap_error(32));
  locates(std::optional{dn(group_dn("second"))});
  sends("+a", answered(32));
  reads(1, ldap_error(32));
  done();
  EXPECT_EQ(verdict(1), Verdict::refused);
}

TEST_F(BatchPlanTest, WithoutAStableIdAMissingGroupIsGoneAtOnce) {
  start({add(1, {"a"}, {.stable_id = ""})});
  sends("+a", answered(32));
  reads(1, ldap_error(32));
  done();
  EXPECT_EQ(verdict(1), Verdict::refused);
}

TEST_F(BatchPlanTest, ThirtyTwoWithTheGroupInPlaceBlamesTheValue) {
  start({add(1, {"ghost"})});
  sends("+ghost", answered(32));
  reads(1, std::vector<bool>{false});
  done();
  EXPECT_EQ(verdict(1), Verdict::refused);
  EXPECT_NE(finding(1).advice.find("names no entry"), std::string::npos);
}

TEST_F(BatchPlanTest, ARefusalThatCannotBeReadIsRetryable) {
  start({add(1, {"a"})});
  sends("+a", answered(20));
  reads(1, Error{errc::timed_out, "no answer"});
  done();
  EXPECT_EQ(verdict(1), Verdict::retryable);
}

TEST_F(BatchPlanTest, AnAnswerOfTheWrongLengthIsNotBelieved) {
  start({add(1, {"a"})});
  sends("+a", answered(20));
  reads(1, std::vector<bool>{true, true});
  done();
  EXPECT_EQ(verdict(1), Verdict::retryable);
}

// ---- nothing could be sent ----

TEST_F(BatchPlanTest, AnUnreachableDirectoryFailsNoJobUntilItsDeadline) {
  start({add(1, {"a"}, {.remaining = 1s})});
  sends("+a", fate(not_sent));
  pauses();
  EXPECT_EQ(now, t0 + 100ms);
  sends("+a", fate(not_sent));
  pauses();
  EXPECT_EQ(now, t0 + 300ms);
  sends("+a", fate(not_sent));
  pauses();
  EXPECT_EQ(now, t0 + 700ms);
  sends("+a", fate(not_sent));
  pauses();
  EXPECT_EQ(now, t0 + 750ms) << "the report must not come after the deadline";
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(finding(1).diagnostic, "connection reset");
}

TEST_F(BatchPlanTest, AnUnreachableDirectoryThatComesBackGetsTheChange) {
  start({add(1, {"a"})});
  sends("+a", fate(not_sent));
  pauses();
  sends("+a", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, ABindProblemIsTheConnectionsFault) {
  for (const int code : {8, 13, 48, 49}) {
    final.clear();
    now = t0;
    start({add(1, {"a"})});
    sends("+a", answered(code));
    pauses();
    EXPECT_TRUE(final.empty()) << code;
    sends("+a", answered(0));
  }
}

TEST_F(BatchPlanTest, ACancelDuringAPauseTakesEffectAtOnce) {
  const auto job = add(1, {"a"});
  const auto other = add(2, {"b"});
  start({job, other});
  sends("+a +b", fate(not_sent));
  expect<BatchPlan::Pause>();
  job->cancelled = true;
  expect<BatchPlan::Pause>();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  pauses();
  sends("+b", answered(0));
  done();
}

TEST_F(BatchPlanTest, WhatDiedBeforeTheSecondAttemptIsLeftOutOfIt) {
  start({add(1, {"a"}, {.lease = 50ms}), add(2, {"b"})});
  sends("+a +b", answered(20));
  now += 60ms;
  reads(2, std::vector<bool>{false, false});
  sends("+b", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
}

// ---- sent, and no word ----

TEST_F(BatchPlanTest, ASilentDirectoryMakesTheJobUnknownAndTheLateResultSettlesIt) {
  start({add(1, {"a"})});
  sends("+a", fate(pending));
  EXPECT_TRUE(plan->is_unknown());
  EXPECT_EQ(unknown.at(1).verdict(), Verdict::unknown);
  waits(answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(finding(1).evidence, Evidence::result);
}

TEST_F(BatchPlanTest, ALateRefusalIsReadLikeAnyOther) {
  start({add(1, {"a"})});
  sends("+a", fate(pending));
  waits(answered(65));
  reads(1, std::vector<bool>{false});
  done();
  EXPECT_EQ(verdict(1), Verdict::refused);
}

TEST_F(BatchPlanTest, WhileTheServerIsSilentTheOtherStateProvesNothingBeforeSettle) {
  start({add(1, {"a"}, {.remaining = 1s})});
  now = t0 + 750ms;
  plan->next(t0);  // taken in time
  plan->on_reply(fate(pending), now);
  collect();
  waits(fate(pending));
  reads(1, std::vector<bool>{false});
  const auto first_read = now;
  while (now - first_read < 30s) {
    EXPECT_TRUE(final.empty()) << std::chrono::duration_cast<milliseconds>(now - first_read).count();
    waits(fate(pending));
    reads(1, std::vector<bool>{false});
  }
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, AReadThatFailsStartsTheSettlingAgain) {
  start({add(1, {"a"}, {.remaining = 1s})});
  plan->next(t0);
  plan->on_reply(fate(pending), now = t0 + 750ms);
  collect();
  waits(fate(pending));
  reads(1, std::vector<bool>{false});
  now += 29s;
  waits(fate(pending));
  reads(1, Error{errc::timed_out, "no answer"});  // it was stopped, with our modify in its queue
  now += 2s;
  waits(fate(pending));
  reads(1, std::vector<bool>{false});
  EXPECT_TRUE(final.empty());
  waits(fate(pending));
  reads(1, std::vector<bool>{true});
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, SuccessReadWhileTheOperationIsStillOutHoldsItsOpposites) {
  start({add(1, {"a"})});
  sends("+a", fate(pending));
  waits(fate(pending));
  reads(1, std::vector<bool>{true});
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(plan->hold_until(), now + 30s);
}

TEST_F(BatchPlanTest, AfterALostConnectionTheWantedStateIsSuccess) {
  start({add(1, {"a"}), remove(2, {"b"})});
  sends("+a -b", fate(lost));
  reads(2, std::vector<bool>{true, false});
  done();
  EXPECT_TRUE(unknown.empty()) << "the truth was known before anybody had to be told";
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
  EXPECT_EQ(verdict(2), Verdict::applied);
  EXPECT_FALSE(plan->hold_until()) << "a lost operation cannot run any more";
}

TEST_F(BatchPlanTest, AfterALostConnectionTheOtherStateIsSentAgainIfThereIsTime) {
  start({add(1, {"a"})});
  sends("+a", fate(lost));
  reads(1, std::vector<bool>{false});
  sends("+a", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, AfterALostConnectionTheOtherStateIsNotSentWhenTheDeadlinePassed) {
  start({add(1, {"a"}, {.remaining = 1s})});
  sends("+a", fate(lost));
  now = t0 + 5s;
  reads(1, std::vector<bool>{false});
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, WhileTheDirectoryStaysAwayTheJobStaysUnknown) {
  start({add(1, {"a"}, {.remaining = 1s})});
  sends("+a", fate(lost));
  for (int i = 0; i < 200; ++i) {
    reads(1, Error{errc::unavailable, "connection refused"});
    pauses();
  }
  EXPECT_TRUE(final.empty());
  EXPECT_EQ(unknown.at(1).verdict(), Verdict::unknown);
  reads(1, std::vector<bool>{true});
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, ABatchThatEndsTheConnectionEachTimeIsHalvedAndThenGivenBack) {
  start({add(1, {"a"}), add(2, {"poison"})});
  for (int i = 0; i < 3; ++i) {
    sends("+a +poison", fate(lost));
    reads(2, std::vector<bool>{false, false});
  }
  sends("+a", answered(0));
  for (int i = 0; i < 3; ++i) {
    sends("+poison", fate(lost));
    reads(1, std::vector<bool>{false});
  }
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(verdict(2), Verdict::retryable);
}

TEST_F(BatchPlanTest, JobsBehindAnUnknownPartStillEndInTime) {
  start({add(1, {"a"}), add(2, {"b"}, {.remaining = 2s})});
  sends("+a +b", answered(80));
  reads(2, std::vector<bool>{false, false});
  sends("+a", fate(lost));
  reads(1, Error{errc::unavailable, "connection refused"});
  now = t0 + 3s;
  reads(1, Error{errc::unavailable, "connection refused"});
  EXPECT_EQ(verdict(2), Verdict::not_sent);
  EXPECT_FALSE(final.contains(1));
}

TEST_F(BatchPlanTest, AGroupRenamedWhileTheOutcomeIsUnknownIsReadUnderItsNewName) {
  start({add(1, {"a"})});
  sends("+a", fate(lost));
  reads(1, ldap_error(32));
  locates(Error{errc::timed_out, "no answer"});
  pauses();
  locates(std::optional{dn(group_dn("renamed"))});
  EXPECT_EQ(expect<BatchPlan::Read>().target, dn(group_dn("renamed")));
  plan->on_read(std::vector<bool>{true}, now);
  collect();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

// ---- chunks ----

TEST_F(BatchPlanTest, ALargeJobGoesInChunksEachWithItsOwnVerdict) {
  start({add(1, {"a", "b", "c", "d", "e", "f", "g"})});
  sends("+a +b +c", answered(0));
  sends("+d +e +f", answered(21));
  reads(3, std::vector<bool>{false, false, false});
  sends("+g", answered(0));
  done();
  EXPECT_EQ(finding(1, 0).verdict, Verdict::applied);
  EXPECT_EQ(finding(1, 4).verdict, Verdict::refused);
  EXPECT_EQ(finding(1, 6).verdict, Verdict::applied);
  EXPECT_EQ(verdict(1), Verdict::refused);
}

TEST_F(BatchPlanTest, ChunksAreCutByBytesToo) {
  settings.limits.max_bytes = 90;
  start({add(1, {"a", "b", "c"})});
  sends("+a +b", answered(0));
  sends("+c", answered(0));
  done();
}

// ---- names that are none ----

TEST_F(BatchPlanTest, AJobWithANameThatIsNoneIsRefusedUnsentAndItsNeighbourIsNot) {
  start({add(1, {"a", "=x="}), add(2, {"b"})});
  sends("+b", answered(0));
  done();
  EXPECT_EQ(finding(1, 0).verdict, Verdict::not_sent);
  EXPECT_EQ(finding(1, 1).verdict, Verdict::refused);
  EXPECT_EQ(verdict(1), Verdict::refused);
  EXPECT_EQ(verdict(2), Verdict::applied);
}

// ---- reconcile ----

TEST_F(BatchPlanTest, AReconcileDeliveryReadsFirstAndTheWantedStateIsSuccess) {
  start({add(1, {"a"}, {.remaining = 0ms, .reconcile = true})});
  EXPECT_TRUE(plan->is_unknown());
  reads(1, std::vector<bool>{true});
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, WithoutTimeLeftAReconcileDeliveryNeverWritesAndSettlesBeforeItSaysNotSent) {
  start({add(1, {"a"}, {.remaining = 0ms, .reconcile = true})});
  reads(1, std::vector<bool>{false});
  EXPECT_EQ(unknown.at(1).verdict(), Verdict::unknown);
  while (now - t0 < 30s) {
    EXPECT_TRUE(final.empty());
    pauses();
    reads(1, std::vector<bool>{false});
  }
  done();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(finding(1).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, WithTimeLeftTheSameChangeIsSentAgainAndItsOppositesAreHeld) {
  start({add(1, {"a"}, {.reconcile = true})});
  reads(1, std::vector<bool>{false});
  sends("+a", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(plan->hold_until(), t0 + 30s);
}

TEST_F(BatchPlanTest, AReconcileDeliveryThatCouldNotBeSentInTimeIsSettledByReading) {
  start({add(1, {"a"}, {.remaining = 1s, .reconcile = true})});
  reads(1, std::vector<bool>{false});
  sends("+a", fate(not_sent));
  now = t0 + 2s;
  reads(1, std::vector<bool>{false});
  EXPECT_TRUE(final.empty()) << "an earlier delivery may still run";
  pauses();
  reads(1, std::vector<bool>{true});
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, RetryableIsNotSaidWhileAnEarlierDeliveryMayRun) {
  start({add(1, {"a"}, {.reconcile = true})});
  reads(1, std::vector<bool>{false});
  sends("+a", answered(51));
  EXPECT_TRUE(final.empty());
  pauses();
  reads(1, std::vector<bool>{true});
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, ACancelledReconcileDeliveryIsReadAndNeverWritten) {
  const auto job = add(1, {"a"}, {.reconcile = true});
  job->cancelled = true;
  start({job});
  reads(1, std::vector<bool>{false});
  pauses();
  reads(1, std::vector<bool>{true});
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

}  // namespace
}  // namespace dirbridge::agent
