// From the caller's POST to the agent's frames and back, over a real ledger and a real loop.
#include "hub_fixture.hpp"

namespace dirbridge::hub {
namespace {

using proto::Action;
using proto::Evidence;
using proto::Outcome;
using proto::Verdict;

class Delivery : public HubFixture {
 public:
  void report(PlayedAgent& agent, const proto::DeliveredJob& job, Outcome outcome, bool final = true) {
    agent.say(proto::Report{job.job, job.lease, final, std::move(outcome), 1ms, "modify cn=g"});
  }
  void poll(PlayedAgent& agent, std::uint64_t number = 1) { agent.say(proto::Poll{number, 16, 10'000ms}); }
  asio::awaitable<proto::DeliveredJob> take(PlayedAgent& agent) {
    auto jobs = co_await agent.hear<proto::Jobs>();
    if (jobs.jobs.empty()) throw std::runtime_error("an empty jobs frame");
    co_return jobs.jobs.front();
  }
  Outcome one(Verdict verdict, int code = 0, std::string diagnostic = {}) {
    return Outcome::all(1, verdict, Evidence::result, code, std::move(diagnostic));
  }
};

TEST_F(Delivery, WithoutAConnectedAgentTheAnswerIs502AtOnceAndNoJobIsMade) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 5'000ms);
    co_await test->until_answered(answer);
    EXPECT_EQ(answer->error->status, 502);
    EXPECT_EQ(answer->error->code, "E0000236");
    co_await test->settle();
    EXPECT_TRUE(test->hub_->store.views().jobs({}, false, {}, 10).empty());
  }(this));
}

TEST_F(Delivery, AChangeTheDirectoryAppliedIsAnswered200AndShowsInTheCatalog) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    test->poll(agent);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 5'000ms);
    const auto job = co_await test->take(agent);
    EXPECT_EQ(job.change->group.dn, "cn=g,ou=groups,dc=example,dc=org");
    EXPECT_EQ(job.change->members.at(0).stable_id, "uuid-u0");
    EXPECT_GT(job.remaining, 0ms);
    test->report(agent, job, test->one(Verdict::applied));
    EXPECT_EQ((co_await agent.hear<proto::ReportAck>()).status, proto::ReportStatus::accepted);
    co_await test->until_answered(answer);
    EXPECT_FALSE(answer->error);
    co_await test->settle();
    const auto members = test->hub_->store.views().members(test->group_, {});
    EXPECT_EQ(members.size(), 1u);
  }(this));
}

TEST_F(Delivery, ARefusalIsAnswered400WithTheDirectorysWords) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    test->poll(agent);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 5'000ms);
    const auto job = co_await test->take(agent);
    test->report(agent, job, test->one(Verdict::refused, 50, "no write access to parent"));
    co_await test->until_answered(answer);
    EXPECT_EQ(answer->error->status, 400);
    EXPECT_NE(answer->error->to_json().find("no write access to parent"), std::string::npos);
  }(this));
}

TEST_F(Delivery, AJobThatNoAgentTookByItsDeadlineIsNotStartedAndIsNeverDeliveredAfterwards) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);  // connected, and not polling
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 50ms);
    co_await test->until_answered(answer);
    EXPECT_EQ(answer->error->status, 504);
    EXPECT_EQ(answer->error->code, "E0000237");
    co_await test->until_disposition(answer->job, "not_started");
    agent.say(proto::Poll{1, 16, 20ms});
    EXPECT_TRUE((co_await agent.hear<proto::Jobs>()).jobs.empty());
  }(this));
}

TEST_F(Delivery, ADeadlineTellsTheAgentToCancelAndAJobItHadNotSentIsCancelled) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    test->poll(agent);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 80ms);
    const auto job = co_await test->take(agent);
    EXPECT_EQ((co_await agent.hear<proto::Cancel>()).lease, job.lease);
    co_await test->until_answered(answer);
    EXPECT_EQ(answer->error->status, 504);
    test->report(agent, job, Outcome::all(1, Verdict::not_sent));
    co_await test->until_disposition(job.job, "cancelled");
  }(this));
}

TEST_F(Delivery, ALateWordOfTheDirectoryMakesTheJobAppliedLateAndTheCatalogFollows) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    test->poll(agent);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 80ms);
    const auto job = co_await test->take(agent);
    test->report(agent, job, Outcome::all(1, Verdict::unknown), false);
    co_await test->until_answered(answer);
    EXPECT_EQ(answer->error->status, 504);
    test->report(agent, job, test->one(Verdict::applied));
    co_await test->until_disposition(job.job, "applied_late");
    co_await test->settle();
    EXPECT_EQ(test->hub_->store.views().members(test->group_, {}).size(), 1u);
  }(this));
}

TEST_F(Delivery, AnEqualChangeOfTheSamePrincipalJoinsTheOpenJobAndBothAreAnswered) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    test->poll(agent);
    std::optional<ModifyAnswer> first, second, opposite;
    test->post(first, Action::add, "00uu0", 5'000ms);
    const auto job = co_await test->take(agent);
    test->post(second, Action::add, "00uu0", 5'000ms);
    test->report(agent, job, Outcome::all(1, Verdict::unknown), false);  // a round trip: the second is registered now
    test->poll(agent, 2);
    test->post(opposite, Action::remove, "00uu0", 5'000ms);
    const auto next = co_await test->take(agent);
    EXPECT_EQ(next.change->action, Action::remove);
    test->report(agent, job, test->one(Verdict::applied));
    test->report(agent, next, test->one(Verdict::applied));
    co_await test->until_answered(first);
    co_await test->until_answered(second);
    co_await test->until_answered(opposite);
    EXPECT_EQ(first->job, second->job);
    EXPECT_NE(first->job, opposite->job);
    co_await test->settle();
    EXPECT_EQ(test->hub_->store.views().job(first->job)->requests.size(), 2u);
  }(this));
}

TEST_F(Delivery, AfterAReconnectOfTheSameProcessAJobThatNeverReachedItIsDeliveredAgain) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    test->poll(agent);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 5'000ms);
    co_await test->take(agent);
    auto again = test->dial();  // the frame was lost with the old socket
    again.id = agent.id;
    again.key = std::move(agent.key);
    co_await test->come_back(again);
    test->poll(again);
    const auto job = co_await test->take(again);
    EXPECT_FALSE(job.reconcile);
    test->report(again, job, test->one(Verdict::applied));
    co_await test->until_answered(answer);
    EXPECT_FALSE(answer->error);
  }(this));
}

TEST_F(Delivery, AfterARestartOfTheHubAReportUnderTheOldEpochIsAdopted) {
  auto agent = dial();
  proto::DeliveredJob job;
  play([](Delivery* test, PlayedAgent& a, proto::DeliveredJob& taken) -> asio::awaitable<void> {
    co_await test->furnish();
    co_await test->enrol(a);
    test->poll(a);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 5'000ms);
    taken = co_await test->take(a);
  }(this, agent, job));
  stop();
  start();
  auto again = dial();
  again.id = agent.id;
  again.key = std::move(agent.key);
  play([](Delivery* test, PlayedAgent& a, proto::DeliveredJob& taken) -> asio::awaitable<void> {
    std::vector<proto::OpenJobs::Held> held;
    held.push_back({taken.job, taken.lease, proto::Holding::sent});
    co_await test->come_back(a, std::move(held));
    test->report(a, taken, test->one(Verdict::applied));
    EXPECT_EQ((co_await a.hear<proto::ReportAck>()).status, proto::ReportStatus::accepted);
    co_await test->settle();
    const auto row = test->hub_->store.views().job(taken.job);
    EXPECT_EQ(row->disposition, "applied");
  }(this, again, job));
}

TEST_F(Delivery, AfterARestartAJobWhoseAgentForgotItIsHandedOutToBeReadNotToBeWritten) {
  auto agent = dial();
  proto::DeliveredJob job;
  play([](Delivery* test, PlayedAgent& a, proto::DeliveredJob& taken) -> asio::awaitable<void> {
    co_await test->furnish();
    co_await test->enrol(a);
    test->poll(a);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 100ms);
    taken = co_await test->take(a);
    co_await test->until_answered(answer);  // its deadline has passed when the hub goes down
  }(this, agent, job));
  stop();
  start();
  auto again = dial();
  again.id = agent.id;
  again.key = std::move(agent.key);
  again.instance = "second-process";
  play([](Delivery* test, PlayedAgent& a, proto::DeliveredJob& taken) -> asio::awaitable<void> {
    co_await test->come_back(a);
    test->poll(a);
    const auto again_taken = co_await test->take(a);
    EXPECT_EQ(again_taken.job, taken.job);
    EXPECT_TRUE(again_taken.reconcile);
    EXPECT_GT(again_taken.lease, taken.lease);
    test->report(a, again_taken, Outcome::all(1, Verdict::already, Evidence::read_back));
    co_await test->until_disposition(taken.job, "applied_late");
  }(this, again, job));
}

TEST_F(Delivery, ARetryableJobComesBackToAnOpenPollWhenItsBackOffIsOver) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    test->poll(agent, 1);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 15'000ms);
    const auto job = co_await test->take(agent);
    test->poll(agent, 2);  // stays open for longer than hear() waits
    test->report(agent, job, test->one(Verdict::retryable, 53, "the server is read-only"));
    const auto again = co_await test->take(agent);
    EXPECT_EQ(again.job, job.job);
    EXPECT_EQ(again.delivery, 2);
    test->report(agent, again, test->one(Verdict::applied));
    co_await test->until_answered(answer);
    EXPECT_FALSE(answer->error);
  }(this));
}

TEST_F(Delivery, A504HasTheReasonOfTheLastAttempt) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    test->poll(agent, 1);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 700ms);
    const auto job = co_await test->take(agent);
    test->poll(agent, 2);
    test->report(agent, job,
                 Outcome::all(1, Verdict::retryable, Evidence::result, 10, "", "writes belong to ldap://primary"));
    // The second delivery is still open when the deadline comes.
    const auto again = co_await test->take(agent);
    EXPECT_EQ(again.job, job.job);
    co_await test->until_answered(answer);
    EXPECT_EQ(answer->error->status, 504);
    EXPECT_EQ(answer->error->code, "E0000237");
    EXPECT_NE(answer->error->to_json().find("the agent says: LDAP result 10: writes belong to ldap://primary"),
              std::string::npos)
        << answer->error->to_json();
    test->report(agent, again, Outcome::all(1, Verdict::not_sent));
    co_await test->until_disposition(job.job, "cancelled");
  }(this));
}

TEST_F(Delivery, A504OfAJobThatWaitedForAnUnhealthyDirectorySaysWhatTheAgentSays) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    agent.say(proto::Heartbeat{1, "unhealthy", "the password has expired"});
    co_await agent.hear<proto::HeartbeatAck>();
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 80ms);
    co_await test->until_answered(answer);
    EXPECT_EQ(answer->error->status, 504);
    EXPECT_NE(answer->error->to_json().find("the agent says: the password has expired"), std::string::npos)
        << answer->error->to_json();
  }(this));
}

TEST_F(Delivery, AJobWhoseLeaseLapsedComesToAnOpenPoll) {
  stop();
  settings_.queue.lease = 200ms;
  start();
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto silent = test->dial();
    co_await test->enrol(silent);
    test->poll(silent);
    std::optional<ModifyAnswer> answer;
    test->post(answer, Action::add, "00uu0", 15'000ms);
    const auto job = co_await test->take(silent);  // and is not heard of again
    auto other = test->dial();
    co_await test->enrol(other);
    test->poll(other);
    const auto again = co_await test->take(other);
    EXPECT_EQ(again.job, job.job);
    EXPECT_TRUE(again.reconcile);
    test->report(other, again, test->one(Verdict::applied));
    co_await test->until_answered(answer);
    EXPECT_FALSE(answer->error);
  }(this));
}

TEST_F(Delivery, AGroupOfAnotherDirectoryIs400AndAnUnknownOneIs404) {
  play([](Delivery* test) -> asio::awaitable<void> {
    co_await test->furnish();
    proto::ModifyBody body{GroupId{"00gnone"}, Action::add, "member", {UserId{"00uu0"}}};
    const Principal principal{TokenId{"00T1"}, "t", {}};
    auto deadline = std::chrono::steady_clock::now() + 1s;
    auto unknown =
        co_await test->hub_->memberships.modify(principal, test->directory_, body, new_request_id(), deadline);
    EXPECT_EQ(unknown.error->status, 404);
    EXPECT_NE(unknown.error->summary.find("(UserGroup)"), std::string::npos);
    auto nowhere =
        co_await test->hub_->memberships.modify(principal, DirectoryId{"0oanone"}, body, new_request_id(), deadline);
    EXPECT_NE(nowhere.error->summary.find("(AppInstance)"), std::string::npos);
    body.group = test->group_;
    body.attribute = "uniqueMember";
    auto attribute =
        co_await test->hub_->memberships.modify(principal, test->directory_, body, new_request_id(), deadline);
    EXPECT_EQ(attribute.error->status, 400);
    body.attribute = "MEMBER";
    body.values = {UserId{"00unone"}};
    auto user = co_await test->hub_->memberships.modify(principal, test->directory_, body, new_request_id(), deadline);
    EXPECT_EQ(user.error->status, 404);
    EXPECT_NE(user.error->summary.find("(User)"), std::string::npos);
  }(this));
}

}  // namespace
}  // namespace dirbridge::hub
