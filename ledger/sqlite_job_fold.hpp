// Job records folded into the views, many at once: a job that was accepted and closed within one run is written once, a
// group that was changed a hundred times is touched once. However the records are cut into runs, the rows come out the
// same. Internal to ledger/.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/record.hpp"
#include "ledger/sqlite_statements.hpp"

namespace dirbridge::ledger {

// Events of the System Log are folded behind their records as jobs are, and count as such here.
bool is_of_a_job(const Body& body);

// Asked now and then in the middle of a fold: whether something more urgent waits.
using GiveWay = std::function<bool()>;
// Thrown when it does; the caller rolls back and folds again later.
struct GaveWay {};

class JobFold {
 public:
  explicit JobFold(Statements& statements) : sql_(statements) {}

  // In the order of their sequences, all of jobs, completed. Reads nothing but the view tables and the records. Throws
  // as Fold::apply() does; the caller rolls back all of them. A job of 10,000 members takes 20 to 30 ms.
  void apply(std::span<const Record> records, const GiveWay& give_way = {});

 private:
  // A job accepted in this run; its row is written at the end of it.
  struct Fresh {
    const Record* accepted;
    WallTime deadline;
    const Record* closed = nullptr;
  };
  struct Catalogs {
    std::uint64_t current = 0;
    std::vector<std::uint64_t> running;  // being imported
  };
  // A group of one catalog, with what this run changes in it.
  struct Group {
    std::int64_t n = 0;  // 0: not in the catalog
    std::int64_t members = 0;
    std::uint64_t digest = 0;
    std::optional<WallTime> changed;
  };

  void fold(const Record& record, const JobAccepted& fact);
  void fold(const Record& record, const JobJoined& fact);
  void fold(const Record& record, const JobClosed& fact);
  void fold(const Record& record, const JobEvidence& fact);
  void fold(const Record& record, const EventLogged& fact);
  void take_effect(const Record& record, const JobClosed& fact, const std::string& group, bool add);
  void change_members(const Record& record, const JobClosed& fact, Group& group, bool add);
  Catalogs& catalogs_of(const DirectoryId& directory);
  Group& group_of(std::uint64_t catalog, const std::string& id);
  void write_fresh();
  void write_groups();
  void forget();

  Statements& sql_;
  const GiveWay* give_way_ = nullptr;  // of the run
  std::vector<Fresh> fresh_;
  std::unordered_map<JobId, std::size_t> fresh_by_id_;
  std::map<DirectoryId, Catalogs> catalogs_;
  std::map<std::pair<std::uint64_t, std::string>, Group> groups_;
};

}  // namespace dirbridge::ledger
