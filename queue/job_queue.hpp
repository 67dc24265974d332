// The delivery state machine: which job goes to which agent when, and what a report of it is worth. Pure: no I/O, no
// clock; the caller tells the time and carries out what is returned. Not thread-safe; one per hub process.
//
// Rules (docs/architecture.md, "Delivery"): a claim is a lease with a growing fence; jobs of one group keep their order
// and are leased to one agent at a time; a job not started at its deadline is never executed; a stale report changes
// nothing; an outcome that is unknown blocks the opposite changes of its group only through the agent's lane.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "proto/frames.hpp"
#include "proto/membership_change.hpp"

namespace dirbridge::queue {

using proto::Fence;

struct QueueSettings {
  milliseconds lease{12'000};
  int max_deliveries = 5;                 // then the job is parked
  milliseconds backoff_base{250};         // nth nack waits base * 2^(n-1), at most backoff_max
  milliseconds backoff_max{5'000};
  std::size_t max_open_jobs = 100'000;    // enqueue refuses more
};

struct Job {
  JobId id;
  DirectoryId directory;
  std::string principal;                  // token id; joining needs the same
  RequestId request;                      // correlation id of the request that made it
  std::shared_ptr<const proto::MembershipChange> change;
  TimePoint deadline;                     // the latest of its callers'
};

// Where an open job stands.
enum class JobState {
  queued,       // waiting for an agent (or for its back-off)
  leased,       // an agent has it, before the deadline
  overdue,      // an agent has it, the deadline has passed and it was told to cancel
  reconciling,  // sent without word: an agent is settling it, or it waits for one that can
};

// How a job ended (or that it has not).
enum class Disposition {
  open,
  applied,       // by the deadline
  refused,
  not_started,   // no agent had it when the deadline came; never executed
  cancelled,     // an agent had it and proved that it had no effect
  applied_late,
  refused_late,
  parked,        // max_deliveries reached without a definite verdict; nothing is known to have changed
};
std::string_view to_text(JobState state);
std::string_view to_text(Disposition disposition);

struct Delivery {
  std::shared_ptr<const Job> job;
  Fence lease;
  int delivery = 1;
  bool reconcile = false;   // it may have run before: see proto::DeliveredJob
  TimePoint lease_until;
};

// What the caller must carry out. `close` means: append the closing record, then tell the waiters.
struct Close {
  JobId job;
  Disposition disposition{};
  proto::Outcome outcome;
};
struct CancelLease {
  AgentId agent;
  JobId job;
  Fence lease;
};
struct Step {
  std::vector<Close> close;
  std::vector<CancelLease> cancel;
  std::vector<JobId> due;   // deadlines that passed: their callers are answered 504 now
};

enum class AckStatus { accepted, late, stale };

class JobQueue {
 public:
  // `epoch` of this hub start; fences are (epoch, 1…).
  JobQueue(QueueSettings settings, std::uint64_t epoch);

  // false: max_open_jobs reached, nothing enqueued.
  bool enqueue(Job job);
  // A job that was open when the hub stopped: possibly delivered. It is neither leased nor closed as not_started until
  // adopt()/release_recovered() says what the agents hold, or `settled_by` has passed.
  void recover(Job job, TimePoint settled_by);

  // Rule 6: the open job that an equal change of the same principal joins, if no later open change contradicts it.
  std::optional<JobId> find_joinable(const DirectoryId& directory, std::string_view principal,
                                     const proto::MembershipChange& change) const;
  // A caller joined: the job's deadline is the latest of its callers'. An overdue job stays overdue (its cancel was sent).
  void extend(const JobId& job, TimePoint deadline);

  // Up to `credit` jobs for `agent`, oldest first, each leased from `now`. Skips groups leased to another agent, jobs in
  // back-off, and jobs whose deadline is not after `now`.
  std::vector<Delivery> lease(const AgentId& agent, const DirectoryId& directory, std::size_t credit, TimePoint now);
  // True if lease() would return something: a parked poll is worth answering.
  bool has_work(const AgentId& agent, const DirectoryId& directory, TimePoint now) const;

  // The agent is alive and at work on it. Unknown and stale leases are ignored.
  void renew(const AgentId& agent, Fence lease, TimePoint now);

  // A report. accepted: it was the current lease. late: the job was closed or re-leased meanwhile: kept as evidence only.
  // stale: the lease was never ours or of no known job. Non-final unknown outcomes move the job to reconciling.
  AckStatus report(const AgentId& agent, const JobId& job, Fence lease, bool final, const proto::Outcome& outcome,
                   TimePoint now, Step& step);

  // Everything whose time has come: deadlines, lapsed leases, recovered jobs nobody claimed.
  Step expire(TimePoint now);
  // When expire() next has something to do; TimePoint::max() if nothing is waiting for time.
  TimePoint next_expiry() const;

  // After a reconnect. `held` is what the agent says it has; `same_process` tells a reconnect from a restart: what an agent
  // of the same process does not hold never reached it (back to the queue as if never delivered); what a restarted one
  // does not hold may have run (to be reconciled). Recovered jobs it holds are adopted under their old fence.
  struct Settlement {
    std::vector<Fence> keep;
    std::vector<Fence> drop;
  };
  Settlement reconnect(const AgentId& agent, const DirectoryId& directory,
                       const std::vector<proto::OpenJobs::Held>& held, bool same_process, TimePoint now, Step& step);
  // The agent was revoked or is gone past its silence: its leases lapse now.
  Step agent_gone(const AgentId& agent, TimePoint now);

  // For `dirbridge jobs`.
  struct View {
    std::shared_ptr<const Job> job;
    JobState state{};
    int deliveries = 0;
    AgentId agent;      // who has it, if anybody
    Fence lease;
    bool deadline_passed = false;
  };
  std::optional<View> view(const JobId& job) const;
  std::vector<View> open_jobs() const;
  std::size_t size() const;

 private:
  struct Entry;
  struct Group;
};

}  // namespace dirbridge::queue
