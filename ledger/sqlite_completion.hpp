// What append adds to a record before it is written: facts that follow from the state at that moment and that a replay
// could not find any more once older records are dropped. Internal to ledger/.
#pragma once
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

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

  // Outside of transactions, while an agent is busy with a large job: looks up what its closing will need.
  bool has_preparations() const { return !to_prepare_.empty(); }
  // Some milliseconds of it.
  void prepare();
  // A transaction was lost: what was considered may not have been accepted.
  void forget();
  // The job was accepted. Nothing is prepared for small ones, nor for more than a few at a time.
  void consider(const JobId& job, const DirectoryId& directory, const proto::SharedChange& change);

 private:
  // The keys of a job's members in a catalog, from the first on.
  struct Prepared {
    DirectoryId directory;
    proto::SharedChange change;
    std::uint64_t catalog = 0;
    std::vector<std::string> keys;
  };
  std::uint64_t catalog_of(const DirectoryId& directory);
  std::string key_of(std::uint64_t catalog, const std::string& user);
  void add_member_keys(const Record& record, JobClosed& fact);
  void add_heritage(const Record& record, ImportStaged& fact);

  Statements& sql_;
  const OpenJobs& open_jobs_;
  std::unordered_map<JobId, Prepared> prepared_;
  std::deque<JobId> to_prepare_;
};

// The membership time of a group row, see the columns of `groups`: what a job changed, else when an import changed it.
inline constexpr const char* membership_updated_sql =
    "coalesce(changed, CASE WHEN digest = old_digest THEN old_membership_updated ELSE staged END)";

}  // namespace dirbridge::ledger
