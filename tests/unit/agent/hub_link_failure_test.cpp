// A hub that stalls, breaks the protocol, refuses, leaves, or is told to go.
#include "unit/agent/hub_link_fixture.hpp"

namespace dirbridge::agent {
namespace {

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

}  // namespace
}  // namespace dirbridge::agent
