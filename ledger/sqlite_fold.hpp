// A record folded into the view tables: the same statements live and in verification on a scratch database. Reads
// nothing but the view tables and the record. Records of jobs go on to JobFold. Internal to ledger/.
#pragma once
#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "ledger/record.hpp"
#include "ledger/sqlite_job_fold.hpp"
#include "ledger/sqlite_statements.hpp"

namespace dirbridge::ledger {

class Fold {
 public:
  explicit Fold(Statements& statements) : sql_(statements), jobs_(statements) {}

  // `record.sequence` and what is "given by append" are set. Throws Error (errc::conflict) if the record contradicts
  // the state, SQLite::Exception if the database fails; the caller rolls back.
  void apply(const Record& record);
  JobFold& jobs() { return jobs_; }

 private:
  void fold(const Record& record, const EpochStarted& fact);
  void fold(const Record& record, const DirectoryCreated& fact);
  void fold(const Record& record, const TokenCreated& fact);
  void fold(const Record& record, const TokenRevoked& fact);
  void fold(const Record& record, const EnrolCodeCreated& fact);
  void fold(const Record& record, const AgentEnrolled& fact);
  void fold(const Record& record, const AgentRevoked& fact);
  void fold(const Record& record, const ImportStarted& fact);
  void fold(const Record& record, const ImportStaged& fact);
  void fold(const Record& record, const ImportApplied& fact);
  void fold(const Record& record, const ImportDropped& fact);
  void fold(const Record& record, const AppCreated& fact);
  void fold(const Record& record, const AppKeyRotated& fact);
  void fold(const Record& record, const AppRevoked& fact);
  void fold(const Record& record, const OktaGroupCreated& fact);
  void fold(const Record& record, const OktaGroupChanged& fact);
  void fold(const Record& record, const OktaGroupDeleted& fact);
  void fold(const Record& record, const OktaMembershipChanged& fact);
  void fold(const Record& record, const EventHookCreated& fact);
  void fold(const Record& record, const EventHookChanged& fact);
  void fold(const Record& record, const EventHookDeleted& fact);
  void fold(const Record& record, const AssertionUsed& fact);
  void fold(const Record& record, const AgentSoftware& fact);

  std::uint64_t running_catalog(const Record& record, const ImportId& import);
  void stage_user(const Record& record, std::uint64_t catalog, std::size_t place, const ImportStaged& fact);
  void stage_group(const Record& record, std::uint64_t catalog, std::size_t place, const ImportStaged& fact);
  void add_to_group(std::int64_t group_n, std::int64_t members, std::int64_t digest);

  Statements& sql_;
  JobFold jobs_;
};

// Throws Error (errc::conflict): "<what> <name>".
void expect(bool fits, const char* what, const std::string& name);

// Of one member key, fixed for ever because it is stored: FNV-1a, 64 bits. A group's digest is the sum over its
// members.
std::int64_t member_digest(std::string_view key);

}  // namespace dirbridge::ledger
