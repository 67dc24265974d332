// The probes: short coroutines that see, and leave the judging to judge.hpp. Internal to doctor/.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/settings.hpp"
#include "doctor/judge.hpp"
#include "doctor/questioner.hpp"

namespace dirbridge::doctor {

struct KnownGroup {
  std::string dn;
  std::string attribute;
  std::string some_member;
};
// What the reads bring for the probes after them.
struct Known {
  std::vector<KnownGroup> groups;  // at most max_groups_tried
  std::string some_user;
};
inline constexpr std::size_t max_groups_tried = 500;

// Connection, certificate, transport and bind, for each URL. The first that binds serves for the rest; null if none.
asio::awaitable<std::shared_ptr<ldap::Connection>> probe_servers(const ldap::ClientSettings& settings,
                                                                 Findings& findings);
asio::awaitable<ReadSeen> read_users(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                     Known& known);
asio::awaitable<ReadSeen> read_groups(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                      Known& known);
asio::awaitable<void> probe_rights(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                   const Known& known, Findings& findings);
asio::awaitable<void> probe_ways(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                 const Known& known, Findings& findings);
// Last member and modify speed, in the scratch group.
asio::awaitable<void> probe_scratch(Questioner& server, const agent::AgentSettings& settings, const std::string& group,
                                    const Known& known, Findings& findings);

// A name that no entry has, below `base`.
ldap::Dn absent_name(const std::string& base);

}  // namespace dirbridge::doctor
