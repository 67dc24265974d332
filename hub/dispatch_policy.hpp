// Whether a change can be dispatched at all. Pure.
#pragma once
#include <cstddef>

namespace dirbridge::hub {

enum class Dispatch {
  accept,
  no_agents,   // 502 at once: nothing is enqueued, nothing can happen later
  overloaded,  // 503: more callers wait than the hub is willing to hold
};

struct DispatchPolicy {
  std::size_t max_waiting = 10'000;
  Dispatch decide(bool agent_connected, std::size_t waiting) const {
    if (!agent_connected) return Dispatch::no_agents;
    return waiting >= max_waiting ? Dispatch::overloaded : Dispatch::accept;
  }
};

}  // namespace dirbridge::hub
