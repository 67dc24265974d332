// Examines the directory of an agent's configuration by trying.
//
// Nothing is written outside `scratch_group`, which is left as found: rights are found out by deleting values that are
// not there. Takes a few seconds and one connection per URL. Needs no hub.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>

#include "agent/settings.hpp"
#include "doctor/finding.hpp"
#include "ldap/directory.hpp"

namespace dirbridge::doctor {

namespace asio = boost::asio;

struct Examination {
  Findings findings;  // in the order of `checks`; what could not be tried is not among them
  ldap::ServerKind kind = ldap::ServerKind::generic;
  std::string advice;  // access rules; empty if nobody was asked
};

// For whoever may have to end an examination early. On the loop's thread.
struct Scratch {
  // Set from outside: no further change; the group is given back, and nothing else is looked at.
  bool ends_early = false;
  bool is_touched = false;  // from before the first change until the group was seen to be as it was found
  std::string restore{};    // LDIF by which a person makes it so; once it is touched
};
struct Order {
  const agent::AgentSettings& settings;
  std::string scratch_group{};  // a DN; empty: none
  Scratch* scratch = nullptr;   // outlives the examination
};
asio::awaitable<Examination> examine(Order order);

}  // namespace dirbridge::doctor
