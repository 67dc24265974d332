// The queue's one timer queue: at most one timer of each kind per entry, all operations O(log n). Internal to queue/.
#pragma once
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "queue/entry.hpp"

namespace dirbridge::queue {

class Timers {
 public:
  struct Due {
    Entry* entry = nullptr;
    TimerKind kind{};
    explicit operator bool() const { return entry != nullptr; }
  };

  // Replaces the timer of this kind, if there is one.
  void arm(Entry& entry, TimerKind kind, TimePoint at) {
    disarm(entry, kind);
    if (at == TimePoint::max()) return;
    entry.armed[index(kind)] = at;
    sets_[index(kind)].emplace(Key{at, entry.order}, &entry);
  }
  void disarm(Entry& entry, TimerKind kind) {
    auto& at = entry.armed[index(kind)];
    if (at == TimePoint::max()) return;
    sets_[index(kind)].erase(Key{at, entry.order});
    at = TimePoint::max();
  }
  void disarm_all(Entry& entry) {
    for (const auto kind : {TimerKind::due, TimerKind::lease, TimerKind::wake}) disarm(entry, kind);
  }

  TimePoint next() const {
    auto earliest = TimePoint::max();
    for (const auto& set : sets_)
      if (!set.empty()) earliest = std::min(earliest, set.begin()->first.first);
    return earliest;
  }
  // The earliest timer at or before `now`, disarmed; entry == nullptr if there is none. At one instant a deadline comes
  // before a lapse, so that what lapses then is already known to be late.
  Due pop(TimePoint now) {
    auto best = sets_.end();
    for (auto set = sets_.begin(); set != sets_.end(); ++set) {
      if (set->empty() || set->begin()->first.first > now) continue;
      if (best == sets_.end() || set->begin()->first.first < best->begin()->first.first) best = set;
    }
    if (best == sets_.end()) return {};
    return take(static_cast<TimerKind>(best - sets_.begin()));
  }
  Due pop(TimerKind kind, TimePoint now) {
    const auto& set = sets_[index(kind)];
    if (set.empty() || set.begin()->first.first > now) return {};
    return take(kind);
  }
  // Calls `visit(entry)` for every timer of `kind` at or before `now` until it returns true; true if it did.
  template <class Visit>
  bool any_due(TimerKind kind, TimePoint now, Visit&& visit) const {
    for (const auto& [key, entry] : sets_[index(kind)]) {
      if (key.first > now) break;
      if (visit(*entry)) return true;
    }
    return false;
  }

 private:
  using Key = std::pair<TimePoint, std::uint64_t>;
  using Set = std::map<Key, Entry*>;
  static std::size_t index(TimerKind kind) { return static_cast<std::size_t>(kind); }
  Due take(TimerKind kind) {
    Entry* entry = sets_[index(kind)].begin()->second;
    disarm(*entry, kind);
    return {entry, kind};
  }

  std::array<Set, 3> sets_;
};

}  // namespace dirbridge::queue
