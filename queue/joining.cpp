#include "queue/joining.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_set>

namespace dirbridge::queue {
namespace {

// A retry comes within seconds of what it repeats: far back in a long queue there is nothing to join. Both bounds keep
// one request's search well below a millisecond or two.
constexpr std::size_t max_jobs_searched = 1'000;
constexpr std::size_t max_members_compared = 100'000;

}  // namespace

std::size_t digest_of(const proto::MembershipChange& change) {
  // A sum, not a chain: members have no order.
  std::size_t digest = change.action == proto::Action::add ? 1 : 2;
  for (const auto& member : change.members) digest += std::hash<std::string>{}(member.id);
  return digest;
}

const Entry* joinable_in(const Group& group, std::string_view principal, const proto::MembershipChange& change) {
  const auto digest = digest_of(change);
  const Entry* found = nullptr;
  std::size_t searched = 0;
  auto at = group.open.rbegin();
  for (; at != group.open.rend() && searched < max_jobs_searched; ++at, ++searched) {
    const auto& entry = *at->second;
    if (entry.deadline_passed || entry.digest != digest || entry.job->principal != principal) continue;
    if (!proto::is_equal_change(*entry.job->change, change)) continue;
    found = &entry;
    break;
  }
  if (!found) return nullptr;

  std::size_t compared = 0;
  for (auto later = group.open.upper_bound(found->order); later != group.open.end(); ++later) {
    const auto& other = *later->second->job->change;
    if (other.action == change.action) continue;
    compared += other.members.size() + change.members.size();
    if (compared > max_members_compared || proto::contradicts(other, change)) return nullptr;
  }
  return found;
}

}  // namespace dirbridge::queue
