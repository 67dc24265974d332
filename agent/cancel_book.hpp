// Cancels that overtook their jobs: kept for a while, so that the job is not started when it comes. Pure.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {

class CancelBook {
 public:
  static constexpr std::size_t max_parked = 4096;
  static constexpr milliseconds parked_for{60'000};

  // The oldest goes when there are too many: its job's own lease and deadline still guard it.
  void park(const proto::Fence& lease, std::string reason, TimePoint now) {
    forget_old(now);
    if (!reasons_.emplace(lease, std::move(reason)).second) return;
    order_.push_back({lease, now + parked_for});
    if (order_.size() > max_parked) drop_oldest();
  }
  // The reason, if this lease was cancelled before it came. It stays parked: the frame may come twice.
  std::optional<std::string> find(const proto::Fence& lease, TimePoint now) {
    forget_old(now);
    const auto found = reasons_.find(lease);
    if (found == reasons_.end()) return std::nullopt;
    return found->second;
  }
  std::size_t size() const { return reasons_.size(); }

 private:
  struct Parked {
    proto::Fence lease;
    TimePoint until;
  };
  void forget_old(TimePoint now) {
    while (!order_.empty() && order_.front().until <= now) drop_oldest();
  }
  void drop_oldest() {
    reasons_.erase(order_.front().lease);
    order_.pop_front();
  }
  std::map<proto::Fence, std::string> reasons_;
  std::deque<Parked> order_;
};

}  // namespace dirbridge::agent
