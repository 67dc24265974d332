// The people and groups of the bench: enough users for every caller, groups of 10 and one of 1,000.
#pragma once
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "bench/workload.hpp"

namespace dirbridge::bench {

struct GroupPlan {
  std::string dn;
  std::size_t base_members = 0;  // users 0 … base_members-1 stay in it
};

class Organisation {
 public:
  // `callers` decides how many groups and movable users there are.
  explicit Organisation(std::size_t callers);

  const std::string& suffix() const { return suffix_; }
  // The account that may change members and nothing else; the raw side binds as it too.
  std::string agent() const { return "cn=agent,ou=services," + suffix_; }
  std::string people() const { return "ou=people," + suffix_; }
  std::string groups() const { return "ou=groups," + suffix_; }
  // slapd's access rules: the agent writes member values.
  std::vector<std::string> access() const;
  std::string ldif(const Secret& agent_password) const;

  // One seat in the group of 10 that only the latency scenario changes.
  std::vector<Seat> latency_seats() const;
  // One seat in each of the groups of 10.
  std::vector<Seat> distinct_seats() const;
  // A seat for every caller in the group of 1,000.
  std::vector<Seat> merge_seats() const;

  // What `group_dn` must hold while its seats are as given.
  std::set<std::string> expected(const std::string& group_dn, std::span<const Seat> seats) const;

 private:
  std::string user_dn(std::size_t number) const;
  Seat seat(const GroupPlan& group, std::size_t user) const;

  std::string suffix_ = "dc=example,dc=org";
  std::size_t users_;
  GroupPlan small_;
  std::vector<GroupPlan> distinct_;
  GroupPlan large_;
};

}  // namespace dirbridge::bench
