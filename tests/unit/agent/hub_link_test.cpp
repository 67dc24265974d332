// What an agent says and does in a session that goes well: enrolment, polls, jobs, reports, leases.
#include "unit/agent/hub_link_fixture.hpp"

namespace dirbridge::agent {
namespace {

TEST_F(HubLinkTest, ANewAgentEnrolsProvesItselfAndKeepsItsIdentity) {
  start(false);
  ASSERT_TRUE(connected(1));
  const auto hello = hear_a<proto::Hello>();
  EXPECT_TRUE(hello.agent.empty());
  EXPECT_EQ(hello.enrol_code, "code-1");
  EXPECT_EQ(hello.public_key, identity->public_key());
  tell(proto::Enrolled{AgentId{"a53new"}, DirectoryId{"0oanew"}});
  tell(proto::Challenge{to_base64url(random_bytes(32))});
  hear_a<proto::Proof>();
  const auto kept = read_file(folder.path() + "/agent.json");
  ASSERT_TRUE(kept);
  EXPECT_NE(kept->find("a53new"), std::string::npos) << "on disk before it is used";
  hub().abort();
  ASSERT_TRUE(connected(2));
  const auto again = hear_a<proto::Hello>();
  EXPECT_EQ(again.agent, AgentId{"a53new"});
  EXPECT_TRUE(again.enrol_code.empty());
  EXPECT_EQ(again.instance, hello.instance);
}

TEST_F(HubLinkTest, AnIdentityThatCannotBeKeptEndsTheAgent) {
  start(false);
  ASSERT_TRUE(connected(1));
  hear_a<proto::Hello>();
  std::filesystem::remove_all(folder.path());
  tell(proto::Enrolled{AgentId{"a53new"}, DirectoryId{"0oanew"}});
  ASSERT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
  EXPECT_FALSE(*outcome);
}

TEST_F(HubLinkTest, AfterWelcomeItSaysWhatItHoldsAndOnlyThenPolls) {
  owner.holding = {{JobId{"ADS9"}, {1, 9}, proto::Holding::waiting}};
  start();
  ASSERT_TRUE(connected(1));
  greet();
  const auto open_jobs = hear_a<proto::OpenJobs>();
  ASSERT_EQ(open_jobs.jobs.size(), 1u);
  EXPECT_EQ(open_jobs.jobs[0].state, proto::Holding::waiting);
  const auto beat = hear_a<proto::Heartbeat>();
  EXPECT_EQ(beat.directory_state, "unhealthy");
  EXPECT_EQ(beat.directory_detail, "bind: invalid credentials");
  EXPECT_EQ(hear_a<proto::Poll>().credit, 4u);
  EXPECT_EQ(hear_a<proto::Poll>().credit, 4u);
}

TEST_F(HubLinkTest, ADryRunIsHandedOnAndItsAnswerGoesToTheHub) {
  start();
  ASSERT_TRUE(connected(1));
  EXPECT_GE(greet().version, proto::previewing_version);
  const auto change = *make_delivered(1, proto::Action::add, {"u1"}).change;
  tell(proto::Preview{proto::PreviewId{"dry1"}, 5s, {}, change});
  ASSERT_TRUE(run_until(loop, [&] { return !owner.previews.empty(); }));
  EXPECT_EQ(owner.previews[0].change, change);
  proto::PreviewResult answer;
  answer.preview = owner.previews[0].preview;
  answer.status = proto::PreviewStatus::unavailable;
  EXPECT_TRUE(link->send(answer));
  EXPECT_EQ(await_a<proto::PreviewResult>().preview, answer.preview);
}

TEST_F(HubLinkTest, AsManyPollsAreKeptOpenAsToldAndTheyShareTheCredit) {
  settings.polls = 3;
  start();
  ASSERT_TRUE(connected(1));
  open();
  EXPECT_EQ(hear_a<proto::Poll>().credit, 2u);  // 8 = 3 + 3 + 2
}

TEST_F(HubLinkTest, JobsAreDeliveredWithLocalTimesAndTheNextPollFollowsAtOnce) {
  start();
  ASSERT_TRUE(connected(1));
  const auto polls = open();
  const auto before = std::chrono::steady_clock::now();
  give(polls[0].poll, {1, 2});
  const auto next = hear_a<proto::Poll>();
  ASSERT_EQ(owner.delivered.size(), 2u);
  EXPECT_EQ(next.credit, 2u) << "8 in all, 2 held, 4 in the other poll";
  EXPECT_LE(owner.delivered[0]->lease_until, before + 12s + 1s);
  EXPECT_GT(owner.delivered[0]->lease_until, before + 11s);
}

TEST_F(HubLinkTest, AJobLeasedLongBeforeItWasReadIsExpired) {
  start();
  ASSERT_TRUE(connected(1));
  const auto polls = open();
  proto::Jobs jobs{polls[0].poll, hub_now() - 15'000, {make_delivered(1, proto::Action::add, {"u1"})}};
  tell(std::move(jobs));
  ASSERT_TRUE(run_until(loop, [&] { return !owner.delivered.empty(); }));
  EXPECT_FALSE(owner.delivered[0]->may_start(std::chrono::steady_clock::now()));
}

TEST_F(HubLinkTest, AnEmptyAnswerIsFollowedByANewPoll) {
  start();
  ASSERT_TRUE(connected(1));
  const auto polls = open();
  tell(proto::Jobs{polls[1].poll, hub_now(), {}});
  EXPECT_EQ(hear_a<proto::Poll>().credit, 4u);
}

TEST_F(HubLinkTest, AFullAgentDoesNotPollUntilAReportIsAcknowledged) {
  start();
  ASSERT_TRUE(connected(1));
  const auto polls = open();
  give(polls[0].poll, {1, 2, 3, 4});
  give(polls[1].poll, {5, 6, 7, 8});
  ASSERT_TRUE(run_until(loop, [&] { return owner.delivered.size() == 8; }));
  for (const std::uint64_t number : {1, 2, 3, 4}) {
    link->report(report(number));
    hear_a<proto::Report>();  // and no poll before it
  }
  tell(proto::OpenJobsAck{});  // a moment at which it looks for room
  tell(proto::ReportAck{{1, 1}, proto::ReportStatus::accepted});
  EXPECT_EQ(hear_a<proto::Poll>().credit, 1u);
}

TEST_F(HubLinkTest, MoreJobsThanAskedForEndTheSession) {
  start();
  ASSERT_TRUE(connected(1));
  const auto polls = open();
  give(polls[0].poll, {1, 2, 3, 4, 5});
  ASSERT_TRUE(connected(2));
  EXPECT_TRUE(owner.delivered.empty());
}

TEST_F(HubLinkTest, JobsNobodyAskedForEndTheSession) {
  start();
  ASSERT_TRUE(connected(1));
  open();
  give(999, {1});
  ASSERT_TRUE(connected(2));
  EXPECT_TRUE(owner.delivered.empty());
}

TEST_F(HubLinkTest, AFinalReportIsHeldAndSentAgainAfterAReconnectUntilItsAck) {
  start();
  ASSERT_TRUE(connected(1));
  open();
  link->report(report(1));
  hear_a<proto::Report>();
  hub().abort();
  ASSERT_TRUE(connected(2));
  greet();
  const auto held = hear_a<proto::OpenJobs>();
  ASSERT_EQ(held.jobs.size(), 1u) << "or the hub would think that the job never arrived";
  EXPECT_EQ(held.jobs[0].state, proto::Holding::sent);
  EXPECT_EQ(hear_a<proto::Report>().lease, (proto::Fence{1, 1}));
  tell(proto::ReportAck{{1, 1}, proto::ReportStatus::late});
  tell(proto::HeartbeatAck{0, 0});
  hub().abort();
  ASSERT_TRUE(connected(3));
  greet();
  EXPECT_TRUE(hear_a<proto::OpenJobs>().jobs.empty());
}

TEST_F(HubLinkTest, AReportMadeWhileThereIsNoSessionIsSentInTheNext) {
  connect_errors = {Error{errc::unavailable, "refused"}};
  start();
  link->report(report(1));
  EXPECT_FALSE(link->is_open());
  ASSERT_TRUE(connected(1));
  greet();
  EXPECT_EQ(hear_a<proto::OpenJobs>().jobs.size(), 1u);
  hear_a<proto::Report>();
}

TEST_F(HubLinkTest, HeldLeasesAreRenewedAndReachFurtherOnlyWhenTheHubHasSeenIt) {
  start();
  ASSERT_TRUE(connected(1));
  const auto polls = open();
  give(polls[0].poll, {1}, 300ms);
  const auto renew = await_a<proto::Renew>();
  EXPECT_EQ(renew.leases, (std::vector<proto::Fence>{{1, 1}}));
  const auto beat = hear_a<proto::Heartbeat>();
  const auto until = owner.delivered.at(0)->lease_until;
  tell(proto::HeartbeatAck{beat.sent, hub_now()});
  ASSERT_TRUE(run_until(loop, [&] { return owner.delivered[0]->lease_until > until; }));
}

TEST_F(HubLinkTest, AFinishedJobIsNotRenewed) {
  start();
  ASSERT_TRUE(connected(1));
  const auto polls = open();
  give(polls[0].poll, {1, 2}, 60ms);
  ASSERT_TRUE(run_until(loop, [&] { return owner.delivered.size() == 2; }));
  link->report(report(1));
  EXPECT_EQ(await_a<proto::Renew>().leases, (std::vector<proto::Fence>{{1, 2}}));
}

TEST_F(HubLinkTest, CancelsDropsAndImportsReachTheirOwner) {
  start();
  ASSERT_TRUE(connected(1));
  open();
  tell(proto::Cancel{JobId{"ADS1"}, {1, 1}, "deadline"});
  tell(proto::OpenJobsAck{{}, {{1, 2}}});
  tell(proto::ImportRequest{ImportId{"imp1"}, RequestId{"r"}});
  tell(proto::ImportAck{ImportId{"imp1"}, 0});
  ASSERT_TRUE(run_until(loop, [&] { return !owner.import_acks.empty(); }));
  EXPECT_EQ(owner.cancelled.size(), 1u);
  EXPECT_EQ(owner.dropped.size(), 1u);
  EXPECT_EQ(owner.imports.size(), 1u);
}

TEST_F(HubLinkTest, AfterStopPollingTheOpenPollsAreNotRenewedAndFlushWaitsForTheAcks) {
  start();
  ASSERT_TRUE(connected(1));
  const auto polls = open();
  link->stop_polling();
  link->report(report(1));
  hear_a<proto::Report>();
  std::optional<bool> flushed;
  asio::co_spawn(
      loop,
      [](HubLink& its, std::optional<bool>& done) -> asio::awaitable<void> {
        done = co_await its.flush(std::chrono::steady_clock::now() + 10s);
      }(*link, flushed),
      asio::detached);
  tell(proto::Jobs{polls[0].poll, hub_now(), {}});
  loop.poll();
  EXPECT_FALSE(flushed);
  tell(proto::ReportAck{{1, 1}, proto::ReportStatus::accepted});
  ASSERT_TRUE(run_until(loop, [&] { return flushed.has_value(); }));
  EXPECT_TRUE(*flushed);
  asio::co_spawn(loop, link->close(1s), asio::detached);
  ASSERT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
  EXPECT_THROW(hear(), std::runtime_error) << "no poll after stop_polling()";
}

}  // namespace
}  // namespace dirbridge::agent
