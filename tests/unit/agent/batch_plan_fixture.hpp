// The plan is played by hand: every answer a directory can give, at every step.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>

#include "agent/batch_plan.hpp"
#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent {

using namespace test;
using ldap::ModifyReply;
using proto::Evidence;
using proto::Verdict;

inline ModifyReply answered(int code, std::string diagnostic = {}) {
  return {ModifyReply::Fate::answered, {code, {}, std::move(diagnostic), {}}, {}};
}
inline ModifyReply fate(ModifyReply::Fate fate) { return {fate, {}, Error{errc::closed, "connection reset"}}; }
constexpr auto pending = ModifyReply::Fate::pending;
constexpr auto lost = ModifyReply::Fate::lost;
constexpr auto not_sent = ModifyReply::Fate::not_sent;

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

}  // namespace dirbridge::agent
