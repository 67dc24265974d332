#include "queue/job_queue.hpp"

#include <algorithm>
#include <cassert>

#include "queue/joining.hpp"

namespace dirbridge::queue {

std::string_view to_text(JobState state) {
  switch (state) {
    case JobState::queued: return "queued";
    case JobState::leased: return "leased";
    case JobState::overdue: return "overdue";
    case JobState::reconciling: return "reconciling";
  }
  return "?";
}

std::string_view to_text(Disposition disposition) {
  switch (disposition) {
    case Disposition::open: return "open";
    case Disposition::applied: return "applied";
    case Disposition::refused: return "refused";
    case Disposition::not_started: return "not_started";
    case Disposition::cancelled: return "cancelled";
    case Disposition::applied_late: return "applied_late";
    case Disposition::refused_late: return "refused_late";
    case Disposition::parked: return "parked";
  }
  return "?";
}

JobQueue::JobQueue(QueueSettings settings, std::uint64_t epoch) : settings_(settings), epoch_(epoch) {}

Entry* JobQueue::find(const JobId& job) const {
  const auto found = entries_.find(job);
  return found == entries_.end() ? nullptr : found->second.get();
}

Entry& JobQueue::insert(Job job) {
  auto owned = std::make_unique<Entry>();
  auto& entry = *owned;
  entry.order = ++jobs_taken_;
  entry.digest = digest_of(*job.change);
  entry.due_at = job.deadline;
  entry.job = std::make_shared<const Job>(std::move(job));
  entries_.emplace(entry.job->id, std::move(owned));
  order_.add(entry);
  timers_.arm(entry, TimerKind::due, entry.due_at);
  return entry;
}

bool JobQueue::enqueue(Job job) {
  if (entries_.size() >= settings_.max_open_jobs || entries_.contains(job.id)) return false;
  insert(std::move(job));
  return true;
}

std::optional<JobId> JobQueue::find_joinable(const DirectoryId& directory, std::string_view principal,
                                             const proto::MembershipChange& change) const {
  const auto* group = order_.find(directory, change.group.id);
  const auto* entry = group ? joinable_in(*group, principal, change) : nullptr;
  if (!entry) return std::nullopt;
  return entry->job->id;
}

void JobQueue::extend(const JobId& job, TimePoint deadline) {
  auto* entry = find(job);
  if (!entry || entry->deadline_passed || deadline <= entry->due_at) return;
  entry->due_at = deadline;
  timers_.arm(*entry, TimerKind::due, deadline);
  auto longer = std::make_shared<Job>(*entry->job);  // earlier deliveries keep the deadline they were given
  longer->deadline = deadline;
  entry->job = std::move(longer);
}

std::vector<Delivery> JobQueue::lease(const AgentId& agent, const DirectoryId& directory, std::size_t credit,
                                      TimePoint now) {
  wake(now);
  agents_[agent].directory = directory;
  std::vector<Delivery> deliveries;
  GroupOrder::Cursor cursor;
  while (deliveries.size() < credit) {
    auto* entry = order_.next(directory, agent, now, cursor);
    if (!entry) break;
    history_.remember(entry->lease, entry->job->id, entry->agent);
    entry->doubt = entry->is_uncertain();
    entry->unheard = false;
    ++entry->deliveries;
    ++entry->attempts;
    hold(*entry, agent, Fence{epoch_, ++leases_given_}, now);
    deliveries.push_back({entry->job, entry->lease, entry->deliveries, entry->doubt, entry->lease_until});
  }
  return deliveries;
}

bool JobQueue::has_work(const AgentId& agent, const DirectoryId& directory, TimePoint now) const {
  GroupOrder::Cursor cursor;
  if (order_.next(directory, agent, now, cursor)) return true;
  return timers_.any_due(TimerKind::wake, now, [&](const Entry& entry) {
    return entry.job->directory == directory && GroupOrder::is_free_for(entry, agent) &&
           GroupOrder::first_leasable(*entry.group, now);
  });
}

void JobQueue::renew(const AgentId& agent, Fence lease, TimePoint now) {
  const auto leases = agents_.find(agent);
  if (leases == agents_.end()) return;
  const auto held = leases->second.held.find(lease);
  if (held != leases->second.held.end()) keep_alive(*held->second, now);
}

Step JobQueue::expire(TimePoint now) {
  Step step;
  while (const auto due = timers_.pop(now)) {
    switch (due.kind) {
      case TimerKind::due: deadline_comes(*due.entry, true, step); break;
      case TimerKind::lease: lapse(*due.entry, step); break;
      case TimerKind::wake: unblock(*due.entry); break;
    }
  }
  return step;
}

TimePoint JobQueue::next_expiry() const { return timers_.next(); }

void JobQueue::wake(TimePoint now) {
  while (const auto due = timers_.pop(TimerKind::wake, now)) unblock(*due.entry);
}

void JobQueue::unblock(Entry& entry) {
  timers_.disarm(entry, TimerKind::wake);
  entry.blocked_until = TimePoint::min();
  entry.recovered = false;
  order_.refresh(entry);
}

void JobQueue::block(Entry& entry, TimePoint until) {
  entry.blocked_until = until;
  timers_.arm(entry, TimerKind::wake, until);
  order_.refresh(entry);
}

void JobQueue::hold(Entry& entry, const AgentId& agent, const Fence& lease, TimePoint now) {
  order_.take(entry, agent);
  entry.lease = lease;
  entry.sent = false;
  agents_[agent].held.emplace(lease, &entry);
  keep_alive(entry, now);
}

void JobQueue::release(Entry& entry) {
  timers_.disarm(entry, TimerKind::lease);
  agents_[entry.agent].held.erase(entry.lease);
  entry.sent = false;
  order_.give_back(entry);
}

void JobQueue::keep_alive(Entry& entry, TimePoint now) {
  entry.lease_until = now + settings_.lease;
  timers_.arm(entry, TimerKind::lease, entry.lease_until);
}

std::optional<JobQueue::View> JobQueue::view(const JobId& job) const {
  const auto* entry = find(job);
  if (!entry) return std::nullopt;
  return to_view(*entry);
}

std::vector<JobQueue::View> JobQueue::open_jobs() const {
  std::vector<const Entry*> sorted;
  sorted.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) sorted.push_back(entry.get());
  std::ranges::sort(sorted, {}, &Entry::order);
  std::vector<View> views;
  views.reserve(sorted.size());
  for (const auto* entry : sorted) views.push_back(to_view(*entry));
  return views;
}

std::size_t JobQueue::size() const { return entries_.size(); }

JobQueue::View JobQueue::to_view(const Entry& entry) {
  View view{.job = entry.job,
            .state = entry.state(),
            .deliveries = entry.deliveries,
            .agent = {},
            .lease = {},
            .deadline_passed = entry.deadline_passed};
  if (entry.held) {
    view.agent = entry.agent;
    view.lease = entry.lease;
  }
  return view;
}

}  // namespace dirbridge::queue
