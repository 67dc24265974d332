// Jobs and imports. What a row does not repeat is read from the job's records. Internal to ledger/.
#pragma once
#include <optional>
#include <vector>

#include "ledger/sqlite_statements.hpp"
#include "ledger/views.hpp"

namespace dirbridge::ledger {

class JobViews {
 public:
  explicit JobViews(Statements& statements) : sql_(statements) {}

  std::optional<JobRow> job(const JobId& id);
  std::optional<JobRow> job_by_request(const RequestId& id);
  std::vector<JobRow> jobs(const DirectoryId& directory, bool only_open, const JobId& before, std::size_t limit);
  std::vector<JobRow> open_jobs();
  std::optional<ImportRow> import(const ImportId& id);
  std::vector<ImportRow> running_imports();

 private:
  std::vector<JobRow> complete(std::vector<JobId> ids);
  template <class Fact>
  std::optional<Fact> fact(std::uint64_t sequence);

  Statements& sql_;
};

}  // namespace dirbridge::ledger
