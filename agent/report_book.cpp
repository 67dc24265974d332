#include "agent/report_book.hpp"

#include <algorithm>

namespace dirbridge::agent {

void ReportBook::put(proto::Report report, bool sent) {
  auto& entry = reports_[report.lease];
  entry.report = std::move(report);
  if (sent) ++entry.awaited;
}

bool ReportBook::acknowledged(const proto::Fence& lease) {
  const auto found = reports_.find(lease);
  if (found == reports_.end()) return false;
  auto& entry = found->second;
  if (entry.awaited > 0) --entry.awaited;
  if (entry.awaited > 0) return false;
  const bool final = entry.report.final;
  reports_.erase(found);
  return final;
}

std::vector<proto::Report> ReportBook::resend() {
  std::vector<proto::Report> reports;
  for (auto& [lease, entry] : reports_) {
    entry.awaited = 1;
    reports.push_back(entry.report);
  }
  return reports;
}

std::vector<proto::OpenJobs::Held> ReportBook::held() const {
  std::vector<proto::OpenJobs::Held> held;
  for (const auto& [lease, entry] : reports_)
    if (entry.report.final) held.push_back({entry.report.job, lease, proto::Holding::sent});
  return held;
}

std::size_t ReportBook::finals() const {
  return static_cast<std::size_t>(
      std::count_if(reports_.begin(), reports_.end(), [](const auto& entry) { return entry.second.report.final; }));
}

}  // namespace dirbridge::agent
