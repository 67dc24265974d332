// One failure at a time, at the moment that hurts most: what the caller is told, what the directory holds, what the job
// says.
#include <gtest/gtest.h>

#include <thread>

#include "e2e/world.hpp"

namespace dirbridge::e2e {
namespace {

constexpr auto engineering = "cn=engineering,ou=groups,dc=example,dc=org";
constexpr auto attribute = "member";

class Kills : public ::testing::Test {
 protected:
  Kills() : group(world.group("engineering")), user(world.user("zoe")) {}

  bool directory_has_user() {
    const auto held = world.tools().holds(engineering, attribute, "uid=zoe,ou=people,dc=example,dc=org");
    if (!held) throw std::runtime_error(held.error().message());
    return *held;
  }
  World::Answer add() { return world.modify("ADD", group, attribute, {user}); }
  World::Answer remove() { return world.modify("REMOVE", group, attribute, {user}); }
  // Sends while something is done to the processes; joins before it returns.
  template <class Meanwhile>
  World::Answer add_while(Meanwhile meanwhile) {
    World::Answer answer;
    std::thread caller{[&] { answer = add(); }};
    meanwhile();
    caller.join();
    return answer;
  }

  World world;
  std::string group;
  std::string user;
};

TEST_F(Kills, AKilledAgentIs502AtOnceAndABackAgentIs200Again) {
  World::kill(world.agent());
  world.await_no_agent();
  const auto answer = add();
  EXPECT_EQ(answer.status, 502) << answer.body;
  EXPECT_FALSE(directory_has_user());
  world.start_agent();
  world.await_agent();
  EXPECT_EQ(add().status, 200);
  EXPECT_TRUE(directory_has_user());
}

TEST_F(Kills, AFrozenAgentIs504AndItsJobIsNeverAppliedAfterItThaws) {
  World::freeze(world.agent());
  const auto answer = add();
  EXPECT_EQ(answer.status, 504) << answer.body;
  ASSERT_FALSE(answer.job.empty());
  world.agent().signal(SIGCONT);
  const auto job = world.closed_job(answer.job);
  EXPECT_TRUE(job.at("disposition") == "cancelled" || job.at("disposition") == "not_started") << job.dump(1);
  EXPECT_FALSE(directory_has_user());
  EXPECT_EQ(add().status, 200);
}

// The first job is still with the agent when the second is asked for: it must not be waited for in vain.
TEST_F(Kills, ARetryAfterThe504OfAFrozenAgentIs200OnceItThaws) {
  World::freeze(world.agent());
  const auto first = add();
  EXPECT_EQ(first.status, 504) << first.body;
  const auto retry = add_while([&] { world.agent().signal(SIGCONT); });
  EXPECT_EQ(retry.status, 200) << retry.body;
  EXPECT_NE(retry.job, first.job);
  EXPECT_TRUE(directory_has_user());
  const auto job = world.closed_job(first.job);
  EXPECT_TRUE(job.at("disposition") == "cancelled" || job.at("disposition") == "not_started") << job.dump(1);
}

TEST_F(Kills, AFrozenDirectoryIs504AndThenTheTruth) {
  ASSERT_EQ(remove().status, 200);  // a connection is open and bound
  world.slapd().freeze();
  const auto answer = add();
  EXPECT_EQ(answer.status, 504) << answer.body;
  world.slapd().thaw();
  const auto job = world.closed_job(answer.job);
  EXPECT_EQ(job.at("disposition") == "applied_late", directory_has_user()) << job.dump(1);
}

TEST_F(Kills, ADirectoryFrozenWithTheModifyInItsSocketIs504AndThenAppliedLate) {
  ASSERT_EQ(remove().status, 200);
  world.freeze_slapd_at_modify();
  const auto answer = add();
  EXPECT_EQ(answer.status, 504) << answer.body;
  world.await_modify();
  world.slapd().thaw();
  const auto job = world.closed_job(answer.job);
  EXPECT_EQ(job.at("disposition"), "applied_late") << job.dump(1);
  EXPECT_TRUE(directory_has_user());
}

TEST_F(Kills, AKilledDirectoryThatComesBackEndsInADefiniteVerdict) {
  ASSERT_EQ(remove().status, 200);
  const auto answer = add_while([&] {
    world.slapd().kill();
    const auto back = world.slapd().restart();
    ASSERT_TRUE(back) << back.error().message();
  });
  ASSERT_TRUE(answer.status == 200 || answer.status == 504) << answer.body;
  const auto job = world.closed_job(answer.job);
  const auto disposition = job.at("disposition").get<std::string>();
  EXPECT_EQ(disposition == "applied" || disposition == "applied_late", directory_has_user()) << job.dump(1);
}

// What was sent is unknown while nobody can ask; it is settled when somebody can.
TEST_F(Kills, AModifyLostWithItsDirectoryStaysOpenWhileThatIsAwayAndIsSettledWhenItReturns) {
  ASSERT_EQ(remove().status, 200);
  world.freeze_slapd_at_modify();
  const auto answer = add();
  EXPECT_EQ(answer.status, 504) << answer.body;
  world.await_modify();
  world.slapd().kill();
  // The agent has looked for it, and not found the directory.
  world.await_in_agent_log("ldap.unreachable");
  const auto open = world.job(answer.job);
  EXPECT_EQ(open.at("state"), "reconciling") << open.dump(1);
  const auto back = world.slapd().restart();
  ASSERT_TRUE(back) << back.error().message();
  const auto job = world.closed_job(answer.job);
  EXPECT_EQ(job.at("disposition") == "applied_late", directory_has_user()) << job.dump(1);
  EXPECT_EQ(job.at("disposition"), "cancelled") << job.dump(1);
  EXPECT_EQ(add().status, 200);
  EXPECT_TRUE(directory_has_user());
}

// The same for a hub and an agent that are started anew meanwhile: the question is not forgotten.
TEST_F(Kills, WhatIsUnknownIsSettledEvenIfHubAndAgentWereKilledWhileTheDirectoryWasAway) {
  ASSERT_EQ(remove().status, 200);
  world.freeze_slapd_at_modify();
  const auto answer = add();
  EXPECT_EQ(answer.status, 504) << answer.body;
  world.await_modify();
  world.slapd().kill();
  World::kill(world.agent());
  World::kill(world.hub());
  world.start_hub();
  world.start_agent();
  world.await_agent();
  EXPECT_NE(world.job(answer.job).at("state"), "closed") << "nobody can know yet";
  const auto back = world.slapd().restart();
  ASSERT_TRUE(back) << back.error().message();
  const auto job = world.closed_job(answer.job);
  EXPECT_EQ(job.at("disposition") == "applied_late", directory_has_user()) << job.dump(1);
}

TEST_F(Kills, AnAgentKilledWithAJobInHandIsFollowedByOneThatSettlesIt) {
  ASSERT_EQ(remove().status, 200);
  world.freeze_slapd_at_modify();
  const auto answer = add_while([&] {
    world.await_modify();
    World::kill(world.agent());
    world.slapd().thaw();
    world.start_agent();
  });
  ASSERT_TRUE(answer.status == 200 || answer.status == 504) << answer.body;
  const auto job = world.closed_job(answer.job);
  const auto disposition = job.at("disposition").get<std::string>();
  EXPECT_EQ(disposition == "applied" || disposition == "applied_late", directory_has_user()) << job.dump(1);
}

TEST_F(Kills, AHubKilledWithAnOpenJobSettlesItAfterItsRestart) {
  ASSERT_EQ(remove().status, 200);
  world.freeze_slapd_at_modify();
  World::Answer answer = add_while([&] {
    world.await_modify();
    World::kill(world.hub());
  });
  EXPECT_EQ(answer.status, 0);
  world.slapd().thaw();
  world.start_hub();
  world.await_agent();
  const auto jobs = world.call("GET", "/_dirbridge/v1/jobs?limit=1").json();
  ASSERT_EQ(jobs.size(), 1u);
  const auto job = world.closed_job(jobs.at(0).at("id"));
  const auto disposition = job.at("disposition").get<std::string>();
  EXPECT_EQ(disposition == "applied" || disposition == "applied_late", directory_has_user()) << job.dump(1);
}

TEST_F(Kills, AFrozenHubForgetsNothing) {
  World::Answer answer = add_while([&] {
    World::freeze(world.hub());
    world.hub().signal(SIGCONT);
  });
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(directory_has_user());
}

TEST_F(Kills, AGracefullyStoppedAgentFinishesWhatItHolds) {
  const auto answer = add_while([&] {
    const auto status = world.agent().stop(std::chrono::steady_clock::now() + 15s);
    EXPECT_EQ(status, 0);
  });
  ASSERT_TRUE(answer.status == 200 || answer.status == 502 || answer.status == 504) << answer.body;
  EXPECT_EQ(answer.status == 200, directory_has_user());
}

TEST_F(Kills, TheLedgerHoldsAfterAKilledHub) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(add().status, 200);
    EXPECT_EQ(remove().status, 200);
  }
  World::kill(world.hub());
  int status = 1;
  const auto printed = world.command({"ledger", "verify", world.folder() + "/hub/ledger.sqlite"}, &status);
  EXPECT_EQ(status, 0) << printed;
}

}  // namespace
}  // namespace dirbridge::e2e
