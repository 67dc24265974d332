// What a report, a deadline and a lapse make of a job: every way in which a JobQueue's job closes or goes back.
#include <algorithm>
#include <cassert>

#include "queue/job_queue.hpp"

namespace dirbridge::queue {
namespace {

using proto::Evidence;
using proto::Finding;
using proto::Verdict;

bool is_effect(const Finding& finding) {
  return finding.verdict == Verdict::applied || finding.verdict == Verdict::already;
}

bool has_effect(const proto::Outcome& outcome) { return std::ranges::any_of(outcome.findings(), is_effect); }

bool has_verdict(const proto::Outcome& outcome, Verdict verdict) {
  return std::ranges::any_of(outcome.findings(), [&](const Finding& finding) { return finding.verdict == verdict; });
}

// Nothing that did not happen now can have happened before either: the agent read it.
bool is_read_back(const proto::Outcome& outcome) {
  return std::ranges::all_of(outcome.findings(), [](const Finding& finding) {
    return (finding.verdict != Verdict::not_sent && finding.verdict != Verdict::retryable) ||
           finding.evidence == Evidence::read_back;
  });
}

}  // namespace

AckStatus JobQueue::report(const AgentId& agent, const JobId& job, Fence lease, bool final,
                           const proto::Outcome& outcome, TimePoint now, Step& step) {
  auto* entry = find(job);
  if (!entry) return history_.contains(lease, job, agent) ? AckStatus::late : AckStatus::stale;
  if (outcome.count() != entry->job->change->members.size()) return AckStatus::stale;
  if (!is_last_lease(*entry, agent, lease)) {
    if (!is_adoptable(*entry, agent, lease))
      return history_.contains(lease, job, agent) ? AckStatus::late : AckStatus::stale;
    adopt(*entry, agent, lease);
  }
  // Its holder is at work on it again after all, unless somebody else has its group by now.
  if (!final && !entry->held && !resume(*entry, agent, lease, now)) return AckStatus::late;
  // Its deadline may have come in this very turn of the loop, before expire() was asked.
  if (!entry->deadline_passed && entry->due_at <= now) {
    timers_.disarm(*entry, TimerKind::due);
    deadline_comes(*entry, !final, step);
  }
  if (final) {
    settle(*entry, outcome, now, step);
  } else {
    if (outcome.verdict() == Verdict::unknown) entry->sent = true;
    keep_alive(*entry, now);
  }
  return AckStatus::accepted;
}

void JobQueue::settle(Entry& entry, const proto::Outcome& outcome, TimePoint now, Step& step) {
  if (entry.held) release(entry);
  entry.unheard = false;
  const bool late = entry.deadline_passed;
  switch (outcome.verdict()) {
    case Verdict::applied:
    case Verdict::already: return close(entry, late ? Disposition::applied_late : Disposition::applied, outcome, step);
    case Verdict::refused: return close(entry, late ? Disposition::refused_late : Disposition::refused, outcome, step);
    case Verdict::unknown: entry.unheard = true; break;
    case Verdict::retryable:
    case Verdict::not_sent:
      if (is_read_back(outcome)) entry.doubt = false;
      entry.tried |= has_verdict(outcome, Verdict::retryable);
      break;
  }
  entry.changed |= has_verdict(outcome, Verdict::applied);
  entry.last = outcome;
  if (late && !entry.is_uncertain())
    return close(entry, entry.changed ? Disposition::refused_late : Disposition::cancelled, outcome, step);
  retry(entry, now, step);
}

void JobQueue::retry(Entry& entry, TimePoint now, Step& step) {
  if (entry.attempts >= settings_.max_deliveries) return park(entry, step);
  auto pause = settings_.backoff_base;
  for (int n = 1; n < entry.attempts && pause < settings_.backoff_max; ++n) pause *= 2;
  block(entry, now + std::min(pause, settings_.backoff_max));
}

void JobQueue::deadline_comes(Entry& entry, bool tell_holder, Step& step) {
  if (entry.deadline_passed) return;
  step.due.push_back(entry.job->id);
  entry.deadline_passed = true;
  entry.attempts = 0;  // from here on it is only read; being settled has a count of its own
  if (entry.held) {
    if (tell_holder) step.cancel.push_back({entry.agent, entry.job->id, entry.lease});
  } else if (!entry.is_uncertain()) {
    close_unstarted(entry, step);
  }
}

void JobQueue::lapse(Entry& entry, Step& step) {
  release(entry);
  entry.unheard = true;
  if (entry.attempts >= settings_.max_deliveries) park(entry, step);
}

void JobQueue::close_unstarted(Entry& entry, Step& step) {
  if (entry.changed) return close(entry, Disposition::refused_late, entry.last, step);
  if (entry.tried) return close(entry, Disposition::cancelled, entry.last, step);
  // An agent that gave it back unsent may have said why.
  const bool was_returned = entry.last.count() > 0 && entry.last.verdict() == Verdict::not_sent;
  close(entry, Disposition::not_started,
        was_returned ? entry.last : proto::Outcome::all(entry.job->change->members.size(), Verdict::not_sent), step);
}

void JobQueue::park(Entry& entry, Step& step) {
  const auto deliveries = std::to_string(entry.deliveries) + " deliveries";
  if (entry.last.count() > 0 && !entry.is_uncertain()) return close(entry, Disposition::parked, entry.last, step);
  close(entry, Disposition::parked,
        proto::Outcome::all(entry.job->change->members.size(), Verdict::unknown, Evidence::none, 0, {},
                            "no definite word after " + deliveries + "; look at the group itself"),
        step);
}

void JobQueue::close_overtaken(const Entry& by, Step& step) {
  std::vector<Entry*> overtaken;
  for (const auto& [order, entry] : by.group->waiting) {
    if (order >= by.order) break;
    if (proto::contradicts(*entry->job->change, *by.job->change)) overtaken.push_back(entry);
  }
  for (auto* entry : overtaken) {
    const auto count = entry->job->change->members.size();
    const auto advice = "overtaken by job " + by.job->id.str() + ", which wants the opposite and is done";
    if (entry->is_uncertain()) {
      close(*entry, Disposition::parked, proto::Outcome::all(count, Verdict::unknown, Evidence::none, 0, {}, advice),
            step);
    } else {
      close(*entry, entry->changed ? Disposition::refused_late : Disposition::cancelled,
            entry->changed ? entry->last : proto::Outcome::all(count, Verdict::not_sent, Evidence::none, 0, {}, advice),
            step);
    }
  }
}

void JobQueue::close(Entry& entry, Disposition disposition, proto::Outcome outcome, Step& step) {
  assert(!entry.held);
  const auto is_done = has_effect(outcome);
  step.close.push_back({entry.job->id, disposition, std::move(outcome)});
  if (is_done) close_overtaken(entry, step);
  history_.remember(entry.lease, entry.job->id, entry.agent);
  timers_.disarm_all(entry);
  order_.remove(entry);
  entries_.erase(entry.job->id);
}

}  // namespace dirbridge::queue
