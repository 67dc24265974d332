// Jobs for tests: "add u1,u2 to cn=g", one line each.
#pragma once
#include <initializer_list>
#include <string>

#include "agent/job.hpp"

namespace dirbridge::agent::test {

inline const TimePoint t0 = TimePoint{} + std::chrono::hours{1};

inline std::string user_dn(const std::string& name) { return "uid=" + name + ",ou=people,dc=example,dc=org"; }
inline std::string group_dn(const std::string& name) { return "cn=" + name + ",ou=groups,dc=example,dc=org"; }
inline ldap::Dn dn(const std::string& text) { return ldap::Dn::parse(text).value(); }

struct JobOptions {
  std::string group = "g";
  std::string attribute = "member";
  std::string stable_id = "uuid-g";
  milliseconds lease = 12'000ms;
  milliseconds remaining = 20'000ms;
  milliseconds margin = 250ms;
  bool reconcile = false;
  TimePoint now = t0;
};

inline proto::DeliveredJob make_delivered(std::uint64_t number, proto::Action action,
                                          std::initializer_list<std::string> users, const JobOptions& options = {}) {
  proto::DeliveredJob delivered;
  delivered.job = JobId{"ADS" + std::to_string(number)};
  delivered.lease = {1, number};
  delivered.reconcile = options.reconcile;
  delivered.lease_time = options.lease;
  delivered.remaining = options.remaining;
  delivered.request = RequestId{"req" + std::to_string(number)};
  proto::MembershipChange change;
  change.group = {"00g" + options.group, group_dn(options.group), options.stable_id};
  change.action = action;
  change.attribute = options.attribute;
  for (const auto& user : users)
    change.members.push_back({"00u" + user, user.find('=') == user.npos ? user_dn(user) : user, "uuid-" + user});
  delivered.change = std::move(change);
  return delivered;
}

inline JobPtr make_job(std::uint64_t number, proto::Action action, std::initializer_list<std::string> users,
                       const JobOptions& options = {}) {
  return agent::make_job(make_delivered(number, action, users, options), options.now, options.now, options.margin);
}
inline JobPtr add(std::uint64_t number, std::initializer_list<std::string> users, const JobOptions& options = {}) {
  return make_job(number, proto::Action::add, users, options);
}
inline JobPtr remove(std::uint64_t number, std::initializer_list<std::string> users, const JobOptions& options = {}) {
  return make_job(number, proto::Action::remove, users, options);
}

}  // namespace dirbridge::agent::test
