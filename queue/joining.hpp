// Rule 6: which open job an equal change joins. Internal to queue/.
#pragma once
#include <cstddef>
#include <string_view>

#include "proto/membership_change.hpp"
#include "queue/group_order.hpp"

namespace dirbridge::queue {

// The same for equal changes, whatever the order of their members.
std::size_t digest_of(const proto::MembershipChange& change);

// The newest open job of `group` that is equal, of the same principal, not past its deadline, and contradicted by no
// later one; nullptr if there is none, or if finding out would take too long: not joining is always right, it only
// costs a modify. What is past its deadline is never executed any more: whoever wants the change now needs a job that
// is, behind it.
const Entry* joinable_in(const Group& group, std::string_view principal, const proto::MembershipChange& change);

}  // namespace dirbridge::queue
