// Reports the hub has not acknowledged: kept, and sent again on every new connection. Pure.
#pragma once
#include <map>
#include <vector>

#include "proto/frames.hpp"

namespace dirbridge::agent {

// One report per lease, the latest. Bounded by the credit, since a job holds its place until its final report is
// acknowledged. An ack names the lease only; acks come in the order of the reports, so they are counted.
class ReportBook {
 public:
  // It is to be sent: `sent` says whether it went out on the present connection.
  void put(proto::Report report, bool sent);
  // A report_ack. True if the final report of this lease is thereby settled: the job's place is free.
  bool acknowledged(const proto::Fence& lease);
  // A new connection is open: what must be sent again, in order of leases. Counts as sent.
  std::vector<proto::Report> resend();
  // Finished but not acknowledged: the hub must not think that these never arrived.
  std::vector<proto::OpenJobs::Held> held() const;
  // Final reports without an ack.
  std::size_t finals() const;

 private:
  struct Entry {
    proto::Report report;
    int awaited = 0;  // acks still to come on the present connection
  };
  std::map<proto::Fence, Entry> reports_;
};

}  // namespace dirbridge::agent
