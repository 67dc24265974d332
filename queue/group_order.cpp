#include "queue/group_order.hpp"

#include <cassert>

namespace dirbridge::queue {

void GroupOrder::add(Entry& entry) {
  auto& directory = directories_[entry.job->directory];
  const auto& id = entry.job->change->group.id;
  auto& group = directory.groups[id];
  if (group.open.empty()) {
    group.directory = &directory;
    group.id = id;
  }
  entry.group = &group;
  group.open.emplace(entry.order, &entry);
  group.waiting.emplace(entry.order, &entry);
  reindex(group);
}

void GroupOrder::remove(Entry& entry) {
  if (entry.held) give_back(entry);
  auto& group = *entry.group;
  group.open.erase(entry.order);
  group.waiting.erase(entry.order);
  if (!group.open.empty()) return reindex(group);
  unindex(group);
  auto& groups = group.directory->groups;
  groups.erase(groups.find(group.id));
}

void GroupOrder::take(Entry& entry, const AgentId& agent) {
  assert(!entry.held && is_free_for(entry, agent));
  auto& group = *entry.group;
  entry.held = true;
  entry.agent = agent;
  group.waiting.erase(entry.order);
  group.owner = agent;
  group.held.insert(entry.order);
  reindex(group);
}

void GroupOrder::give_back(Entry& entry) {
  assert(entry.held);
  auto& group = *entry.group;
  entry.held = false;
  group.waiting.emplace(entry.order, &entry);
  group.held.erase(entry.order);
  if (group.held.empty()) group.owner = {};
  reindex(group);
}

Entry* GroupOrder::next(const DirectoryId& directory, const AgentId& agent, TimePoint now, Cursor& cursor) const {
  const auto found = directories_.find(directory);
  if (found == directories_.end()) return nullptr;
  const auto& order = found->second;
  const auto owned = order.owned.find(agent);
  const auto from = [&](const DirectoryOrder::Index& index) {
    return cursor ? index.upper_bound(*cursor) : index.begin();
  };
  for (;;) {
    const Group* group = nullptr;
    std::uint64_t key = 0;
    if (const auto at = from(order.unowned); at != order.unowned.end()) {
      key = at->first;
      group = at->second;
    }
    if (owned != order.owned.end()) {
      const auto at = from(owned->second);
      if (at != owned->second.end() && (!group || at->first < key)) {
        key = at->first;
        group = at->second;
      }
    }
    if (!group) return nullptr;
    if (auto* entry = first_leasable(*group, now)) return entry;
    cursor = key;
  }
}

Entry* GroupOrder::first_leasable(const Group& group, TimePoint now) {
  for (const auto& [order, entry] : group.waiting) {
    if (entry->is_blocked(now) || group.is_behind_a_held_one(order)) return nullptr;
    if (entry->deadline_passed || now < entry->due_at) return entry;
    // Its deadline has come and expire() has not been asked yet. If it may have run, its fate is settled before
    // anything behind it; if it surely has not, it is about to be closed and holds nobody up.
    if (entry->is_uncertain()) return nullptr;
  }
  return nullptr;
}

const Group* GroupOrder::find(const DirectoryId& directory, const std::string& group) const {
  const auto found = directories_.find(directory);
  if (found == directories_.end()) return nullptr;
  const auto at = found->second.groups.find(group);
  return at == found->second.groups.end() ? nullptr : &at->second;
}

void GroupOrder::unindex(Group& group) {
  if (!group.indexed_at) return;
  auto& directory = *group.directory;
  if (group.indexed_for.empty()) {
    directory.unowned.erase(*group.indexed_at);
  } else {
    const auto owned = directory.owned.find(group.indexed_for);
    owned->second.erase(*group.indexed_at);
    if (owned->second.empty()) directory.owned.erase(owned);
  }
  group.indexed_at.reset();
}

void GroupOrder::reindex(Group& group) {
  unindex(group);
  if (group.waiting.empty()) return;
  const auto& [order, first] = *group.waiting.begin();
  // Blocked groups stay out of the index until their timer rings: a directory that is away may have all of them in
  // back-off, and a poll must not wade through them.
  if (first->blocked_until != TimePoint::min() || group.is_behind_a_held_one(order)) return;
  group.indexed_at = order;
  group.indexed_for = group.owner;
  auto& index = group.owner.empty() ? group.directory->unowned : group.directory->owned[group.owner];
  index.emplace(order, &group);
}

}  // namespace dirbridge::queue
