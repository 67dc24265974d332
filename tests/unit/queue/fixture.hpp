// A queue, a virtual clock and short words for what the tests say about them.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "queue/job_queue.hpp"

namespace dirbridge::queue::test {

inline const DirectoryId directory{"0oaTest"};
inline const AgentId ann{"a53Ann"};
inline const AgentId bob{"a53Bob"};
inline const TimePoint t0 = TimePoint{} + std::chrono::hours{1};

inline proto::SharedChange change(proto::Action action, const std::string& group,
                                  const std::vector<std::string>& users) {
  proto::MembershipChange made;
  made.group = {group, "cn=" + group + ",dc=example", group + "-uuid"};
  made.action = action;
  made.attribute = "member";
  for (const auto& user : users) made.members.push_back({user, "uid=" + user + ",dc=example", user + "-uuid"});
  return made;
}
inline proto::SharedChange add(const std::string& group, const std::vector<std::string>& users) {
  return change(proto::Action::add, group, users);
}
inline proto::SharedChange remove(const std::string& group, const std::vector<std::string>& users) {
  return change(proto::Action::remove, group, users);
}

inline Job job(const std::string& id, proto::SharedChange what, TimePoint deadline = t0 + 10s) {
  return {JobId{id}, directory, "00Tprincipal", RequestId{"req" + id}, std::move(what), deadline};
}

inline proto::Outcome all(proto::Verdict verdict, proto::Evidence evidence = proto::Evidence::none,
                          std::size_t count = 1) {
  return proto::Outcome::all(count, verdict, evidence);
}
inline proto::Outcome mixed(std::vector<proto::Verdict> verdicts) {
  std::vector<proto::Finding> findings;
  for (const auto verdict : verdicts) findings.push_back({verdict, proto::Evidence::result, 0, "", "", {}});
  return proto::Outcome::from_values(std::move(findings));
}

class QueueTest : public ::testing::Test {
 protected:
  using Verdict = proto::Verdict;
  using Evidence = proto::Evidence;

  std::vector<std::string> lease_ids(const AgentId& agent, TimePoint now, std::size_t credit = 100) {
    std::vector<std::string> ids;
    for (const auto& delivery : queue.lease(agent, directory, credit, now)) ids.push_back(delivery.job->id.str());
    return ids;
  }
  Delivery lease_one(const AgentId& agent, TimePoint now) {
    auto deliveries = queue.lease(agent, directory, 1, now);
    EXPECT_EQ(deliveries.size(), 1u);
    return deliveries.empty() ? Delivery{std::make_shared<Job>(job("none", add("none", {}))), {}, 0, false, now}
                              : deliveries.front();
  }
  AckStatus report(const AgentId& agent, const Delivery& delivery, const proto::Outcome& outcome, TimePoint now,
                   bool final = true) {
    return queue.report(agent, delivery.job->id, delivery.lease, final, outcome, now, step);
  }
  // The one job that the last calls closed.
  std::string closed() const {
    std::string text;
    for (const auto& close : step.close)
      text += (text.empty() ? "" : " ") + close.job.str() + ":" + std::string{to_text(close.disposition)};
    return text;
  }
  static std::string closed(const Step& of) {
    std::string text;
    for (const auto& close : of.close)
      text += (text.empty() ? "" : " ") + close.job.str() + ":" + std::string{to_text(close.disposition)};
    return text;
  }
  JobState state(const std::string& id) const {
    const auto view = queue.view(JobId{id});
    EXPECT_TRUE(view);
    return view ? view->state : JobState{};
  }
  using Ids = std::vector<std::string>;

  QueueSettings settings{
      .lease = 12s, .max_deliveries = 3, .backoff_base = 250ms, .backoff_max = 1s, .max_open_jobs = 1000};
  JobQueue queue{settings, 7};
  Step step;
};

}  // namespace dirbridge::queue::test
