// A membership change that several hold at once: its record on the way to the disk, the queue, the frame to an agent.
// One of 10,000 users is 30,000 texts, and to copy or write them each time takes longer than the directory needs.
#pragma once
#include <memory>
#include <string>

#include "proto/membership_change.hpp"

namespace dirbridge::proto {

// Holds one change that nobody changes any more. Copies share it; they may be used by several threads.
class SharedChange {
 public:
  SharedChange();                         // an empty change
  SharedChange(MembershipChange change);  // implicit: it stands where a change could stand

  const MembershipChange& operator*() const;
  const MembershipChange* operator->() const { return &**this; }
  // dump(to_json_value(change)): written when first asked for, and kept as long as the change.
  const std::string& text() const;
  // For the last who holds it: moved out, else a copy.
  MembershipChange take() &&;

  friend bool operator==(const SharedChange& a, const SharedChange& b) { return a.held_ == b.held_ || *a == *b; }

 private:
  struct Held;
  std::shared_ptr<Held> held_;
};

}  // namespace dirbridge::proto
