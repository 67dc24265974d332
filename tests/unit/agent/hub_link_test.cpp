// The link against a hub played by hand over a WebSocket in memory, which fails at each step.
#include "agent/hub_link.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "support/paired_web_socket.hpp"
#include "support/run_until.hpp"
#include "support/temporary_folder.hpp"
#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;
using dirbridge::test::PairedWebSocket;
using dirbridge::test::run_until;

std::int64_t hub_now() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Owner final : LinkOwner {
  std::vector<JobPtr> delivered;
  std::vector<proto::Cancel> cancelled;
  std::vector<proto::Fence> dropped;
  std::vector<proto::OpenJobs::Held> holding;
  std::vector<proto::ImportRequest> imports;
  std::vector<proto::ImportAck> import_acks;
  int ended = 0;
  bool throws = false;
  ldap::DirectoryStatus status{ldap::DirectoryState::unhealthy, "ldap://x", "bind: invalid credentials"};

  void deliver(std::vector<JobPtr> jobs) override {
    if (throws) throw std::runtime_error("a bug");
    for (auto& job : jobs) delivered.push_back(std::move(job));
  }
  void cancel(const proto::Cancel& cancel) override { cancelled.push_back(cancel); }
  void drop(const proto::Fence& lease) override { dropped.push_back(lease); }
  std::vector<proto::OpenJobs::Held> held() const override { return holding; }
  ldap::DirectoryStatus directory_status() const override { return status; }
  void import_requested(const proto::ImportRequest& request) override { imports.push_back(request); }
  void import_acknowledged(const proto::ImportAck& ack) override { import_acks.push_back(ack); }
  void session_ended() override { ++ended; }
};

struct HubLinkTest : testing::Test {
  asio::io_context loop;
  tests::TemporaryFolder folder;
  std::optional<Identity> identity;
  Owner owner;
  LinkSettings settings{
      .times = {.reconnect_base = 2ms, .reconnect_max = 4ms, .greeting_timeout = 5s, .proven_after = 1ms},
      .credit = 8,
      .name = "tester",
      .software = "dirbridge/test",
      .enrol_code = Secret{"code-1"}};
  milliseconds heartbeat{60'000};
  milliseconds silence{600'000};
  std::vector<std::unique_ptr<PairedWebSocket>> hubs;  // the hub's ends, one per connection
  std::deque<Error> connect_errors;
  std::size_t attempts = 0;
  std::unique_ptr<HubLink> link;
  std::optional<result<void>> outcome;

  void start(bool enrolled = true) {
    auto opened = Identity::open(folder.path());
    ASSERT_TRUE(opened) << opened.error().message();
    identity.emplace(std::move(*opened));
    if (enrolled) {
      ASSERT_TRUE(identity->enrolled(AgentId{"a53one"}, DirectoryId{"0oaone"}));
    }
    link = std::make_unique<HubLink>(
        loop.get_executor(), settings, *identity, owner,
        [this](TimePoint) -> asio::awaitable<result<std::unique_ptr<net::WebSocket>>> {
          ++attempts;
          if (!connect_errors.empty()) {
            auto error = connect_errors.front();
            connect_errors.pop_front();
            co_return error;
          }
          auto [agent_end, hub_end] = PairedWebSocket::make(loop.get_executor());
          hubs.push_back(std::move(hub_end));
          std::unique_ptr<net::WebSocket> end = std::move(agent_end);
          co_return end;
        },
        system_clock());
    asio::co_spawn(
        loop,
        [](HubLink& its, std::optional<result<void>>& end) -> asio::awaitable<void> { end = co_await its.run(); }(
                                                               *link, outcome),
        asio::detached);
  }
  void TearDown() override {
    if (!link || outcome) return;
    asio::co_spawn(loop, link->close(1s), asio::detached);
    EXPECT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
  }

  PairedWebSocket& hub() { return *hubs.back(); }
  void tell(const proto::HubFrame& frame) { hub().send(proto::to_json(frame)); }
  // The next frame of the agent.
  proto::AgentFrame hear() {
    std::optional<result<std::string>> text;
    asio::co_spawn(
        loop,
        [](PairedWebSocket& end, std::optional<result<std::string>>& heard) -> asio::awaitable<void> {
          heard = co_await end.read();
        }(hub(), text),
        asio::detached);
    if (!run_until(loop, [&] { return text.has_value(); })) throw std::runtime_error("the agent says nothing");
    if (!*text) throw std::runtime_error("the agent has gone: " + text->error().message());
    auto frame = proto::parse_agent_frame(**text);
    if (!frame) throw std::runtime_error("the agent said " + **text + ": " + frame.error().message());
    return std::move(*frame);
  }
  template <class Frame>
  Frame hear_a() {
    auto frame = hear();
    if (auto* wanted = std::get_if<Frame>(&frame)) return std::move(*wanted);
    throw std::runtime_error("unexpected frame " + std::string{proto::frame_type(frame)});
  }
  // Skips what comes before.
  template <class Frame>
  Frame await_a() {
    for (;;) {
      auto frame = hear();
      if (auto* wanted = std::get_if<Frame>(&frame)) return std::move(*wanted);
    }
  }
  bool connected(std::size_t times) {
    return run_until(loop, [&] { return hubs.size() >= times; });
  }
  proto::Hello greet() {
    auto hello = hear_a<proto::Hello>();
    const auto nonce = to_base64url(random_bytes(32));
    tell(proto::Challenge{nonce});
    const auto proof = hear_a<proto::Proof>();
    EXPECT_TRUE(verify_signature(identity->public_key(),
                                 proto::challenge_text(nonce, identity->agent(), hello.instance), proof.signature));
    tell(proto::Welcome{identity->directory(), 1, hub_now(), heartbeat, silence});
    return hello;
  }
  // Up to and with the two polls.
  std::vector<proto::Poll> open() {
    greet();
    hear_a<proto::OpenJobs>();
    hear_a<proto::Heartbeat>();
    std::vector<proto::Poll> polls;
    polls.push_back(hear_a<proto::Poll>());
    polls.push_back(hear_a<proto::Poll>());
    return polls;
  }
  void give(std::uint64_t poll, std::initializer_list<std::uint64_t> numbers, milliseconds lease = 12s) {
    proto::Jobs jobs{poll, hub_now(), {}};
    for (const auto number : numbers)
      jobs.jobs.push_back(make_delivered(number, proto::Action::add, {"u1"}, {.lease = lease}));
    tell(std::move(jobs));
  }
  static proto::Report report(std::uint64_t number, bool final = true) {
    return {JobId{"ADS" + std::to_string(number)},           {1, number}, final,
            proto::Outcome::all(1, proto::Verdict::applied), {},          {}};
  }
};

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
  EXPECT_EQ(Identity::open(folder.path())->agent(), AgentId{"a53new"}) << "on disk before it is used";
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

TEST_F(HubLinkTest, HeartbeatsAreSentAndASilentHubIsLeft) {
  heartbeat = 10ms;
  silence = 60ms;
  start();
  ASSERT_TRUE(connected(1));
  open();
  const auto first = await_a<proto::Heartbeat>();
  const auto second = await_a<proto::Heartbeat>();
  EXPECT_LT(first.sent, second.sent);
  ASSERT_TRUE(connected(2));
  EXPECT_EQ(owner.ended, 1);
}

TEST_F(HubLinkTest, AHubThatStallsInTheGreetingIsLeft) {
  settings.times.greeting_timeout = 30ms;
  start();
  ASSERT_TRUE(connected(1));
  hear_a<proto::Hello>();
  ASSERT_TRUE(connected(2));
}

TEST_F(HubLinkTest, FramesOutOfOrderInTheGreetingEndTheSession) {
  const std::vector<proto::HubFrame> wrong{proto::Welcome{DirectoryId{"0oaone"}, 1, 0, 5s, 30s},
                                           proto::Enrolled{AgentId{"a53other"}, DirectoryId{"0oaother"}},
                                           proto::Jobs{1, 0, {}},
                                           proto::ReportAck{{1, 1}, proto::ReportStatus::accepted}};
  start();
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    ASSERT_TRUE(connected(i + 1));
    hear_a<proto::Hello>();
    tell(wrong[i]);
  }
  ASSERT_TRUE(connected(wrong.size() + 1));
  EXPECT_EQ(identity->agent(), AgentId{"a53one"});
}

TEST_F(HubLinkTest, WhatIsNoFrameEndsTheSessionAndNothingElse) {
  start();
  ASSERT_TRUE(connected(1));
  open();
  hub().send("{\"type\":\"jobs\"");
  ASSERT_TRUE(connected(2));
  open();
  EXPECT_FALSE(outcome);
}

TEST_F(HubLinkTest, ABugInTheHandlingOfAFrameCostsTheSessionNotTheProcess) {
  start();
  ASSERT_TRUE(connected(1));
  const auto polls = open();
  owner.throws = true;
  give(polls[0].poll, {1});
  ASSERT_TRUE(connected(2));
  EXPECT_FALSE(outcome);
}

TEST_F(HubLinkTest, AConnectionThatIsRefusedIsTriedAgain) {
  for (int i = 0; i < 3; ++i) connect_errors.push_back(Error{errc::unavailable, "connection refused"});
  start();
  ASSERT_TRUE(connected(1));
  EXPECT_EQ(attempts, 4u);
}

TEST_F(HubLinkTest, AConnectionLostAtEachStepOfTheGreetingIsMadeAgain) {
  start();
  ASSERT_TRUE(connected(1));
  hub().abort();
  ASSERT_TRUE(connected(2));
  hear_a<proto::Hello>();
  hub().abort();
  ASSERT_TRUE(connected(3));
  hear_a<proto::Hello>();
  tell(proto::Challenge{to_base64url(random_bytes(32))});
  hub().abort();
  ASSERT_TRUE(connected(4));
  hear_a<proto::Hello>();
  tell(proto::Challenge{to_base64url(random_bytes(32))});
  hear_a<proto::Proof>();
  hub().abort();
  ASSERT_TRUE(connected(5));
  open();
}

TEST_F(HubLinkTest, AGoAwayIsFollowedByAReconnectAndAFinalOneByTheEnd) {
  start();
  ASSERT_TRUE(connected(1));
  open();
  tell(proto::GoAway{"restart", false, 1ms});
  ASSERT_TRUE(connected(2));
  hear_a<proto::Hello>();
  tell(proto::GoAway{"revoked", true, 0ms});
  ASSERT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
  ASSERT_FALSE(*outcome);
  EXPECT_EQ(outcome->error().code, errc::denied);
  EXPECT_NE(outcome->error().message().find("revoked"), std::string::npos);
}

TEST_F(HubLinkTest, CloseEndsTheLinkWhereverItIs) {
  connect_errors.assign(1'000'000, Error{errc::unavailable, "refused"});
  settings.times.reconnect_base = settings.times.reconnect_max = 1h;
  start();
  ASSERT_TRUE(run_until(loop, [&] { return attempts == 1; }));
  asio::co_spawn(loop, link->close(1s), asio::detached);
  ASSERT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
  EXPECT_TRUE(*outcome);
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
