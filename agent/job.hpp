// A delivered job as the agent holds it: names parsed once, times on the agent's own clock.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "ldap/dn.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {

// Shared by the lane it waits in, the plan that carries it out and the book of leases; one thread.
struct Job {
  JobId id;
  proto::Fence lease;
  int delivery = 1;
  bool reconcile = false;  // an earlier delivery may have run: read before writing
  RequestId request;

  proto::ObjectRef group;
  ldap::Dn target;  // group.dn, parsed
  std::string attribute;
  proto::Action action{};
  // One per member, in member order. A name that cannot be parsed is empty here and has an entry in `bad`.
  std::vector<ldap::Dn> values;
  struct Bad {
    std::uint32_t index = 0;
    std::string reason;
  };
  std::vector<Bad> bad;
  std::string bad_target;  // why group.dn cannot be parsed; empty if it can

  TimePoint received;
  milliseconds lease_time{};
  TimePoint lease_until;  // never later than the hub believes; moved by LeaseBook
  TimePoint deadline;     // when the last caller is answered
  TimePoint start_by;     // deadline less the report margin: not given to the directory after this
  bool cancelled = false;
  std::string cancel_reason;

  bool is_add() const { return action == proto::Action::add; }
  // The last question before a send: not cancelled, lease still ours, time left.
  bool may_start(TimePoint now) const { return !cancelled && now < lease_until && now < start_by; }
  // When may_start() turns false by itself.
  TimePoint startable_until() const { return lease_until < start_by ? lease_until : start_by; }
  // A sentence: why it may not start (any more).
  std::string why_not_started(TimePoint now) const;
};
using JobPtr = std::shared_ptr<Job>;

// `leased_at`: earliest local time of the `at` of its jobs frame (HubClock). The margin is at most a quarter of what
// remains, so that a short deadline still leaves time to work.
JobPtr make_job(proto::DeliveredJob delivered, TimePoint leased_at, TimePoint now, milliseconds report_margin);

// What a value is known by, its name and its stable id: two values with one of them in common are taken for the same.
// They refer to `value`. None if it could not be parsed.
std::vector<std::string_view> keys_of(const ldap::Dn& value);

// One adds what the other removes, on the same attribute of what is known to be the same group (the lane's).
bool contradicts(const Job& a, const Job& b);

// What serialises jobs: the group's stable id, or its name when it has none.
std::string lane_key(const Job& job);

// "d0…,7f…,+254": the correlation ids of several jobs, at most `limit` spelled out.
std::string join_requests(const std::vector<JobPtr>& jobs, std::size_t limit = 8);

}  // namespace dirbridge::agent
