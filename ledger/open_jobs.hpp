// What the writer must know of jobs that are accepted and not closed, or closed but not in the views yet, so that their
// records can be appended before the views have heard of them. Internal to ledger/; no database in it.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ledger/record.hpp"

namespace dirbridge::ledger {

struct OpenJob {
  DirectoryId directory;
  proto::SharedChange change;
  bool is_closed = false;
};

class OpenJobs {
 public:
  const OpenJob* find(const JobId& job) const;
  // The record is of a job, and nothing but what is known here decides whether it fits: it may be folded later. False
  // for a record that contradicts it, which the fold then refuses by name. A new job must be new to the views, too.
  bool follows(const Record& record) const;
  // Jobs open and close; other records change nothing.
  void apply(const Record& record);
  // The views hold everything up to this record: jobs closed by then need not be known here.
  void forget_closed(std::uint64_t sequence);

  // What was applied since mark() is taken back, for a transaction that failed.
  std::size_t mark() const { return journal_.size(); }
  void undo(std::size_t mark);
  // Nothing before now will be taken back.
  void keep() { journal_.clear(); }

 private:
  void remember(const JobId& job);

  std::unordered_map<JobId, OpenJob> jobs_;
  std::deque<std::pair<std::uint64_t, JobId>> closed_;             // by the sequence of the closing
  std::vector<std::pair<JobId, std::optional<OpenJob>>> journal_;  // what was there before, oldest first
};

}  // namespace dirbridge::ledger
