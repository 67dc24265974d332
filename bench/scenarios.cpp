#include "bench/scenarios.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "bench/load.hpp"
#include "bench/process_use.hpp"

namespace dirbridge::bench {
namespace {

// Opens connections and fills caches; measured by nobody, verified like the rest.
constexpr auto warm_up = std::chrono::milliseconds{300};

struct Story {
  std::string what;
  std::vector<Seat> seats;
  std::function<Sample(RawLdap&, std::span<Seat>, Duration)> raw;
};

Story story_of(const std::string& name, const Plan& plan, const Organisation& organisation) {
  const auto one_at_a_time = [](RawLdap& raw, std::span<Seat> seats, Duration length) {
    return raw.one_at_a_time(seats, length);
  };
  const std::string callers = std::to_string(plan.callers);
  if (name == "latency") {
    return {"one change at a time of a group of 10, nothing else going on", organisation.latency_seats(),
            one_at_a_time};
  }
  if (name == "distinct") {
    return {callers + " callers, each changing a group of 10 of its own; libldap: one connection, " +
                std::to_string(plan.window) + " modifies under way",
            organisation.distinct_seats(),
            [window = plan.window](RawLdap& raw, std::span<Seat> seats, Duration length) {
              return raw.pipelined(seats, window, length);
            }};
  }
  if (name == "merge") {
    return {callers + " callers changing one group of 1,000; libldap: one modify per change",
            organisation.merge_seats(), one_at_a_time};
  }
  throw std::logic_error("no scenario " + name);
}

class CpuMeter {
 public:
  CpuMeter(const Stage& stage, bool with_full_path) {
    if (with_full_path) processes_ = {{"hub", stage.full.hub()}, {"agent", stage.full.agent()}};
    processes_.emplace_back("slapd", stage.slapd);
    for (const auto& [name, pid] : processes_) before_.push_back(cpu_time(pid));
    own_before_ = own_cpu_time();
  }
  std::vector<CpuUse> read() const {
    std::vector<CpuUse> uses;
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      uses.push_back({processes_[i].first, cpu_time(processes_[i].second) - before_[i]});
    }
    uses.push_back({"bench", own_cpu_time() - own_before_});
    return uses;
  }

 private:
  std::vector<std::pair<std::string, pid_t>> processes_;
  std::vector<Duration> before_;
  Duration own_before_;
};

// Reads every group of the seats; throws if it contradicts the answers. Seats without a clear answer say nothing, and
// take no further part: their change may still be on its way.
void verify(Scenario& scenario, std::vector<Seat>& seats, Stage& stage) {
  std::set<std::string> groups;
  for (const Seat& seat : seats) groups.insert(seat.group_dn);
  for (const std::string& group : groups) {
    auto found = stage.raw.members(group);
    auto expected = stage.organisation.expected(group, seats);
    for (const Seat& seat : seats) {
      if (seat.group_dn != group || seat.certain) continue;
      found.erase(seat.user_dn);
      expected.erase(seat.user_dn);
    }
    ++scenario.groups_checked;
    std::vector<std::string> differences;
    std::ranges::set_symmetric_difference(found, expected, std::back_inserter(differences));
    if (differences.empty()) continue;
    // Nothing measured on a lie is worth printing.
    throw std::runtime_error("an answer of 200 was not true: " + differences.front() +
                             (found.contains(differences.front()) ? " is in " : " is not in ") + group + " (" +
                             std::to_string(differences.size()) + " differences in this group)");
  }
}

}  // namespace

const std::vector<std::string>& scenario_names() {
  static const std::vector<std::string> names = {"latency", "distinct", "merge"};
  return names;
}

Scenario run_scenario(const std::string& name, const Plan& plan, Stage& stage) {
  Story story = story_of(name, plan, stage.organisation);
  Scenario scenario{name, story.what, {}, 0};
  auto& seats = story.seats;
  stage.full.identify(seats);
  Load load{stage.loop, stage.full.url(), stage.full.directory(), stage.full.token(), seats.size()};
  std::vector<Seat> set_aside;  // still part of the group, no longer changed

  const auto run_raw = [&](Duration length) {
    const CpuMeter meter{stage, false};
    Side side;
    side.sample = story.raw(stage.raw, seats, length);
    side.cpu = meter.read();
    return side;
  };
  const auto run_full = [&](Duration length) {
    const CpuMeter meter{stage, true};
    Side side;
    side.sample = load.run(seats, length);
    side.cpu = meter.read();
    std::vector<Seat> all = seats;
    all.insert(all.end(), set_aside.begin(), set_aside.end());
    verify(scenario, all, stage);
    const auto uncertain =
        std::stable_partition(seats.begin(), seats.end(), [](const Seat& seat) { return seat.certain; });
    set_aside.insert(set_aside.end(), uncertain, seats.end());
    seats.erase(uncertain, seats.end());
    if (seats.empty()) {
      throw std::runtime_error(name + ": no caller got a 200; said instead: " + side.sample.failures.begin()->first);
    }
    return side;
  };

  run_raw(warm_up);
  run_full(warm_up);
  for (int i = 0; i < plan.rounds; ++i) {
    stage.progress(name + " " + std::to_string(i + 1) + "/" + std::to_string(plan.rounds));
    Round round;
    if (i % 2 == 0) {
      round.raw = run_raw(plan.length);
      round.full = run_full(plan.length);
    } else {
      round.full = run_full(plan.length);
      round.raw = run_raw(plan.length);
    }
    scenario.rounds.push_back(std::move(round));
  }
  return scenario;
}

}  // namespace dirbridge::bench
