#include "bench/organisation.hpp"

#include <cstdio>

namespace dirbridge::bench {
namespace {

constexpr std::size_t small_size = 10;
constexpr std::size_t large_size = 1000;

std::string numbered(const char* pattern, std::size_t number) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, number);
  return text;
}

}  // namespace

Organisation::Organisation(std::size_t callers) : users_(large_size + callers) {
  small_ = {"cn=small," + groups(), small_size};
  for (std::size_t i = 0; i < callers; ++i) distinct_.push_back({numbered("cn=team%04zu,", i) + groups(), small_size});
  large_ = {"cn=large," + groups(), large_size};
}

std::string Organisation::user_dn(std::size_t number) const { return numbered("uid=user%06zu,", number) + people(); }

Seat Organisation::seat(const GroupPlan& group, std::size_t user) const {
  Seat seat;
  seat.group_dn = group.dn;
  seat.user_dn = user_dn(user);
  return seat;
}

std::vector<Seat> Organisation::latency_seats() const { return {seat(small_, large_size)}; }

std::vector<Seat> Organisation::distinct_seats() const {
  std::vector<Seat> seats;
  for (std::size_t i = 0; i < distinct_.size(); ++i) seats.push_back(seat(distinct_[i], large_size + i));
  return seats;
}

std::vector<Seat> Organisation::merge_seats() const {
  std::vector<Seat> seats;
  for (std::size_t i = 0; i < distinct_.size(); ++i) seats.push_back(seat(large_, large_size + i));
  return seats;
}

std::set<std::string> Organisation::expected(const std::string& group_dn, std::span<const Seat> seats) const {
  const std::size_t base = group_dn == large_.dn ? large_size : small_size;
  std::set<std::string> members;
  for (std::size_t i = 0; i < base; ++i) members.insert(user_dn(i));
  for (const Seat& seat : seats) {
    if (seat.group_dn == group_dn && seat.taken) members.insert(seat.user_dn);
  }
  return members;
}

std::vector<std::string> Organisation::access() const {
  return {"to dn.subtree=\"" + groups() + "\" attrs=member,uniqueMember by dn.exact=\"" + agent() +
          "\" write by * break"};
}

std::string Organisation::ldif(const Secret& agent_password) const {
  std::string text = "dn: " + suffix_ + "\nobjectClass: dcObject\nobjectClass: organization\no: Bench\ndc: example\n\n";
  for (const char* unit : {"people", "groups", "services"}) {
    text.append("dn: ou=").append(unit).append(",").append(suffix_);
    text.append("\nobjectClass: organizationalUnit\nou: ").append(unit).append("\n\n");
  }
  // The password lies in a folder of our own and dies with it: no hash, which every bind would have to compute.
  text += "dn: " + agent() + "\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: agent\n" +
          "userPassword: " + agent_password.reveal() + "\n\n";
  for (std::size_t i = 0; i < users_; ++i) {
    const std::string uid = numbered("user%06zu", i);
    text +=
        "dn: " + user_dn(i) + "\nobjectClass: inetOrgPerson\nuid: " + uid + "\ncn: " + uid + "\nsn: " + uid + "\n\n";
  }
  const auto add = [&](const GroupPlan& group) {
    text += "dn: " + group.dn + "\nobjectClass: groupOfNames\ncn: " + group.dn.substr(3, group.dn.find(',') - 3) + "\n";
    for (std::size_t i = 0; i < group.base_members; ++i) text += "member: " + user_dn(i) + "\n";
    text += "\n";
  };
  add(small_);
  for (const GroupPlan& group : distinct_) add(group);
  add(large_);
  return text;
}

}  // namespace dirbridge::bench
