// What append adds to a record before it is written: facts that follow from the state at that moment and that a replay
// could not find any more once older records are dropped. Internal to ledger/.
#pragma once
#include "ledger/open_jobs.hpp"
#include "ledger/record.hpp"
#include "ledger/sqlite_statements.hpp"

namespace dirbridge::ledger {

class Completion {
 public:
  // `statements` see the views but for what is still to be folded of jobs: that is what `open_jobs` knows.
  Completion(Statements& statements, const OpenJobs& open_jobs) : sql_(statements), open_jobs_(open_jobs) {}

  // Throws as Fold::apply() does.
  void complete(Record& record);

 private:
  void add_member_keys(const Record& record, JobClosed& fact);
  void add_heritage(const Record& record, ImportStaged& fact);

  Statements& sql_;
  const OpenJobs& open_jobs_;
};

// The membership time of a group row, see the columns of `groups`: what a job changed, else when an import changed it.
inline constexpr const char* membership_updated_sql =
    "coalesce(changed, CASE WHEN digest = old_digest THEN old_membership_updated ELSE staged END)";

}  // namespace dirbridge::ledger
