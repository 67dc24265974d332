#include "agent/batch_plan.hpp"

#include <algorithm>
#include <cassert>
#include <unordered_set>
#include <utility>

#include "ldap/server_kind.hpp"

namespace dirbridge::agent {
namespace {

using proto::Evidence;
using proto::Finding;
using proto::Verdict;

}  // namespace

BatchPlan::BatchPlan(std::vector<JobPtr> jobs, PlanSettings settings)
    : jobs_(std::move(jobs)), settings_(settings), tracked_(jobs_.size()) {
  assert(!jobs_.empty());
  target_ = jobs_.front()->target;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    const auto count = jobs_[i]->values.size();
    tracked_[i] = {std::vector<Finding>(count), std::vector<bool>(count), count, false};
  }
  refuse_unparsable();
  make_units();
  if (!units_.empty()) begin_unit();
}

void BatchPlan::refuse_unparsable() {
  for (std::uint32_t i = 0; i < jobs_.size(); ++i) {
    const auto& job = *jobs_[i];
    if (!job.bad_target.empty()) {
      for (std::uint32_t v = 0; v < job.values.size(); ++v)
        resolve({i, v}, {Verdict::refused,
                         Evidence::none,
                         0,
                         job.bad_target,
                         "The group's name cannot be parsed: import again.",
                         {}});
      continue;
    }
    if (job.bad.empty()) continue;
    for (const auto& bad : job.bad)
      resolve({i, bad.index},
              {Verdict::refused, Evidence::none, 0, bad.reason, "The user's name cannot be parsed: import again.", {}});
    for (std::uint32_t v = 0; v < job.values.size(); ++v)
      if (!tracked_[i].known[v])
        resolve({i, v}, {Verdict::not_sent,
                         Evidence::none,
                         0,
                         {},
                         "Nothing of this request was sent: another of its users has a name that cannot be parsed.",
                         {}});
  }
}

void BatchPlan::make_units() {
  std::vector<Item> items;
  for (std::uint32_t i = 0; i < jobs_.size(); ++i)
    for (std::uint32_t v = 0; v < tracked_[i].known.size(); ++v)
      if (!tracked_[i].known[v]) items.push_back({i, v});
  for (auto& made : chunks_of(std::move(items))) {
    made.haunted = jobs_.front()->reconcile;
    units_.push_back(std::move(made));
  }
  if (jobs_.size() != 1 || units_.size() < 2) return;
  is_large_ = true;
  grown_ = {std::min(settings_.pace.max_values, settings_.most.max_values),
            std::min(settings_.pace.max_bytes, settings_.most.max_bytes)};
  if (!unit().haunted) put_together();
}

std::optional<LaneLimits> BatchPlan::pace() const {
  if (!is_large_) return std::nullopt;
  return settings_.most.max_values == 0 ? LaneLimits{0, 0} : grown_;
}

// A batch of several jobs fits by construction (GroupLane); one large job goes in chunks.
std::vector<BatchPlan::Unit> BatchPlan::chunks_of(std::vector<Item> items) const {
  std::vector<Unit> chunks;
  std::size_t bytes = 0;
  for (const auto& item : items) {
    const auto more = wire_bytes(value_of(item));
    const bool full = !chunks.empty() && (chunks.back().items.size() >= settings_.limits.max_values ||
                                          bytes + more > settings_.limits.max_bytes);
    if (chunks.empty() || (full && jobs_.size() == 1)) {
      chunks.emplace_back();
      bytes = 0;
    }
    chunks.back().items.push_back(item);
    bytes += more;
  }
  return chunks;
}

// After a modify that was quick four times as much goes at once, after one that was neither quick nor slow as much as
// before.
void BatchPlan::grow(milliseconds took) {
  // So quick is a server that finds its values fast and has a disk of its own: with four times as many it still is.
  constexpr milliseconds quick{25};
  constexpr std::size_t factor = 4;
  if (jobs_.size() != 1 || units_.size() < 2 || unit().haunted) return;
  if (took > quick * factor) grown_ = {0, 0};
  const auto more = [](std::size_t now, std::size_t start, std::size_t most) {
    return std::min(most, factor * std::max(now, start));
  };
  if (took <= quick)
    grown_ = {more(grown_.max_values, settings_.limits.max_values, settings_.most.max_values),
              more(grown_.max_bytes, settings_.limits.max_bytes, settings_.most.max_bytes)};
  put_together();
}

// The chunks at the front, as many as may go at once.
void BatchPlan::put_together() {
  const auto bytes_of = [this](const Unit& one) {
    std::size_t bytes = 0;
    for (const auto& item : one.items) bytes += wire_bytes(value_of(item));
    return bytes;
  };
  auto whole = std::move(unit());
  units_.pop_front();
  for (auto bytes = bytes_of(whole); !units_.empty(); units_.pop_front()) {
    const auto& next = units_.front();
    bytes += bytes_of(next);
    if (whole.items.size() + next.items.size() > grown_.max_values || bytes > grown_.max_bytes) break;
    whole.items.insert(whole.items.end(), next.items.begin(), next.items.end());
  }
  units_.push_front(std::move(whole));
}

// What has grown and had no effect goes in its chunks again, and so does all that follows.
bool BatchPlan::cut_back() {
  if (jobs_.size() != 1 || grown_.max_values == 0) return false;
  settings_.most = {0, 0};
  auto chunks = chunks_of(unit().items);
  if (chunks.size() < 2) return false;
  const bool haunted = unit().haunted;
  const bool disproved = unit().disproved;
  units_.pop_front();
  for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
    chunk->haunted = haunted;
    chunk->disproved = disproved;
    units_.push_front(std::move(*chunk));
  }
  phase_ = Phase::ready;
  return true;
}

void BatchPlan::adopt(const DirectoryRules& rules) {
  if (touched_) return;
  settings_.rules = rules;
  settings_.limits.max_values = std::min(settings_.limits.max_values, rules.max_values);
  settings_.limits.max_bytes = std::min(settings_.limits.max_bytes, rules.max_bytes);
  settings_.most = {std::min(settings_.most.max_values, rules.most_values),
                    std::min(settings_.most.max_bytes, rules.most_bytes)};
  if (units_.empty()) return;
  units_.clear();
  make_units();
  if (!units_.empty()) begin_unit();
}

void BatchPlan::begin_unit() {
  phase_ = unit().haunted ? Phase::reading : Phase::ready;
  trace_ = unit().haunted ? Trace::elsewhere : Trace::none;
  other_since_.reset();
  backoff_ = {};
  last_ = {};
}

void BatchPlan::finish_unit() {
  units_.pop_front();
  trace_ = Trace::none;
  paused_until_.reset();
  if (!units_.empty()) begin_unit();
}

// Halves, not single jobs at once: one bad job among 256 costs some sixteen modifies instead of 256.
void BatchPlan::split_unit() {
  auto whole = std::move(unit());
  units_.pop_front();
  std::vector<std::uint32_t> jobs;
  for (const auto& item : whole.items)
    if (jobs.empty() || jobs.back() != item.job) jobs.push_back(item.job);
  const auto first_of_second = jobs[jobs.size() / 2];
  const auto middle = std::find_if(whole.items.begin(), whole.items.end(),
                                   [&](const Item& item) { return item.job >= first_of_second; });
  Unit second{{middle, whole.items.end()}, 0, whole.haunted, whole.disproved, false, Unit::StandIn::untouched};
  whole.stand_in = Unit::StandIn::untouched;
  whole.items.erase(middle, whole.items.end());
  whole.sends = 0;
  units_.push_front(std::move(second));
  units_.push_front(std::move(whole));
  phase_ = Phase::ready;
}

void BatchPlan::resolve(const Item& item, Finding finding) {
  auto& tracked = tracked_[item.job];
  assert(!tracked.known[item.value]);
  tracked.known[item.value] = true;
  tracked.findings[item.value] = std::move(finding);
  if (--tracked.open == 0)
    progress_.push_back({jobs_[item.job], true, proto::Outcome::from_values(std::move(tracked.findings))});
}

void BatchPlan::resolve_rest(const Finding& finding) {
  for (const auto& item : unit().items) resolve(item, finding);
  unit().items.clear();
}

void BatchPlan::refuse_job(const Item& item, Finding finding) {
  const auto job = item.job;
  if (!tracked_[job].known[item.value]) resolve(item, std::move(finding));
  for (auto& one : units_)
    std::erase_if(one.items, [&](const Item& other) {
      if (other.job != job) return false;
      if (!tracked_[job].known[other.value])
        resolve(other, {Verdict::not_sent,
                        Evidence::none,
                        0,
                        {},
                        "Nothing of this was changed: another user of the same request is refused.",
                        {}});
      return true;
    });
}

void BatchPlan::drop_dead(Unit& unit, TimePoint now) {
  std::erase_if(unit.items, [&](const Item& item) {
    const auto& job = *jobs_[item.job];
    if (job.may_start(now)) return false;
    Finding finding{Verdict::not_sent, Evidence::none, 0, trouble_, job.why_not_started(now), {}};
    if (unit.disproved) {
      finding.evidence = Evidence::read_back;
      finding.advice =
          "It may have been sent, but no answer came; reading showed that it had no effect, and it can have none any "
          "more.";
    }
    resolve(item, std::move(finding));
    return true;
  });
}

bool BatchPlan::any_may_start(TimePoint now) {
  return std::any_of(unit().items.begin(), unit().items.end(),
                     [&](const Item& item) { return jobs_[item.job]->may_start(now); });
}

void BatchPlan::tell_unknown() {
  const Finding unknown{Verdict::unknown,
                        Evidence::none,
                        0,
                        trouble_,
                        // Of a delivery before this one nobody knows here.
                        std::string{trace_ == Trace::elsewhere ? "It may have been sent" : "It was sent"} +
                            ", and the directory has not answered: its state is read until the truth is known.",
                        {}};
  for (const auto& item : unit().items) {
    auto& tracked = tracked_[item.job];
    if (std::exchange(tracked.told_unknown, true)) continue;
    auto findings = tracked.findings;
    for (std::size_t v = 0; v < findings.size(); ++v)
      if (!tracked.known[v]) findings[v] = unknown;
    progress_.push_back({jobs_[item.job], false, proto::Outcome::from_values(std::move(findings))});
  }
}

BatchPlan::Step BatchPlan::next(TimePoint now) {
  // While something holds the batch up, what has not been sent must not miss its end.
  if (paused_until_ || trace_ != Trace::none)
    for (std::size_t i = 1; i < units_.size(); ++i)
      if (!units_[i].haunted) drop_dead(units_[i], now);
  while (!units_.empty()) {
    if (phase_ == Phase::ready) {
      if (unit().haunted) {
        if (!any_may_start(now)) {
          trace_ = Trace::elsewhere;
          phase_ = Phase::reading;
        }
      } else {
        drop_dead(unit(), now);
      }
      if (unit().items.empty()) {
        finish_unit();
        continue;
      }
    }
    if (paused_until_ && now < *paused_until_) return Pause{*paused_until_};
    paused_until_.reset();
    if (phase_ == Phase::ready && must_look_first()) {
      auto all = unit().items;
      std::ranges::stable_partition(all, [this](const Item& item) { return jobs_[item.job]->is_add(); });
      look_for(Purpose::before_send, std::move(all));
    }
    switch (phase_) {
      case Phase::ready: return send(now);
      case Phase::sent:  // the answer has not been told yet
      case Phase::waiting: return Wait{now + settings_.settle_interval};
      case Phase::looking: return begin_look(now);
      case Phase::locating: return Locate{jobs_.front()->group.stable_id, now + settings_.read_timeout};
      case Phase::reading: break;
    }
    Read read{target_, jobs_.front()->attribute, {}, now + settings_.read_timeout};
    read.values.reserve(unit().items.size());
    for (const auto& item : unit().items) read.values.push_back(value_of(item));
    return read;
  }
  return Done{};
}

BatchPlan::Step BatchPlan::send(TimePoint now) {
  Send send{{target_, jobs_.front()->attribute, {}, {}, {}}, TimePoint::max(), now, {}};
  std::unordered_set<std::string_view> listed;  // two callers may ask for the same value
  listed.reserve(unit().items.size());
  for (const auto& item : unit().items) {
    const auto& job = jobs_[item.job];
    if (send.jobs.empty() || send.jobs.back() != job) {
      send.jobs.push_back(job);
      send.send_by = std::min(send.send_by, job->startable_until());
      send.answer_by = std::max(send.answer_by, job->start_by);
    }
    const auto& value = value_of(item);
    // Of two users with one name to us, but not to the server, each is meant: what tells them apart is the id.
    const std::string_view identity =
        value.stable_id().empty() ? ldap::key_for(value, settings_.rules.kind) : value.stable_id();
    if (listed.insert(identity).second) (job->is_add() ? send.request.add : send.request.remove).push_back(value);
  }
  if (unit().stand_in == Unit::StandIn::comes) send.request.add.push_back(settings_.last_member.stand_in);
  if (unit().stand_in == Unit::StandIn::leaves) send.request.remove.push_back(settings_.last_member.stand_in);
  unit().looked = false;  // what was seen is old once this one is over
  send.request.correlation = join_requests(send.jobs);
  ++unit().sends;
  sent_at_ = now;
  phase_ = Phase::sent;
  return send;
}

std::vector<BatchPlan::Progress> BatchPlan::take_progress() { return std::exchange(progress_, {}); }

}  // namespace dirbridge::agent
