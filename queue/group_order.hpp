// Which waiting job is next: the order within each group, one agent per group, and the oldest first over all groups.
// A group's jobs that wait are handed out from the front up to the first that is blocked (back-off, unsettled
// recovery). Internal to queue/. Not thread-safe.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "queue/entry.hpp"

namespace dirbridge::queue {

struct DirectoryOrder;

// The open jobs of one group of one directory.
struct Group {
  DirectoryOrder* directory = nullptr;
  std::string id;
  std::map<std::uint64_t, Entry*> open;
  std::map<std::uint64_t, Entry*> waiting;  // those without a live lease
  std::set<std::uint64_t> held;
  AgentId owner;  // who holds some of it; empty: nobody

  // It came back while a later one is still out: executed now it could undo the later one.
  bool is_behind_a_held_one(std::uint64_t order) const { return !held.empty() && order < *held.rbegin(); }

  // Where the group stands in its directory's index, if anywhere.
  std::optional<std::uint64_t> indexed_at;
  AgentId indexed_for;
};

// Groups with something to hand out, by the order of their first waiting job.
struct DirectoryOrder {
  using Index = std::map<std::uint64_t, Group*>;
  std::unordered_map<std::string, Group> groups;
  Index unowned;
  std::unordered_map<AgentId, Index> owned;
};

class GroupOrder {
 public:
  // Where next() left off; groups found to have nothing are not looked at again.
  using Cursor = std::optional<std::uint64_t>;

  void add(Entry& entry);
  // The entry is closed; frees its group if it was held.
  void remove(Entry& entry);
  // A lease begins and ends: entry.held and entry.agent are set here.
  void take(Entry& entry, const AgentId& agent);
  void give_back(Entry& entry);
  // entry.blocked_until changed.
  void refresh(Entry& entry) { reindex(*entry.group); }

  // True if nobody else holds a job of this entry's group.
  static bool is_free_for(const Entry& entry, const AgentId& agent) {
    return entry.group->held.empty() || entry.group->owner == agent;
  }
  // The oldest waiting job that `agent` may be given; nullptr: none.
  Entry* next(const DirectoryId& directory, const AgentId& agent, TimePoint now, Cursor& cursor) const;
  // The first job of a group that may be handed out at `now`.
  static Entry* first_leasable(const Group& group, TimePoint now);
  const Group* find(const DirectoryId& directory, const std::string& group) const;

 private:
  void reindex(Group& group);
  static void unindex(Group& group);

  std::unordered_map<DirectoryId, DirectoryOrder> directories_;
};

}  // namespace dirbridge::queue
