// The waiting jobs of one group, in order, and which of them may go to the directory together. Pure.
//
// One batch at a time: while one is under way, or its outcome is unknown, the lane is shut. A batch is the longest run
// of jobs from the front that share an attribute and do not contradict each other (no value both added and removed).
#pragma once
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "agent/job.hpp"

namespace dirbridge::agent {

struct LaneLimits {
  std::size_t max_values = 1000;  // of one modify; a single larger job is a batch of its own, sent in chunks
  std::size_t max_bytes = 256 << 10;
};

class GroupLane {
 public:
  explicit GroupLane(LaneLimits limits) : limits_(limits) {}

  void push(JobPtr job) { waiting_.push_back(std::move(job)); }
  // Removes and returns what cannot start any more: cancelled, lease or deadline passed. Jobs to be reconciled stay:
  // they are read, whatever their deadline.
  std::vector<JobPtr> take_dead(TimePoint now);
  // Removes and returns all that waits, to give it back to the hub.
  std::vector<JobPtr> take_all();
  // Removes one waiting job without a word; false if it does not wait here.
  bool drop(const proto::Fence& lease);
  // The next batch, in order, and the lane is shut. Empty: it is shut already, nothing startable waits, or the first
  // job contradicts a hold. Call take_dead() first: dead jobs at the front would end the run.
  std::vector<JobPtr> take_batch(TimePoint now);
  // The batch is over: its outcome is known.
  void reopen() { shut_ = false; }
  // An operation of these jobs may still run somewhere until `until`: jobs that contradict them wait so long.
  void hold(const std::vector<JobPtr>& jobs, TimePoint until);

  // From the next batch on.
  void limit(LaneLimits limits) { limits_ = limits; }

  bool is_shut() const { return shut_; }
  std::size_t waiting() const { return waiting_.size(); }
  const std::deque<JobPtr>& jobs() const { return waiting_; }
  // Nothing to remember: the lane may be destroyed.
  bool is_idle(TimePoint now) const;
  // When take_dead() or take_batch() may next have a different answer by time alone.
  TimePoint next_wake() const;

 private:
  struct Hold {
    std::string attribute;
    proto::Action action{};
    std::set<std::string, std::less<>> values;  // their keys
    TimePoint until;
  };
  bool is_held(const Job& job, TimePoint now) const;
  LaneLimits limits_;
  std::deque<JobPtr> waiting_;
  std::vector<Hold> holds_;
  bool shut_ = false;
};

// What one value adds to a modify on the wire, about: its text and the BER around it.
inline std::size_t wire_bytes(const ldap::Dn& value) { return value.as_spelled().size() + 8; }

}  // namespace dirbridge::agent
