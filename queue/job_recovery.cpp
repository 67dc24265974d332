// What the queue makes of agents that come back, agents that are gone, and jobs of an earlier epoch.
#include <algorithm>
#include <set>

#include "queue/job_queue.hpp"

namespace dirbridge::queue {

void JobQueue::recover(Job job, TimePoint settled_by) {
  if (entries_.contains(job.id)) return;
  auto& entry = insert(std::move(job));
  entry.recovered = entry.older_epoch = true;
  // Who had it, how often, and what became of that is not recorded (two commits on the path of a job, and no third): it
  // may have run, and may have been delivered more than once.
  entry.unheard = entry.doubt = true;
  block(entry, settled_by);
}

void JobQueue::release_recovered(const DirectoryId& directory, bool may_have_run, TimePoint now, Step& step) {
  std::vector<Entry*> released;
  for (const auto& [id, entry] : entries_)
    if (entry->recovered && !entry->held && entry->job->directory == directory) released.push_back(entry.get());
  for (auto* entry : released) {
    unblock(*entry);
    if (may_have_run) continue;
    entry->unheard = entry->doubt = false;
    if (entry->deadline_passed) {
      close_unstarted(*entry, step);
    } else if (entry->due_at <= now) {
      timers_.disarm(*entry, TimerKind::due);
      deadline_comes(*entry, true, step);
    }
  }
}

bool JobQueue::is_last_lease(const Entry& entry, const AgentId& agent, const Fence& lease) const {
  return lease != Fence{} && entry.lease == lease && entry.agent == agent;
}

bool JobQueue::is_adoptable(const Entry& entry, const AgentId& agent, const Fence& lease) const {
  // Nobody was given it in this epoch, and of two agents that claim it the one with the later lease is right.
  if (!entry.older_epoch || lease.epoch >= epoch_ || entry.lease.epoch >= epoch_ || lease <= entry.lease) return false;
  const auto known = agents_.find(agent);
  return known != agents_.end() && known->second.directory == entry.job->directory;
}

void JobQueue::adopt(Entry& entry, const AgentId& agent, const Fence& lease) {
  if (entry.held) release(entry);
  history_.remember(entry.lease, entry.job->id, entry.agent);
  if (entry.recovered) unblock(entry);
  entry.agent = agent;
  entry.lease = lease;
}

bool JobQueue::resume(Entry& entry, const AgentId& agent, const Fence& lease, TimePoint now) {
  if (!GroupOrder::is_free_for(entry, agent)) return false;
  unblock(entry);
  hold(entry, agent, lease, now);
  entry.unheard = false;
  return true;
}

JobQueue::Settlement JobQueue::reconnect(const AgentId& agent, const DirectoryId& directory,
                                         const std::vector<proto::OpenJobs::Held>& held, bool same_process,
                                         TimePoint now, Step& step) {
  agents_[agent].directory = directory;
  Settlement settlement;
  std::set<Fence> kept;
  for (const auto& claim : held) {
    auto* entry = find(claim.job);
    const bool last = entry && is_last_lease(*entry, agent, claim.lease);
    bool keeps = last && (entry->held || resume(*entry, agent, claim.lease, now));
    if (entry && !last && is_adoptable(*entry, agent, claim.lease) && GroupOrder::is_free_for(*entry, agent)) {
      adopt(*entry, agent, claim.lease);
      keeps = resume(*entry, agent, claim.lease, now);
    }
    if (!keeps) {
      settlement.drop.push_back(claim.lease);
      continue;
    }
    keep_alive(*entry, now);
    entry->sent |= claim.state == proto::Holding::sent;
    if (entry->deadline_passed) step.cancel.push_back({agent, entry->job->id, entry->lease});
    kept.insert(claim.lease);
    settlement.keep.push_back(claim.lease);
  }
  std::vector<Entry*> missing;
  for (const auto& [lease, entry] : agents_[agent].held)
    if (!kept.contains(lease)) missing.push_back(entry);
  for (auto* entry : missing) {
    if (same_process) {
      never_arrived(*entry, step);
    } else {
      lapse(*entry, step);
    }
  }
  return settlement;
}

void JobQueue::never_arrived(Entry& entry, Step& step) {
  release(entry);
  history_.remember(entry.lease, entry.job->id, entry.agent);
  entry.lease = {};
  entry.agent = {};
  entry.deliveries = std::max(0, entry.deliveries - 1);
  entry.attempts = std::max(0, entry.attempts - 1);
  if (entry.deadline_passed && !entry.is_uncertain()) close_unstarted(entry, step);
}

Step JobQueue::agent_gone(const AgentId& agent, TimePoint) {
  Step step;
  const auto leases = agents_.find(agent);
  if (leases == agents_.end()) return step;
  std::vector<Entry*> lost;
  for (const auto& [lease, entry] : leases->second.held) lost.push_back(entry);
  for (auto* entry : lost) lapse(*entry, step);
  return step;
}

}  // namespace dirbridge::queue
