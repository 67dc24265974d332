// The pure parts of the link: clocks, leases, reports, back-off.
#include <gtest/gtest.h>

#include "agent/cancel_book.hpp"
#include "agent/hub_clock.hpp"
#include "agent/lease_book.hpp"
#include "agent/link_fsm.hpp"
#include "agent/report_book.hpp"
#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;

// ---- HubClock ----

TEST(HubClock, NothingIsCertainBeforeTheFirstObservation) {
  HubClock clock;
  EXPECT_FALSE(clock.is_set());
  EXPECT_EQ(clock.earliest_local(1'000'000), TimePoint::min());
}

TEST(HubClock, AnInstantOfTheHubIsNeverPlacedLaterThanItCanHaveBeen) {
  HubClock clock;
  // Sent at t0, answered by the hub at 5000, whenever that was on our clock: not before t0.
  clock.observe(t0, 5'000);
  EXPECT_LE(clock.earliest_local(5'000), t0);
  EXPECT_GE(clock.earliest_local(5'000), t0 - 1ms);
  EXPECT_LE(clock.earliest_local(8'000), t0 + 3s);
}

TEST(HubClock, ASlowRoundTripDoesNotLoosenABetterBound) {
  HubClock clock;
  clock.observe(t0, 5'000);
  clock.observe(t0 + 1s, 9'000);  // three seconds on the way
  EXPECT_EQ(clock.earliest_local(9'000), t0 + 4s - 1ms);
  clock.observe(t0 + 10s, 14'900);  // a better one: the first frame had been 100 ms on its way
  EXPECT_EQ(clock.earliest_local(9'000), t0 + 4s + 100ms - 1ms);
}

TEST(HubClock, OldPairsAreForgottenBecauseClocksDrift) {
  HubClock clock;
  clock.observe(t0 + 1s, 5'000);
  for (int i = 0; i < 16; ++i) clock.observe(t0, 5'000);
  EXPECT_EQ(clock.earliest_local(5'000), t0 - 1ms);
}

TEST(HubClock, AnAbsurdNumberOfTheHubDoesNotOverflow) {
  HubClock clock;
  clock.observe(t0, std::numeric_limits<std::int64_t>::min());
  EXPECT_LT(clock.earliest_local(std::numeric_limits<std::int64_t>::max()), TimePoint::max());
}

TEST(HubClock, AJobThatSatInABufferWhileTheProcessWasFrozenArrivesExpired) {
  HubClock clock;
  clock.observe(t0, 5'000);
  // Leased at hub time 6000 for 12 s, read by us 40 s later.
  const auto delivered = make_delivered(1, proto::Action::add, {"u1"});
  const auto job = agent::make_job(delivered, clock.earliest_local(6'000), t0 + 41s, 250ms);
  EXPECT_FALSE(job->may_start(t0 + 41s));
  EXPECT_TRUE(job->may_start(t0 + 12s));
}

// ---- Job ----

TEST(Job, MayStartUntilTheFirstOfLeaseDeadlineAndCancel) {
  const auto job = add(1, {"u1"}, {.lease = 12s, .remaining = 5s});
  EXPECT_TRUE(job->may_start(t0));
  EXPECT_TRUE(job->may_start(t0 + 4'749ms));
  EXPECT_FALSE(job->may_start(t0 + 4'750ms)) << "the report margin belongs to the report";
  job->cancelled = true;
  EXPECT_FALSE(job->may_start(t0));
}

TEST(Job, AShortDeadlineLeavesTimeToWork) {
  const auto job = add(1, {"u1"}, {.remaining = 200ms});
  EXPECT_TRUE(job->may_start(t0 + 149ms));
  EXPECT_FALSE(job->may_start(t0 + 150ms));
}

TEST(Job, NamesThatCannotBeParsedAreRememberedWithTheirPlace) {
  const auto job = add(1, {"u1", "=broken=,,", "u2"});
  ASSERT_EQ(job->bad.size(), 1u);
  EXPECT_EQ(job->bad[0].index, 1u);
  EXPECT_EQ(job->values.size(), 3u);
}

TEST(Job, AGroupKeepsItsLaneWhenItIsRenamed) {
  EXPECT_EQ(lane_key(*add(1, {"u1"}, {.group = "old"})), lane_key(*add(2, {"u1"}, {.group = "new"})));
  EXPECT_NE(lane_key(*add(1, {"u1"}, {.group = "a", .stable_id = ""})),
            lane_key(*add(2, {"u1"}, {.group = "b", .stable_id = ""})));
}

TEST(Job, TheListOfRequestsOfALargeBatchIsCut) {
  std::vector<JobPtr> jobs;
  for (std::uint64_t i = 1; i <= 5; ++i) jobs.push_back(add(i, {"u1"}));
  EXPECT_EQ(join_requests(jobs, 8), "req1,req2,req3,req4,req5");
  EXPECT_EQ(join_requests(jobs, 2), "req1,req2,+3");
}

// ---- LeaseBook ----

TEST(LeaseBook, ARenewalIsDueEveryThirdOfTheLease) {
  LeaseBook book;
  const auto job = add(1, {"u1"});
  book.add(job);
  EXPECT_TRUE(book.due(t0 + 3'999ms).empty());
  EXPECT_EQ(book.next_due(), t0 + 4s);
  EXPECT_EQ(book.due(t0 + 4s), std::vector{job->lease});
  book.renewed({job->lease}, 100, t0 + 4s);
  EXPECT_TRUE(book.due(t0 + 4s).empty());
  EXPECT_EQ(book.next_due(), t0 + 8s);
}

TEST(LeaseBook, OnlyTheAckOfALaterHeartbeatMovesTheLease) {
  LeaseBook book;
  const auto job = add(1, {"u1"});
  book.add(job);
  book.renewed({job->lease}, 100, t0 + 4s);
  EXPECT_EQ(job->lease_until, t0 + 12s) << "sent is not received";
  book.acknowledged(99, t0 + 5s);
  EXPECT_EQ(job->lease_until, t0 + 12s) << "that heartbeat was sent before the renewal";
  book.acknowledged(100, t0 + 5s);
  EXPECT_EQ(job->lease_until, t0 + 16s) << "counted from the sending, not from the ack";
}

TEST(LeaseBook, AnAckAfterTheLeaseEndedProvesNothing) {
  LeaseBook book;
  const auto job = add(1, {"u1"});
  book.add(job);
  book.renewed({job->lease}, 100, t0 + 4s);
  book.acknowledged(100, t0 + 12s);
  EXPECT_EQ(job->lease_until, t0 + 12s);
}

TEST(LeaseBook, ARenewalOfALostConnectionIsNotCounted) {
  LeaseBook book;
  const auto job = add(1, {"u1"});
  book.add(job);
  book.renewed({job->lease}, 100, t0 + 4s);
  book.connection_lost();
  book.acknowledged(100, t0 + 5s);
  EXPECT_EQ(job->lease_until, t0 + 12s);
}

// ---- ReportBook ----

proto::Report report_of(std::uint64_t number, bool final) {
  return {JobId{"ADS" + std::to_string(number)},           {1, number}, final,
          proto::Outcome::all(1, proto::Verdict::applied), {},          {}};
}

TEST(ReportBook, AFinalReportIsKeptUntilItsAckAndSentAgainOnTheNextConnection) {
  ReportBook book;
  book.put(report_of(1, true), true);
  EXPECT_EQ(book.held().size(), 1u);
  EXPECT_EQ(book.held()[0].state, proto::Holding::sent);
  EXPECT_EQ(book.resend().size(), 1u);
  EXPECT_TRUE(book.acknowledged({1, 1}));
  EXPECT_TRUE(book.resend().empty());
  EXPECT_EQ(book.finals(), 0u);
}

TEST(ReportBook, TheAckOfTheNonFinalReportDoesNotSettleTheFinalOne) {
  ReportBook book;
  book.put(report_of(1, false), true);
  book.put(report_of(1, true), true);
  EXPECT_FALSE(book.acknowledged({1, 1}));
  EXPECT_EQ(book.finals(), 1u);
  EXPECT_TRUE(book.acknowledged({1, 1}));
  EXPECT_EQ(book.finals(), 0u);
}

TEST(ReportBook, AcksOfAnEarlierConnectionAreNotAwaited) {
  ReportBook book;
  book.put(report_of(1, false), true);
  book.put(report_of(1, true), true);  // and then the connection is lost, with both acks
  EXPECT_EQ(book.resend().size(), 1u);
  EXPECT_TRUE(book.acknowledged({1, 1}));
}

// ---- CancelBook ----

TEST(CancelBook, ACancelIsParkedForAMinute) {
  CancelBook book;
  book.park({1, 7}, "deadline", t0);
  EXPECT_EQ(book.find({1, 7}, t0 + 59s), "deadline");
  EXPECT_EQ(book.find({1, 8}, t0), std::nullopt);
  EXPECT_EQ(book.find({1, 7}, t0 + 60s), std::nullopt);
}

TEST(CancelBook, ItIsBounded) {
  CancelBook book;
  for (std::uint64_t i = 0; i < 2 * CancelBook::max_parked; ++i) book.park({1, i}, "deadline", t0);
  EXPECT_EQ(book.size(), CancelBook::max_parked);
  EXPECT_EQ(book.find({1, 0}, t0), std::nullopt);
  EXPECT_TRUE(book.find({1, 2 * CancelBook::max_parked - 1}, t0));
}

// ---- LinkFsm ----

LinkFsm opened(TimePoint at) {
  LinkFsm fsm{LinkTimes{}};
  fsm.connecting(at);
  fsm.connected(at);
  proto::Welcome welcome;
  welcome.heartbeat = 5s;
  welcome.silence = 30s;
  fsm.welcomed(welcome, at);
  return fsm;
}

TEST(LinkFsm, TheBackOffDoublesUpToItsBoundAndChanceSpreadsIt) {
  LinkFsm fsm{LinkTimes{}};
  fsm.connecting(t0);
  fsm.ended(t0, 0.0);
  EXPECT_EQ(fsm.connect_at(), t0 + 125ms);
  fsm.connecting(t0);
  fsm.ended(t0, 0.0);
  EXPECT_EQ(fsm.connect_at(), t0 + 250ms);
  fsm.connecting(t0);
  fsm.ended(t0, 0.999);
  EXPECT_GT(fsm.connect_at(), t0 + 990ms);
  EXPECT_LE(fsm.connect_at(), t0 + 1s);
  for (int i = 0; i < 100; ++i) fsm.ended(t0, 0.0);
  EXPECT_EQ(fsm.connect_at(), t0 + 15s);
}

TEST(LinkFsm, OnlyASessionThatLastedEndsTheBackOff) {
  auto fsm = opened(t0);
  fsm.ended(t0 + 1s, 0.0);
  fsm.connecting(t0 + 2s);
  fsm.connected(t0 + 2s);
  fsm.welcomed({}, t0 + 2s);
  fsm.ended(t0 + 3s, 0.0);
  EXPECT_EQ(fsm.connect_at(), t0 + 3s + 250ms) << "a hub that welcomes and drops is not well";
  fsm.connecting(t0 + 4s);
  fsm.connected(t0 + 4s);
  fsm.welcomed({}, t0 + 4s);
  fsm.ended(t0 + 20s, 0.0);
  EXPECT_EQ(fsm.connect_at(), t0 + 20s + 125ms);
}

TEST(LinkFsm, AGreetingThatStallsIsGivenUp) {
  LinkFsm fsm{LinkTimes{}};
  EXPECT_EQ(fsm.connecting(t0), t0 + 15s);
  fsm.connected(t0 + 1s);
  EXPECT_EQ(fsm.next_tick(), t0 + 16s);
  EXPECT_EQ(fsm.tick(t0 + 15s), LinkFsm::Action::none);
  EXPECT_EQ(fsm.tick(t0 + 16s), LinkFsm::Action::give_up);
}

TEST(LinkFsm, HeartbeatsComeAsOftenAsTheHubAsked) {
  auto fsm = opened(t0);
  EXPECT_EQ(fsm.next_tick(), t0 + 5s);
  EXPECT_EQ(fsm.tick(t0 + 4s), LinkFsm::Action::none);
  EXPECT_EQ(fsm.tick(t0 + 5s), LinkFsm::Action::heartbeat);
  EXPECT_EQ(fsm.tick(t0 + 6s), LinkFsm::Action::none);
}

TEST(LinkFsm, ASilentHubIsGivenUpAndAnyFrameCountsAsLife) {
  auto fsm = opened(t0);
  fsm.frame_received(t0 + 10s);
  EXPECT_NE(fsm.tick(t0 + 39s), LinkFsm::Action::give_up);
  EXPECT_EQ(fsm.tick(t0 + 40s), LinkFsm::Action::give_up);
}

TEST(LinkFsm, AbsurdTimesOfTheHubAreBroughtIntoRange) {
  LinkFsm fsm{LinkTimes{}};
  fsm.connecting(t0);
  fsm.connected(t0);
  proto::Welcome welcome;
  welcome.heartbeat = 0ms;
  welcome.silence = 0ms;
  fsm.welcomed(welcome, t0);
  EXPECT_GT(fsm.next_tick(), t0);
  EXPECT_NE(fsm.tick(t0 + 10ms), LinkFsm::Action::give_up);
}

TEST(LinkFsm, GoAwayIsObeyed) {
  auto fsm = opened(t0);
  fsm.told_to_go({"restart", false, 2s});
  fsm.ended(t0 + 60s, 0.0);
  EXPECT_EQ(fsm.state(), LinkFsm::State::away);
  EXPECT_EQ(fsm.connect_at(), t0 + 62s + 125ms);
  fsm.connecting(t0 + 63s);
  fsm.ended(t0 + 63s, 0.0);
  EXPECT_EQ(fsm.connect_at(), t0 + 63s + 250ms) << "what an earlier hub asked for is over";
}

TEST(LinkFsm, AFinalGoAwayEndsTheAgent) {
  auto fsm = opened(t0);
  fsm.told_to_go({"revoked", true, 0ms});
  fsm.ended(t0 + 1s, 0.0);
  EXPECT_EQ(fsm.state(), LinkFsm::State::refused);
  EXPECT_EQ(fsm.reason(), "revoked");
}

}  // namespace
}  // namespace dirbridge::agent
