// The hub's open jobs: the pure queue with what it needs around it: the clock, the ledger, the callers who wait, and
// the story of each job as a person would want to read it.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "hub/store.hpp"
#include "net/deadline.hpp"
#include "queue/job_queue.hpp"

namespace dirbridge::hub {

// Shared by the callers of one job and the book.
struct JobWait {
  JobWait(asio::any_io_executor executor, proto::SharedChange what)
      : signal(std::move(executor)), change(std::move(what)) {}
  struct Ending {
    queue::Disposition disposition{};
    proto::Outcome outcome;
  };
  net::Signal signal;
  proto::SharedChange change;
  std::optional<Ending> ending;  // set once the closing record is durable
  bool closing = false;          // the verdict is known and on its way to the disk
  std::string reason;            // the latest that a report gave for there being no verdict (hub/explain.hpp)
};

class JobBook {
 public:
  using OnWork = std::function<void()>;
  using OnCancel = std::function<void(const queue::CancelLease&)>;

  JobBook(asio::any_io_executor executor, const Clock& clock, Store& store, queue::QueueSettings settings,
          std::uint64_t epoch, milliseconds recovery);
  // `on_work`: something may be leasable now. `on_cancel`: tell that agent. Set before anything else is called.
  void connect(OnWork on_work, OnCancel on_cancel);

  // Jobs left open by an earlier epoch, as the ledger holds them.
  void recover(const std::vector<ledger::JobRow>& rows);
  // Runs the queue's timers until cancelled.
  asio::awaitable<void> run();

  // Accepted and durable already. Null: the queue is full.
  std::shared_ptr<JobWait> enqueue(queue::Job job);
  std::optional<JobId> find_joinable(const DirectoryId& directory, std::string_view principal,
                                     const proto::MembershipChange& change) const;
  std::shared_ptr<JobWait> join(const JobId& job, const RequestId& request, TimePoint deadline);
  // A caller's deadline came: whatever the queue has to do at this moment is done before the caller is answered.
  void tick();

  std::vector<queue::Delivery> lease(const AgentId& agent, const DirectoryId& directory, std::size_t credit);
  bool has_work(const AgentId& agent, const DirectoryId& directory) const;
  void renew(const AgentId& agent, queue::Fence lease);
  // `acknowledge` runs when the report's consequence is durable; never if the ledger refused it (the agent sends it
  // again).
  void report(const AgentId& agent, const proto::Report& report, std::function<void(proto::ReportStatus)> acknowledge);
  queue::JobQueue::Settlement reconnect(const AgentId& agent, const DirectoryId& directory,
                                        const std::vector<proto::OpenJobs::Held>& held, bool same_process);

  void tell(const JobId& job, std::string what);  // adds a line to an open job's story
  std::optional<queue::JobQueue::View> view(const JobId& job) const { return queue_.view(job); }
  std::vector<ledger::JobEvent> story(const JobId& job) const;
  std::size_t size() const { return queue_.size(); }

 private:
  struct Open {
    DirectoryId directory;
    std::shared_ptr<JobWait> wait;
    std::vector<ledger::JobEvent> story;
  };
  void carry_out(queue::Step step, const AgentId& reporter = {}, const std::string& operation = {},
                 std::function<void()> durable = nullptr);
  void close(const JobId& job, ledger::JobClosed closed, queue::Disposition disposition, std::function<void()> durable);
  void keep_evidence(const DirectoryId& directory, ledger::JobEvidence evidence, std::function<void()> durable);
  void rearm();
  bool have_all_been_heard(const DirectoryId& directory);

  asio::any_io_executor executor_;
  const Clock& clock_;
  Store& store_;
  queue::JobQueue queue_;
  milliseconds recovery_;
  // Agents that have said what they hold since this hub started, per directory.
  std::map<DirectoryId, std::set<AgentId>> heard_;
  std::unordered_map<JobId, Open> open_;
  OnWork on_work_;
  OnCancel on_cancel_;
  asio::steady_timer timer_;
  TimePoint armed_ = TimePoint::max();
};

}  // namespace dirbridge::hub
