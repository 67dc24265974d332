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
  std::string classes;  // in order, in lower case
  std::size_t members = 0;
  bool is_cut = false;  // the server showed a range of them and says that there are more
};
// What the reads bring for the probes after them.
struct Known {
  std::vector<KnownGroup> groups;  // at most max_groups_tried
  std::vector<std::string> users;  // the first max_users_known
};
inline constexpr std::size_t max_users_known = 200;
inline constexpr std::size_t max_groups_tried = 500;
// Whether the scratch group's modifyTimestamp showed the server's clock.
struct ServerTime {
  std::optional<WallTime> server;
  WallTime ours;
  std::string why{};  // nothing was shown
};

// Connection, certificate, transport and bind, for each URL. The first that binds serves for the rest; null if none.
asio::awaitable<std::shared_ptr<ldap::Connection>> probe_servers(const ldap::ClientSettings& settings,
                                                                 Findings& findings);
asio::awaitable<ReadSeen> read_users(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                     Known& known);
asio::awaitable<ReadSeen> read_groups(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                      Known& known);
// `identity`: our own DN, if the server told it.
asio::awaitable<void> probe_rights(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                   const Known& known, const std::string& identity, Findings& findings);
asio::awaitable<void> probe_ways(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                 const Known& known, Findings& findings);
// The ways to follow changes. `root_dse`: names the naming contexts and the change log.
asio::awaitable<void> probe_feeds(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                  const ldap::Entry& root_dse, Findings& findings);
// Last member and modify speed, in the scratch group; nullopt: nothing was changed.
asio::awaitable<std::optional<ServerTime>> probe_scratch(Questioner& server, const agent::AgentSettings& settings,
                                                         const std::string& group, const Known& known,
                                                         Findings& findings);

// A name that no entry has, below `base`.
ldap::Dn absent_name(const std::string& base);

}  // namespace dirbridge::doctor
