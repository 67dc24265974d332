// Which leases are to be renewed, and how far a renewal really reaches. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "agent/job.hpp"

namespace dirbridge::agent {

// The hub does not answer a renew; but frames keep their order, so the ack of a heartbeat sent after it proves that the
// hub has seen it. If that ack came while the lease was still ours, the hub has counted anew from some moment after the
// sending: our lease then reaches to sent + lease_time, and no further. Without an ack a lease simply ends.
class LeaseBook {
 public:
  // A lease that is known already stays as it is.
  void add(const JobPtr& job) { leases_.emplace(job->lease, Entry{job, job->received}); }
  void remove(const proto::Fence& lease) { leases_.erase(lease); }
  // A third of the lease has passed since it was granted or last asked for.
  std::vector<proto::Fence> due(TimePoint now) const;
  // When due() next has something; TimePoint::max() if nothing is held.
  TimePoint next_due() const;
  // A renew frame with `leases` was sent at `now`, and a heartbeat with `sent` right after it.
  void renewed(const std::vector<proto::Fence>& leases, std::int64_t sent, TimePoint now);
  // heartbeat_ack for `sent` was read at `now`.
  void acknowledged(std::int64_t sent, TimePoint now);
  // The connection ended: what was sent on it may never have arrived.
  void connection_lost() { asked_.clear(); }
  std::size_t size() const { return leases_.size(); }

 private:
  struct Entry {
    JobPtr job;
    TimePoint last_asked;
  };
  struct Asked {
    TimePoint at;
    std::vector<proto::Fence> leases;
  };
  // More renewals than this without an answer: the silence rule ends the connection long before.
  static constexpr std::size_t max_asked = 64;
  std::map<proto::Fence, Entry> leases_;
  std::map<std::int64_t, Asked> asked_;  // by heartbeat
};

}  // namespace dirbridge::agent
