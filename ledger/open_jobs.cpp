#include "ledger/open_jobs.hpp"

namespace dirbridge::ledger {

const OpenJob* OpenJobs::find(const JobId& job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() || found->second.is_closed ? nullptr : &found->second;
}

bool OpenJobs::follows(const Record& record) const {
  if (const auto* fact = std::get_if<JobAccepted>(&record.body)) return !jobs_.contains(fact->job);
  if (std::holds_alternative<EventLogged>(record.body)) return true;
  const JobId* job = nullptr;
  if (const auto* joined = std::get_if<JobJoined>(&record.body)) job = &joined->job;
  if (const auto* closed = std::get_if<JobClosed>(&record.body)) job = &closed->job;
  if (const auto* evidence = std::get_if<JobEvidence>(&record.body)) job = &evidence->job;
  const auto* open = job ? find(*job) : nullptr;
  return open && open->directory == record.directory;
}

void OpenJobs::apply(const Record& record) {
  if (const auto* fact = std::get_if<JobAccepted>(&record.body)) {
    remember(fact->job);
    jobs_[fact->job] = {record.directory, fact->change};
  } else if (const auto* closed = std::get_if<JobClosed>(&record.body)) {
    remember(closed->job);
    jobs_[closed->job].is_closed = true;
    closed_.emplace_back(record.sequence, closed->job);
  }
}

void OpenJobs::forget_closed(std::uint64_t sequence) {
  for (; !closed_.empty() && closed_.front().first <= sequence; closed_.pop_front())
    jobs_.erase(closed_.front().second);
}

void OpenJobs::remember(const JobId& job) {
  const auto found = jobs_.find(job);
  journal_.emplace_back(job, found == jobs_.end() ? std::nullopt : std::optional{found->second});
}

void OpenJobs::undo(std::size_t mark) {
  while (journal_.size() > mark) {
    auto& [job, before] = journal_.back();
    if (before) {
      if (jobs_[job].is_closed) closed_.pop_back();
      jobs_[job] = std::move(*before);
    } else {
      jobs_.erase(job);
    }
    journal_.pop_back();
  }
}

}  // namespace dirbridge::ledger
