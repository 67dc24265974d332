// The delivery state machine: which job goes to which agent when, and what a report of it is worth. Pure: no I/O, no
// clock; the caller tells the time and carries out what is returned. Not thread-safe; one per hub process.
//
// Rules (docs/architecture.md, "Delivery"): a claim is a lease with a growing fence; jobs of one group keep their order
// and are leased to one agent at a time; a job not started at its deadline is never executed; a stale report changes
// nothing; an outcome that is unknown blocks the opposite changes of its group only through the agent's lane.
//
// What a job's fate rests on: a delivery that ended without its holder's word may have run. From then on the job is
// handed out with `reconcile`, and "not_sent" or "retryable" of a later delivery closes it only with
// Evidence::read_back (the agent read the other state until the old operation could no longer run); without that
// evidence it speaks of that delivery alone.
//
// A job that goes back to the queue while a later, contradicting change of its group is out with the agent may be
// overtaken: once the later one is done the earlier one is never executed any more. It closes as cancelled, or as
// parked if it may have run.
//
// One hole an agent has to close: it reports J retryable or not_sent, executes a later job of its lane that contradicts
// J, and crashes before that report. The queue then redelivers J, which undoes the later one. An agent that gives J
// back therefore gives back, unsent, what it holds behind J and contradicts it, and what arrives until J's report is
// acknowledged.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "proto/frames.hpp"
#include "proto/membership_change.hpp"
#include "proto/outcome.hpp"
#include "queue/entry.hpp"
#include "queue/group_order.hpp"
#include "queue/job.hpp"
#include "queue/lease_history.hpp"
#include "queue/timers.hpp"

namespace dirbridge::queue {

struct QueueSettings {
  milliseconds lease{12'000};
  int max_deliveries = 5;          // then the job is parked
  milliseconds backoff_base{250};  // nth nack waits base * 2^(n-1), at most backoff_max
  milliseconds backoff_max{5'000};
  std::size_t max_open_jobs = 100'000;  // enqueue refuses more
};

struct Delivery {
  std::shared_ptr<const Job> job;
  Fence lease;
  int delivery = 1;
  bool reconcile = false;  // it may have run before: see proto::DeliveredJob
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
  std::vector<JobId> due;  // deadlines that passed: their callers are answered 504 now
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

  // Rule 6: the job before its deadline that an equal change of its principal joins, if no later one contradicts it.
  std::optional<JobId> find_joinable(const DirectoryId& directory, std::string_view principal,
                                     const proto::MembershipChange& change) const;
  // A caller joined: the job's deadline is the latest of its callers'. Once it has passed it stays where it was: an
  // overdue job is never executed (its cancel was sent).
  void extend(const JobId& job, TimePoint deadline);

  // Up to `credit` jobs for `agent`, oldest first, each leased from `now`. Skips groups leased to another agent, jobs
  // in back-off, and jobs whose deadline is not after `now`.
  std::vector<Delivery> lease(const AgentId& agent, const DirectoryId& directory, std::size_t credit, TimePoint now);
  // True if lease() would return something: a parked poll is worth answering.
  bool has_work(const AgentId& agent, const DirectoryId& directory, TimePoint now) const;

  // The agent is alive and at work on it. Unknown and stale leases are ignored.
  void renew(const AgentId& agent, Fence lease, TimePoint now);

  // A report. accepted: it was the current lease. late: the job was closed or re-leased meanwhile: kept as evidence
  // only. stale: the lease was never ours or of no known job, or the outcome does not fit the change (a broken agent).
  // A lease that lapsed is still current while nobody was given the job since, and one of an earlier epoch is adopted
  // likewise. Non-final unknown outcomes move the job to reconciling. The job's own Close, if any, is the first in
  // `step`.
  AckStatus report(const AgentId& agent, const JobId& job, Fence lease, bool final, const proto::Outcome& outcome,
                   TimePoint now, Step& step);

  // Everything whose time has come: deadlines, lapsed leases, recovered jobs nobody claimed, back-offs (look at
  // has_work() afterwards: a poll may be worth answering now).
  Step expire(TimePoint now);
  // When expire() next has something to do; TimePoint::max() if nothing is waiting for time.
  TimePoint next_expiry() const;

  // Every agent that could hold a recovered job of this directory has sent its open_jobs: what nobody adopted is
  // settled now instead of at `settled_by`. may_have_run = false only if all of them are the processes they were
  // before.
  void release_recovered(const DirectoryId& directory, bool may_have_run, TimePoint now, Step& step);

  // After a reconnect. `held` is what the agent says it has; `same_process` tells a reconnect from a restart: what an
  // agent of the same process does not hold never reached it (back to the queue as if never delivered); what a
  // restarted one does not hold may have run (to be reconciled). Recovered jobs it holds are adopted under their old
  // fence. What it keeps past its deadline it is told to cancel again: the first word may have been lost with the
  // connection.
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
    AgentId agent;  // who has it, if anybody
    Fence lease;
    bool deadline_passed = false;
  };
  std::optional<View> view(const JobId& job) const;
  std::vector<View> open_jobs() const;
  std::size_t size() const;

 private:
  struct AgentLeases {
    DirectoryId directory;
    std::map<Fence, Entry*> held;
  };

  Entry* find(const JobId& job) const;
  Entry& insert(Job job);
  void wake(TimePoint now);
  void unblock(Entry& entry);
  void block(Entry& entry, TimePoint until);

  void hold(Entry& entry, const AgentId& agent, const Fence& lease, TimePoint now);
  void release(Entry& entry);
  void keep_alive(Entry& entry, TimePoint now);
  bool is_last_lease(const Entry& entry, const AgentId& agent, const Fence& lease) const;
  bool is_adoptable(const Entry& entry, const AgentId& agent, const Fence& lease) const;
  bool resume(Entry& entry, const AgentId& agent, const Fence& lease, TimePoint now);
  void adopt(Entry& entry, const AgentId& agent, const Fence& lease);
  void never_arrived(Entry& entry, Step& step);

  void settle(Entry& entry, const proto::Outcome& outcome, TimePoint now, Step& step);
  void retry(Entry& entry, TimePoint now, Step& step);
  void deadline_comes(Entry& entry, bool tell_holder, Step& step);
  void lapse(Entry& entry, Step& step);
  void close_unstarted(Entry& entry, Step& step);
  void park(Entry& entry, Step& step);
  void close_overtaken(const Entry& by, Step& step);
  void close(Entry& entry, Disposition disposition, proto::Outcome outcome, Step& step);
  static View to_view(const Entry& entry);

  QueueSettings settings_;
  std::uint64_t epoch_;
  std::uint64_t leases_given_ = 0;
  std::uint64_t jobs_taken_ = 0;
  std::unordered_map<JobId, std::unique_ptr<Entry>> entries_;
  std::unordered_map<AgentId, AgentLeases> agents_;
  GroupOrder order_;
  Timers timers_;
  LeaseHistory history_;
};

}  // namespace dirbridge::queue
