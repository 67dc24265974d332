// What the queue holds and what became of it: the values that cross its boundary.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "proto/frames.hpp"
#include "proto/shared_change.hpp"

namespace dirbridge::queue {

using proto::Fence;

struct Job {
  JobId id;
  DirectoryId directory;
  std::string principal;  // token id; joining needs the same
  RequestId request;      // correlation id of the request that made it
  proto::SharedChange change;
  TimePoint deadline;  // the latest of its callers' until it passes; execution is never allowed at or after it
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
  applied,  // by the deadline
  refused,
  not_started,  // no agent had it when the deadline came; never executed
  cancelled,    // an agent had it, and it had no effect and never will
  applied_late,
  refused_late,  // also: it ended after the deadline with only part of its values in the wanted state
  parked,        // max_deliveries reached without a definite verdict; nothing is known to have changed
};
std::string_view to_text(JobState state);
std::string_view to_text(Disposition disposition);

}  // namespace dirbridge::queue
