// Random interleavings of callers, agents that lose frames, freeze, crash and reconnect, and time; a model of the
// directory knows what was really executed. Whatever happens, the queue's promises hold. Seeds are fixed: a failure
// repeats.
#include <map>
#include <random>
#include <set>

#include "unit/queue/fixture.hpp"

namespace dirbridge::queue::test {
namespace {

using proto::Evidence;
using proto::Verdict;

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (const auto* name : {"a53Ann", "a53Bob", "a53Cid"}) agents_.push_back({AgentId{name}, true, true, {}});
  }

  void run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      act();
      check();
    }
    finish();
  }

 private:
  struct Held {
    std::shared_ptr<const Job> job;
    Fence lease;
    TimePoint lease_until;
    bool reconcile = false;
    bool cancelled = false;
    std::optional<proto::Outcome> outcome;  // known, not acknowledged yet
  };
  struct Agent {
    AgentId id;
    bool linked = true;
    bool alive = true;
    std::vector<Held> held;  // in the order received: the lane
  };
  struct Model {
    proto::SharedChange change;
    std::uint64_t order = 0;
    bool executed = false;
    Disposition disposition = Disposition::open;
  };

  int pick(int count) { return std::uniform_int_distribution<int>{0, count - 1}(random_); }
  bool chance(int percent) { return pick(100) < percent; }

  void act() {
    auto& agent = agents_[pick(3)];
    switch (pick(12)) {
      case 0:
      case 1: return accept();
      case 2:
      case 3:
      case 4: return poll(agent);
      case 5:
      case 6:
      case 7: return work(agent);
      case 8: return report(agent);
      case 9: return trouble(agent);
      case 10: return renew(agent);
      default: return pass_time();
    }
  }

  void accept() {
    const auto group = std::string{"g"} + std::to_string(pick(3));
    const auto user = std::string{"u"} + std::to_string(pick(2));
    auto what = change(chance(50) ? proto::Action::add : proto::Action::remove, group, {user});
    if (const auto joined = queue_.find_joinable(directory, "00Tprincipal", *what)) {
      EXPECT_EQ(jobs_.at(*joined).disposition, Disposition::open);
      for (const auto& [id, other] : jobs_)
        if (other.disposition == Disposition::open && other.order > jobs_.at(*joined).order) {
          EXPECT_FALSE(proto::contradicts(*other.change, *what)) << id << " came between";
        }
      queue_.extend(*joined, now_ + seconds(pick(15)));
      return;
    }
    auto made = job("j" + std::to_string(++orders_), what, now_ + seconds(pick(15)));
    jobs_[made.id] = {what, orders_};
    EXPECT_TRUE(queue_.enqueue(made));
  }

  void poll(Agent& agent) {
    if (!agent.alive || !agent.linked) return;
    const bool promised = queue_.has_work(agent.id, directory, now_);
    const auto before = queue_.open_jobs();
    const auto deliveries = queue_.lease(agent.id, directory, 1 + pick(3), now_);
    EXPECT_EQ(promised, !deliveries.empty());
    for (const auto& delivery : deliveries) {
      EXPECT_LT(last_fence_, delivery.lease);
      last_fence_ = delivery.lease;
      const auto& model = jobs_.at(delivery.job->id);
      EXPECT_EQ(model.disposition, Disposition::open) << delivery.job->id << " was closed";
      EXPECT_TRUE(delivery.reconcile || now_ < delivery.job->deadline) << delivery.job->id << " must not be executed";
      EXPECT_TRUE(delivery.reconcile || !model.executed) << delivery.job->id << " ran without our knowledge";
    }
    // Order: whatever is older in the group is with the same agent by now.
    for (const auto& delivery : deliveries)
      for (const auto& view : queue_.open_jobs()) {
        const auto& other = jobs_.at(view.job->id);
        if (view.job->change->group.id != delivery.job->change->group.id) continue;
        if (other.order < jobs_.at(delivery.job->id).order && now_ < view.job->deadline) {
          EXPECT_EQ(view.agent, agent.id) << view.job->id << " was passed over for " << delivery.job->id;
        }
      }
    if (chance(10)) {  // the frame is lost with its connection
      agent.linked = false;
      return;
    }
    for (const auto& delivery : deliveries) {
      agent.held.push_back({delivery.job, delivery.lease, delivery.lease_until, delivery.reconcile, false, {}});
      if (is_behind_a_failed_one(agent, agent.held.back())) agent.held.back().outcome = all(Verdict::not_sent);
    }
  }

  // The lane: the first job of a group that has no outcome yet.
  void work(Agent& agent) {
    if (!agent.alive) return;
    std::set<std::string> busy;
    for (auto& held : agent.held) {
      if (held.outcome) continue;
      if (!busy.insert(held.job->change->group.id).second) continue;
      if (chance(50)) continue;
      held.outcome = is_behind_a_failed_one(agent, held) ? all(Verdict::not_sent) : decide(held);
      give_back_behind(agent, held);
      return;
    }
  }

  // An agent that gives a job back gives back what contradicts it and came later, too: otherwise the redelivery undoes
  // it. That holds for what it has and, until the report is acknowledged, for what arrives.
  static bool is_behind_a_failed_one(const Agent& agent, const Held& held) {
    for (const auto& earlier : agent.held) {
      if (&earlier == &held) return false;
      if (!earlier.outcome || !proto::contradicts(*earlier.job->change, *held.job->change)) continue;
      const auto verdict = earlier.outcome->verdict();
      if (verdict == Verdict::retryable || verdict == Verdict::not_sent) return true;
    }
    return false;
  }
  static void give_back_behind(Agent& agent, const Held& failed) {
    const auto verdict = failed.outcome->verdict();
    if (verdict != Verdict::retryable && verdict != Verdict::not_sent) return;
    for (auto* later = &failed + 1; later != agent.held.data() + agent.held.size(); ++later) {
      auto& held = agent.held[static_cast<std::size_t>(later - agent.held.data())];
      if (held.outcome || !proto::contradicts(*failed.job->change, *held.job->change)) continue;
      held.outcome = all(Verdict::not_sent);
      give_back_behind(agent, held);  // it comes back, too
    }
  }

  proto::Outcome decide(const Held& held) {
    auto& model = jobs_.at(held.job->id);
    if (held.reconcile && model.executed) return all(Verdict::applied, Evidence::read_back);
    // Reading the other state proves nothing until nobody can execute it under an older lease: settling takes that
    // long.
    if (held.reconcile && may_still_run(held)) return all(Verdict::unknown);
    // The last questions before the send: cancelled? past the deadline? is the lease still mine?
    if (held.cancelled || now_ >= held.job->deadline || now_ >= held.lease_until)
      return all(Verdict::not_sent, held.reconcile ? Evidence::read_back : Evidence::none);
    if (chance(15)) return all(Verdict::retryable, held.reconcile ? Evidence::read_back : Evidence::result);
    if (chance(10)) return all(Verdict::refused, Evidence::result);
    execute(held.job->id, model);
    return chance(80) ? all(Verdict::applied, Evidence::result) : all(Verdict::unknown);
  }

  bool may_still_run(const Held& held) const {
    return std::ranges::any_of(agents_, [&](const Agent& agent) {
      return agent.alive && std::ranges::any_of(agent.held, [&](const Held& other) {
               return other.job->id == held.job->id && other.lease != held.lease && !other.outcome &&
                      now_ < other.lease_until;
             });
    });
  }

  void execute(const JobId& id, Model& model) {
    EXPECT_EQ(model.disposition, Disposition::open) << id << " was executed after it was closed";
    EXPECT_FALSE(model.executed) << id << " was executed twice";
    for (const auto& [other_id, other] : jobs_)
      if (other.executed && other.order > model.order) {
        EXPECT_FALSE(proto::contradicts(*other.change, *model.change)) << id << " undoes " << other_id;
      }
    model.executed = true;
  }

  void report(Agent& agent) {
    if (!agent.alive || !agent.linked) return;
    for (std::size_t i = 0; i < agent.held.size(); ++i) {
      auto& held = agent.held[i];
      if (!held.outcome || chance(30)) continue;
      const bool final = held.outcome->verdict() != Verdict::unknown || chance(50);
      Step step;
      const auto status = queue_.report(agent.id, held.job->id, held.lease, final, *held.outcome, now_, step);
      EXPECT_TRUE(status == AckStatus::accepted || step.close.empty()) << "only an accepted report closes anything";
      if (final || status != AckStatus::accepted) {
        agent.held.erase(agent.held.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        held.outcome = std::nullopt;  // to be settled
        held.reconcile = true;
      }
      return carry_out(step);
    }
  }

  void renew(Agent& agent) {
    if (!agent.alive || !agent.linked) return;
    for (auto& held : agent.held) {
      queue_.renew(agent.id, held.lease, now_);
      const auto view = queue_.view(held.job->id);
      if (view && view->agent == agent.id && view->lease == held.lease) held.lease_until = now_ + settings_.lease;
    }
  }

  void trouble(Agent& agent) {
    switch (pick(6)) {
      case 0: agent.linked = false; return;
      case 1:
        agent.alive = agent.linked = false;
        agent.held.clear();
        return;
      case 2:  // silent for too long: its session is over, and it has to come back before anything else
        agent.linked = false;
        return carry_out(queue_.agent_gone(agent.id, now_));
      default: break;
    }
    std::vector<proto::OpenJobs::Held> open;
    for (const auto& held : agent.held)
      open.push_back({held.job->id, held.lease, held.outcome ? proto::Holding::sent : proto::Holding::waiting});
    Step step;
    const auto settled = queue_.reconnect(agent.id, directory, open, agent.alive, now_, step);
    EXPECT_EQ(settled.keep.size() + settled.drop.size(), open.size());
    std::erase_if(agent.held, [&](const Held& held) {
      return !held.outcome && std::ranges::find(settled.drop, held.lease) != settled.drop.end();
    });
    for (auto& held : agent.held)
      if (std::ranges::find(settled.keep, held.lease) != settled.keep.end()) held.lease_until = now_ + settings_.lease;
    agent.alive = agent.linked = true;
    carry_out(step);
  }

  void pass_time() {
    now_ += milliseconds{pick(4000)};
    carry_out(queue_.expire(now_));
    EXPECT_GT(queue_.next_expiry(), now_);
  }

  void carry_out(const Step& step) {
    for (const auto& close : step.close) {
      auto& model = jobs_.at(close.job);
      EXPECT_EQ(model.disposition, Disposition::open) << close.job << " was closed twice";
      EXPECT_FALSE(queue_.view(close.job)) << close.job << " is closed and still there";
      model.disposition = close.disposition;
      switch (close.disposition) {
        case Disposition::applied:
        case Disposition::applied_late: EXPECT_TRUE(model.executed) << close.job; break;
        case Disposition::not_started:
        case Disposition::cancelled: EXPECT_FALSE(model.executed) << close.job; break;
        default: break;
      }
    }
    for (const auto& cancel : step.cancel) {
      if (chance(50)) continue;  // the word is slow, or lost
      for (auto& agent : agents_)
        for (auto& held : agent.held)
          if (held.lease == cancel.lease) held.cancelled = true;
    }
  }

  void check() {
    std::map<std::string, AgentId> owner;
    for (const auto& view : queue_.open_jobs()) {
      EXPECT_EQ(jobs_.at(view.job->id).disposition, Disposition::open);
      if (view.agent.empty()) continue;
      const auto [at, is_new] = owner.try_emplace(view.job->change->group.id, view.agent);
      EXPECT_EQ(at->second, view.agent) << "two agents hold jobs of " << at->first;
    }
  }

  // Everything ends once the agents behave.
  void finish() {
    for (int i = 0; i < 400 && queue_.size() > 0 && !::testing::Test::HasFailure(); ++i) {
      for (auto& agent : agents_) {
        if (!agent.alive || !agent.linked) {
          Step step;
          queue_.reconnect(agent.id, directory, {}, false, now_, step);
          agent.held.clear();
          agent.alive = agent.linked = true;
          carry_out(step);
        }
        for (const auto& delivery : queue_.lease(agent.id, directory, 10, now_)) {
          const Held held{delivery.job, delivery.lease, delivery.lease_until, delivery.reconcile, false, {}};
          agent.held.push_back(held);
        }
        for (auto& held : agent.held) {
          held.reconcile |= held.outcome.has_value();  // what it sent without word is read now
          if (!held.outcome || held.outcome->verdict() == Verdict::unknown) held.outcome = decide(held);
          give_back_behind(agent, held);
          Step step;
          queue_.report(agent.id, held.job->id, held.lease, true, *held.outcome, now_, step);
          carry_out(step);
        }
        agent.held.clear();
        check();
      }
      now_ += 1s;
      carry_out(queue_.expire(now_));
    }
    EXPECT_EQ(queue_.size(), 0u);
    for (const auto& [id, model] : jobs_) EXPECT_NE(model.disposition, Disposition::open) << id << " never ended";
  }

  static milliseconds seconds(int count) { return milliseconds{count * 1000 + 1}; }

  std::mt19937 random_;
  QueueSettings settings_{
      .lease = 5s, .max_deliveries = 4, .backoff_base = 250ms, .backoff_max = 1s, .max_open_jobs = 100'000};
  JobQueue queue_{settings_, 3};
  TimePoint now_ = t0;
  std::vector<Agent> agents_;
  std::map<JobId, Model> jobs_;
  std::uint64_t orders_ = 0;
  Fence last_fence_;
};

}  // namespace

TEST(Interleavings, NeverBreakAPromise) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World{seed}.run(400);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace dirbridge::queue::test
