#include "agent/group_lane.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/text.hpp"

namespace dirbridge::agent {

std::vector<JobPtr> GroupLane::take_dead(TimePoint now) {
  std::vector<JobPtr> dead;
  const auto alive = std::stable_partition(waiting_.begin(), waiting_.end(),
                                           [now](const JobPtr& job) { return job->reconcile || job->may_start(now); });
  dead.assign(std::make_move_iterator(alive), std::make_move_iterator(waiting_.end()));
  waiting_.erase(alive, waiting_.end());
  return dead;
}

std::vector<JobPtr> GroupLane::take_all() {
  std::vector<JobPtr> all(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  return all;
}

bool GroupLane::drop(const proto::Fence& lease) {
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& job) { return job->lease == lease; });
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  return true;
}

std::vector<JobPtr> GroupLane::take_batch(TimePoint now) {
  std::vector<JobPtr> batch;
  std::erase_if(holds_, [now](const Hold& hold) { return hold.until <= now; });
  if (shut_) return batch;

  std::unordered_map<std::string_view, proto::Action> wanted;  // key of a value → what the batch does to it
  std::size_t values = 0, bytes = 0;
  while (!waiting_.empty()) {
    const auto& job = waiting_.front();
    // What is reconciled is read first, and by itself: its neighbours need not wait for that.
    if (!batch.empty() && (job->reconcile || batch.front()->reconcile)) break;
    if (!job->reconcile && !job->may_start(now)) break;
    if (is_held(*job, now)) break;
    if (!batch.empty() &&
        (job->target != batch.front()->target || !equals_ignore_case(job->attribute, batch.front()->attribute)))
      break;

    // Nobody is there to contradict it, and what it alone holds is cut by the plan: a large job comes this way.
    if (batch.empty() && waiting_.size() == 1) {
      batch.push_back(job);
      waiting_.pop_front();
      break;
    }

    std::size_t more_values = 0, more_bytes = 0;
    bool contradicts = false;
    for (const auto& value : job->values) {
      if (value.empty()) continue;  // could not be parsed: it is refused without being sent
      bool is_new = true;
      for (const auto key : keys_of(value)) {
        const auto found = wanted.find(key);
        if (found == wanted.end()) continue;
        is_new = false;
        contradicts |= found->second != job->action;
      }
      if (contradicts) break;
      if (!is_new) continue;
      ++more_values;
      more_bytes += wire_bytes(value);
    }
    if (contradicts) break;
    if (!batch.empty() && (values + more_values > limits_.max_values || bytes + more_bytes > limits_.max_bytes)) break;
    for (const auto& value : job->values)
      if (!value.empty())
        for (const auto key : keys_of(value)) wanted.emplace(key, job->action);
    values += more_values;
    bytes += more_bytes;
    batch.push_back(job);
    waiting_.pop_front();
  }
  shut_ = !batch.empty();
  return batch;
}

void GroupLane::hold(const std::vector<JobPtr>& jobs, TimePoint until) {
  for (const auto& job : jobs) {
    Hold hold{to_lower(job->attribute), job->action, {}, until};
    for (const auto& value : job->values)
      for (const auto key : keys_of(value)) hold.values.emplace(key);
    holds_.push_back(std::move(hold));
  }
}

bool GroupLane::is_held(const Job& job, TimePoint now) const {
  return std::any_of(holds_.begin(), holds_.end(), [&](const Hold& hold) {
    return hold.until > now && hold.action != job.action && equals_ignore_case(hold.attribute, job.attribute) &&
           std::any_of(job.values.begin(), job.values.end(), [&](const ldap::Dn& value) {
             return std::ranges::any_of(keys_of(value),
                                        [&](std::string_view key) { return hold.values.contains(key); });
           });
  });
}

bool GroupLane::is_idle(TimePoint now) const {
  return !shut_ && waiting_.empty() &&
         std::none_of(holds_.begin(), holds_.end(), [now](const Hold& hold) { return hold.until > now; });
}

TimePoint GroupLane::next_wake() const {
  auto wake = TimePoint::max();
  for (const auto& job : waiting_)
    if (!job->reconcile) wake = std::min(wake, job->startable_until());
  for (const auto& hold : holds_) wake = std::min(wake, hold.until);
  return wake;
}

}  // namespace dirbridge::agent
