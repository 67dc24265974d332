// Two private 389 instances as supplier and read-only consumer, with a real replication agreement. Blocking.
#pragma once
#include "base/error.hpp"
#include "lab/private_ds389.hpp"

namespace dirbridge::lab {

// Both are running; the consumer's data becomes the supplier's. Returns when the consumer is in step; from then on it
// refuses writes and refers to the supplier. Errors: what the servers say.
result<void> replicate(const PrivateDs389& supplier, const PrivateDs389& consumer);

}  // namespace dirbridge::lab
