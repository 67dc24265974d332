// Carries jobs out: lanes and plans decide, the directory is asked, verdicts are reported.
//
// One modify in flight per group; different groups run in parallel, at most max_batches of them. A batch whose outcome
// is unknown keeps its lane shut and gives its place to others. One thread.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/batch_plan.hpp"
#include "agent/job.hpp"
#include "base/clock.hpp"
#include "ldap/directory.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {

namespace asio = boost::asio;

struct RunnerSettings {
  PlanSettings plan;
  // slapd ends an authenticated session at 1000 pending requests; 64 is a flat optimum of its throughput.
  std::size_t max_batches = 64;
  std::vector<std::string> group_bases;  // where a renamed group is looked for
  std::vector<std::string> user_bases;   // and a renamed user
  bool is_rehearsal = false;             // on a directory that writes nothing: the log must not say "modify"
  std::vector<std::string> all_bases() const;
};

class JobRunner {
 public:
  // Called for every verdict; never from within accept() or cancel() of a job that can start.
  using ReportSink = std::function<void(proto::Report)>;

  JobRunner(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory, RunnerSettings settings,
            const Clock& clock, ReportSink report);
  // What is under way ends without a report; the hub has it reconciled.
  ~JobRunner();

  // In order. A lease that is held already is ignored. Jobs that cannot start any more are reported not_sent.
  void accept(std::vector<JobPtr> jobs);
  // A job not known is remembered: its frame may come yet.
  void cancel(const proto::Cancel& cancel);
  // The lease is not ours any more: forgotten if it waits; if it was sent, it is still reported.
  void drop(const proto::Fence& lease);
  // Everything without a final report.
  std::vector<proto::OpenJobs::Held> held() const;
  std::size_t size() const;
  // Reports what waits as retryable, with this advice: for a graceful stop.
  void give_back(std::string_view advice);
  // True when nothing is held any more, false at `deadline`.
  asio::awaitable<bool> drain(TimePoint deadline);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the coroutines under way
};

}  // namespace dirbridge::agent
