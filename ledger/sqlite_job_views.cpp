#include "ledger/sqlite_job_views.hpp"

#include <limits>
#include <stdexcept>

namespace dirbridge::ledger {
namespace {

constexpr std::int64_t none_before = std::numeric_limits<std::int64_t>::max();

#define IMPORT_COLUMNS "id, directory, agent, state, reason, started, ended, users, groups"

ImportRow read_import(const Rows& row) {
  ImportRow import{.id = row.id<ImportId>(0),
                   .directory = row.id<DirectoryId>(1),
                   .agent = row.id<AgentId>(2),
                   .state = row.text(3),
                   .reason = row.text(4),
                   .started = row.time(5),
                   .ended = std::nullopt,
                   .users = row.count(7),
                   .groups = row.count(8)};
  if (!row.is_null(6)) import.ended = row.time(6);
  return import;
}

}  // namespace

template <class Fact>
std::optional<Fact> JobViews::fact(std::uint64_t sequence) {
  auto row = sql_.query("SELECT type, body FROM records WHERE sequence = ?", sequence);
  if (!row.next()) return std::nullopt;  // dropped this moment: its retention ended
  auto body = from_json(row.text(0), row.text(1));
  if (!body) throw std::runtime_error("record " + std::to_string(sequence) + ": " + body.error().message());
  return std::get<Fact>(std::move(*body));
}

std::optional<JobRow> JobViews::job(const JobId& id) {
  JobRow job;
  std::uint64_t accepted = 0;
  std::uint64_t closed = 0;
  {
    auto row = sql_.query(
        "SELECT j.accepted, j.directory, j.deadline, j.disposition, j.closed, j.closed_at, r.at, j.request "
        "FROM jobs j JOIN records r ON r.sequence = j.accepted WHERE j.id = ?",
        id);
    if (!row.next()) return std::nullopt;
    job.id = id;
    accepted = row.count(0);
    job.directory = row.id<DirectoryId>(1);
    job.deadline = row.time(2);
    job.disposition = row.text(3);
    if (!row.is_null(4)) {
      closed = row.count(4);
      job.closed = row.time(5);
    }
    job.accepted = row.time(6);
    job.requests.push_back(row.id<RequestId>(7));
  }
  auto opening = fact<JobAccepted>(accepted);
  if (!opening) return std::nullopt;
  job.principal = std::move(opening->principal);
  job.change = std::move(opening->change).take();
  if (closed != 0) {
    auto closing = fact<JobClosed>(closed);
    if (!closing) return std::nullopt;
    job.outcome = std::move(closing->outcome);
    job.agent = std::move(closing->agent);
    job.operation = std::move(closing->operation);
    job.story = std::move(closing->story);
  }
  {
    auto requests = sql_.query("SELECT request FROM job_joins WHERE job = ? ORDER BY sequence", id);
    while (requests.next()) job.requests.push_back(requests.id<RequestId>(0));
  }
  std::vector<std::uint64_t> evidence;
  {
    auto rows = sql_.query("SELECT sequence FROM job_evidence WHERE job = ? ORDER BY sequence", id);
    while (rows.next()) evidence.push_back(rows.count(0));
  }
  for (const auto sequence : evidence)
    if (auto kept = fact<JobEvidence>(sequence)) job.evidence.push_back(std::move(*kept));
  return job;
}

std::vector<JobRow> JobViews::complete(std::vector<JobId> ids) {
  std::vector<JobRow> jobs;
  jobs.reserve(ids.size());
  for (const auto& id : ids)
    if (auto row = job(id)) jobs.push_back(std::move(*row));
  return jobs;
}

std::optional<JobRow> JobViews::job_by_request(const RequestId& id) {
  JobId found;
  {
    auto row = sql_.query(
        "SELECT job, sequence FROM job_joins WHERE request = ?1 UNION ALL SELECT id, accepted FROM jobs WHERE request "
        "= ?1 "
        "ORDER BY 2 DESC LIMIT 1",
        id);
    if (!row.next()) return std::nullopt;
    found = row.id<JobId>(0);
  }
  return job(found);
}

std::vector<JobRow> JobViews::jobs(const DirectoryId& directory, bool only_open, const JobId& before,
                                   std::size_t limit) {
  std::int64_t end = none_before;
  if (!before.empty()) {
    auto row = sql_.query("SELECT accepted FROM jobs WHERE id = ?", before);
    if (!row.next()) return {};
    end = row.integer(0);
  }
  // Three statements, each of which walks the index made for it.
  const char* sql = "SELECT id FROM jobs WHERE accepted < ?1 AND ?2 = '' ORDER BY accepted DESC LIMIT ?3";
  if (!directory.empty())
    sql = "SELECT id FROM jobs WHERE accepted < ?1 AND directory = ?2 ORDER BY accepted DESC LIMIT ?3";
  if (only_open)
    sql =
        "SELECT id FROM jobs WHERE accepted < ?1 AND closed IS NULL AND (?2 = '' OR directory = ?2) "
        "ORDER BY accepted DESC LIMIT ?3";
  std::vector<JobId> ids;
  {
    auto rows = sql_.query(sql, end, directory, limit);
    while (rows.next()) ids.push_back(rows.id<JobId>(0));
  }
  return complete(std::move(ids));
}

std::vector<JobRow> JobViews::open_jobs() {
  std::vector<JobId> ids;
  {
    auto rows = sql_.query("SELECT id FROM jobs WHERE closed IS NULL ORDER BY accepted");
    while (rows.next()) ids.push_back(rows.id<JobId>(0));
  }
  return complete(std::move(ids));
}

std::optional<ImportRow> JobViews::import(const ImportId& id) {
  auto row = sql_.query("SELECT " IMPORT_COLUMNS " FROM imports WHERE id = ?", id);
  if (!row.next()) return std::nullopt;
  return read_import(row);
}

std::vector<ImportRow> JobViews::running_imports() {
  std::vector<ImportRow> imports;
  auto rows = sql_.query("SELECT " IMPORT_COLUMNS " FROM imports WHERE state = 'running' ORDER BY catalog");
  while (rows.next()) imports.push_back(read_import(rows));
  return imports;
}

}  // namespace dirbridge::ledger
