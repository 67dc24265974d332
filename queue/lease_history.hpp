// Leases that ended, so that a report under one of them is told from an invention. Bounded: the oldest are forgotten,
// and a report under a forgotten one counts as stale instead of late, which changes nothing but the word. Internal to
// queue/.
#pragma once
#include <cstddef>
#include <deque>
#include <map>
#include <utility>

#include "queue/job.hpp"

namespace dirbridge::queue {

class LeaseHistory {
 public:
  static constexpr std::size_t max_remembered = 8192;

  void remember(const Fence& lease, const JobId& job, const AgentId& agent) {
    if (lease == Fence{} || !past_.try_emplace(lease, job, agent).second) return;
    oldest_first_.push_back(lease);
    if (oldest_first_.size() <= max_remembered) return;
    past_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  bool contains(const Fence& lease, const JobId& job, const AgentId& agent) const {
    const auto found = past_.find(lease);
    return found != past_.end() && found->second == std::pair{job, agent};
  }

 private:
  std::map<Fence, std::pair<JobId, AgentId>> past_;
  std::deque<Fence> oldest_first_;
};

}  // namespace dirbridge::queue
