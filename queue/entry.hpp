// One open job inside the queue. Internal to queue/.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "proto/outcome.hpp"
#include "queue/job.hpp"

namespace dirbridge::queue {

struct Group;

enum class TimerKind { due, lease, wake };

struct Entry {
  std::shared_ptr<const Job> job;
  std::uint64_t order = 0;  // of arrival: the order of its group and "oldest first" over all
  std::size_t digest = 0;   // equal changes have equal digests
  Group* group = nullptr;

  // The latest deadline of its callers. Once it has passed it stays where it was: nobody executes the job any more, and
  // whoever wants the change from then on has another job.
  TimePoint due_at;
  bool deadline_passed = false;

  // The last lease. It stays here when it lapses: a report under it is still the holder's word while nobody else was
  // given the job.
  AgentId agent;
  Fence lease;
  TimePoint lease_until;
  bool held = false;  // the lease is live
  bool sent = false;  // the holder said that it may be running

  // What may have happened.
  bool unheard = false;      // the last lease ended without a word of its holder
  bool doubt = false;        // some delivery before the last one may have run
  bool tried = false;        // the directory was asked and could not
  bool changed = false;      // some of its values are known to be applied
  bool recovered = false;    // of an earlier epoch and not settled yet: an agent may hold it without our knowledge
  bool older_epoch = false;  // of an earlier epoch
  proto::Outcome last;       // the last final word that did not close it

  int deliveries = 0;
  int attempts = 0;  // deliveries since it was enqueued or, after the deadline, since then: counts towards parking
  TimePoint blocked_until = TimePoint::min();  // back-off, or the settling of a recovered job

  std::array<TimePoint, 3> armed{TimePoint::max(), TimePoint::max(), TimePoint::max()};  // by TimerKind; max: not armed

  bool is_uncertain() const { return unheard || doubt; }
  bool is_blocked(TimePoint now) const { return blocked_until > now; }
  JobState state() const {
    if (held) {
      if (sent || (deadline_passed && doubt)) return JobState::reconciling;
      return deadline_passed ? JobState::overdue : JobState::leased;
    }
    return recovered || deadline_passed ? JobState::reconciling : JobState::queued;
  }
};

}  // namespace dirbridge::queue
