// What is sent in one modify, and what an answer means for each job.
#include "unit/agent/batch_plan_fixture.hpp"

namespace dirbridge::agent {
namespace {

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

// As on OpenLDAP, in small.
DirectoryRules growing() {
  DirectoryRules rules;
  rules.most_values = 8;
  rules.most_bytes = 100'000;
  return rules;
}

TEST_F(BatchPlanTest, TheChunksOfALargeJobGrowWhileTheServerIsQuick) {
  settings.limits.max_values = 1;
  settings.most = {8, 100'000};
  start({add(1, {"a", "b", "c", "d", "e", "f", "g", "h"})});
  plan->adopt(growing());
  sends("+a", answered(0));
  sends("+b +c +d +e", answered(0));
  sends("+f +g +h", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanTest, TheyDoNotGrowBeyondWhatSettingsRulesAndTimeAllow) {
  const std::initializer_list<std::string> values{"a", "b", "c", "d", "e", "f"};
  settings.limits.max_values = 2;
  start({add(1, values)});  // the settings
  plan->adopt(growing());
  sends("+a +b", answered(0));
  sends("+c +d", answered(0));
  settings.most = {100, 100'000};
  start({add(2, values)});  // the rules
  plan->adopt(DirectoryRules{});
  sends("+a +b", answered(0));
  sends("+c +d", answered(0));
  settings.most = {100, 90};
  start({add(3, values)});  // bytes
  plan->adopt(growing());
  sends("+a +b", answered(0));
  sends("+c +d", answered(0));
  settings.most = {100, 100'000};
  start({add(4, values)});  // time
  plan->adopt(growing());
  expect<BatchPlan::Send>();
  now += 26ms;
  plan->on_reply(answered(0), now);
  sends("+c +d", answered(0));
  sends("+e +f", answered(0));
  done();
}

TEST_F(BatchPlanTest, WhatIsNeitherQuickNorSlowKeepsItsSizeAndWhatIsSlowLosesIt) {
  settings.limits.max_values = 1;
  settings.most = {8, 100'000};
  start({add(1, {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"})});
  plan->adopt(growing());
  sends("+a", answered(0));
  const auto takes = [&](const std::string& last, milliseconds time) {
    const auto send = expect<BatchPlan::Send>();
    EXPECT_EQ(send.request.add.back().rdn_value(), last);
    now += time;
    plan->on_reply(answered(0), now);
  };
  takes("e", 60ms);
  takes("i", 200ms);
  sends("+j", answered(0));
  sends("+k", answered(0));
  done();
}

TEST_F(BatchPlanTest, TwoUsersWithOneNameToUsAreTwoValues) {
  auto delivered = make_delivered(1, proto::Action::add, {"a", "b"});
  auto change = std::move(delivered.change).take();
  change.members[0].dn = "cn=Zo\xC3\xAB,dc=x";
  change.members[1].dn = "cn=Zoe\xCC\x88,dc=x";
  delivered.change = change;
  start({agent::make_job(delivered, t0, t0, 250ms)});
  const auto send = expect<BatchPlan::Send>();
  EXPECT_EQ(send.request.add.size(), 2u);
  change.members[1].stable_id = change.members[0].stable_id;
  delivered.change = change;
  start({agent::make_job(delivered, t0, t0, 250ms)});
  EXPECT_EQ(expect<BatchPlan::Send>().request.add.size(), 1u);
}

// As ldap::Client says where the account may not see the members.
const Error hidden{errc::denied, "the agent's account may not see all values"};

TEST_F(BatchPlanTest, WhereMembersAreHiddenTheServersWordOnOneValueCounts) {
  start({add(1, {"a"})});
  sends("+a", answered(20));
  reads(1, hidden);
  done();
  EXPECT_EQ(finding(1, 0).verdict, Verdict::already);
  EXPECT_EQ(finding(1, 0).evidence, Evidence::result);
  start({remove(2, {"a"})});
  sends("-a", answered(16));
  reads(1, hidden);
  done();
  EXPECT_EQ(finding(2, 0).verdict, Verdict::already);
  start({remove(3, {"a"})});
  sends("-a", answered(50));
  reads(1, hidden);
  done();
  EXPECT_EQ(finding(3, 0).verdict, Verdict::refused);
  EXPECT_EQ(finding(3, 0).code, 50);
}

TEST_F(BatchPlanTest, WhereMembersAreHiddenSeveralValuesAreRefusedAndNeighboursAreNot) {
  start({add(1, {"a", "b"}), add(2, {"c"})});
  sends("+a +b +c", answered(20));
  reads(3, hidden);
  sends("+a +b", answered(20));
  reads(2, hidden);
  sends("+c", answered(0));
  done();
  EXPECT_EQ(finding(1, 0).verdict, Verdict::refused);
  EXPECT_NE(finding(1, 0).advice.find("may not see"), std::string::npos);
  EXPECT_EQ(verdict(2), Verdict::applied);
}

TEST_F(BatchPlanTest, WhereMembersAreHiddenALostChangeStaysUnknown) {
  start({add(1, {"a"})});
  sends("+a", fate(lost));
  reads(1, hidden);
  now += 60s;
  expect<BatchPlan::Read>();
  EXPECT_EQ(unknown.count(1), 1u);
  EXPECT_EQ(final.count(1), 0u);
}

TEST_F(BatchPlanTest, ALargeJobBeginsAtThePaceOfTheOneBeforeIt) {
  settings.limits.max_values = 2;
  settings.most = {8, 100'000};
  start({add(1, {"a"})});
  EXPECT_FALSE(plan->pace()) << "nothing is known from a job of one chunk";
  start({add(2, {"a", "b", "c", "d", "e", "f"})});
  plan->adopt(growing());
  sends("+a +b", answered(0));
  sends("+c +d +e +f", answered(0));
  ASSERT_TRUE(plan->pace());
  settings.pace = *plan->pace();
  const std::initializer_list<std::string> next{"a", "b", "c", "d", "e", "f", "g", "h", "i"};
  start({add(3, next)});
  plan->adopt(growing());
  sends("+a +b +c +d +e +f +g +h", answered(21));
  sends("+a +b", answered(0));
  EXPECT_EQ(plan->pace()->max_values, 0u) << "what was refused at that pace is no recommendation";
  start({add(4, next)});
  plan->adopt(DirectoryRules{});
  sends("+a +b", answered(0));
}

TEST_F(BatchPlanTest, AJobThatMayRunAlreadyIsReadInItsChunksWhateverThePace) {
  settings.limits.max_values = 2;
  settings.most = settings.pace = {8, 100'000};
  JobOptions options;
  options.reconcile = true;
  start({add(1, {"a", "b", "c"}, options)});
  plan->adopt(growing());
  now += options.remaining;
  reads(2, std::vector<bool>{true, true});
}

TEST_F(BatchPlanTest, WhatHasGrownAndIsRefusedGoesInItsChunksAgain) {
  settings.limits.max_values = 2;
  settings.most = {8, 100'000};
  start({add(1, {"a", "b", "c", "d", "e", "bad", "g", "h", "i", "j", "k", "l"})});
  plan->adopt(growing());
  sends("+a +b", answered(0));
  sends("+bad +c +d +e +g +h +i +j", answered(21));
  sends("+c +d", answered(0));
  sends("+bad +e", answered(21));
  reads(2, std::vector<bool>{false, false});
  sends("+g +h", answered(0));
  sends("+i +j", answered(0));
  sends("+k +l", answered(0));
  done();
  EXPECT_EQ(finding(1, 4).verdict, Verdict::refused);
  EXPECT_EQ(finding(1, 5).verdict, Verdict::refused);
  for (const std::size_t value : {0, 1, 2, 3, 6, 7, 8, 9, 10, 11})
    EXPECT_EQ(finding(1, value).verdict, Verdict::applied);
}

TEST_F(BatchPlanTest, WhatHasGrownAndIsLostIsReadAndWhatIsLeftOfItGoesInChunks) {
  settings.limits.max_values = 2;
  settings.most = {8, 100'000};
  start({add(1, {"a", "b", "c", "d", "e", "f", "g", "h"})});
  plan->adopt(growing());
  sends("+a +b", answered(0));
  sends("+c +d +e +f +g +h", fate(lost));
  reads(6, std::vector<bool>{false, false, false, false, false, true});
  sends("+c +d", answered(0));
  sends("+e +f", answered(0));
  sends("+g", answered(0));
  done();
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(finding(1, 7).evidence, Evidence::read_back);
}

TEST_F(BatchPlanTest, AJobWithANameThatIsNoneIsRefusedUnsentAndItsNeighbourIsNot) {
  start({add(1, {"a", "=x="}), add(2, {"b"})});
  sends("+b", answered(0));
  done();
  EXPECT_EQ(finding(1, 0).verdict, Verdict::not_sent);
  EXPECT_EQ(finding(1, 1).verdict, Verdict::refused);
  EXPECT_EQ(verdict(1), Verdict::refused);
  EXPECT_EQ(verdict(2), Verdict::applied);
}

}  // namespace
}  // namespace dirbridge::agent
