#include "agent/lease_book.hpp"

#include <algorithm>

namespace dirbridge::agent {

std::vector<proto::Fence> LeaseBook::due(TimePoint now) const {
  std::vector<proto::Fence> due;
  for (const auto& [lease, entry] : leases_)
    if (entry.last_asked + entry.job->lease_time / 3 <= now) due.push_back(lease);
  return due;
}

TimePoint LeaseBook::next_due() const {
  auto next = TimePoint::max();
  for (const auto& [lease, entry] : leases_) next = std::min(next, entry.last_asked + entry.job->lease_time / 3);
  return next;
}

void LeaseBook::renewed(const std::vector<proto::Fence>& leases, std::int64_t sent, TimePoint now) {
  for (const auto& lease : leases)
    if (auto found = leases_.find(lease); found != leases_.end()) found->second.last_asked = now;
  if (asked_.size() >= max_asked) asked_.erase(asked_.begin());
  asked_[sent] = {now, leases};
}

void LeaseBook::acknowledged(std::int64_t sent, TimePoint now) {
  // Order is kept: this ack also proves every renewal before it.
  while (!asked_.empty() && asked_.begin()->first <= sent) {
    const auto& asked = asked_.begin()->second;
    for (const auto& lease : asked.leases) {
      const auto found = leases_.find(lease);
      if (found == leases_.end()) continue;
      auto& job = *found->second.job;
      if (now < job.lease_until) job.lease_until = std::max(job.lease_until, asked.at + job.lease_time);
    }
    asked_.erase(asked_.begin());
  }
}

}  // namespace dirbridge::agent
