// The probes: short coroutines that see, and leave the judging to judge.hpp. Internal to doctor/.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/settings.hpp"
#include "doctor/examine.hpp"
#include "doctor/judge.hpp"
#include "doctor/questioner.hpp"

namespace dirbridge::doctor {

struct KnownGroup {
  std::string dn;
  std::string attribute;
  std::string stable_id;
  std::string some_member;
  std::string classes;  // in order, in lower case
  std::size_t members = 0;
  bool is_cut = false;  // the server showed a range of them and says that there are more
};
struct KnownUser {
  std::string dn;
  std::string sid;  // Active Directory
};
// What the reads bring for the probes after them.
struct Known {
  std::vector<KnownGroup> groups;  // the first max_groups_tried
  std::vector<KnownUser> users;    // some of all of them, evenly spread
  std::size_t all_groups = 0;
  std::size_t all_users = 0;
  std::vector<std::string> contexts;  // the server's naming contexts; of Active Directory the domain
};
inline constexpr std::size_t max_users_known = 200;  // twice as many while they are read
inline constexpr std::size_t max_groups_tried = 500;
// Who the server takes us for.
struct Whoami {
  std::string dn;              // empty: it does not tell
  std::string sid;             // Active Directory
  std::set<std::string> sids;  // Active Directory: with those of our groups
};
// Whether the scratch group's modifyTimestamp showed the server's clock.
struct ServerTime {
  std::optional<WallTime> server;
  WallTime ours;
  std::string why{};  // nothing was shown
};

struct ServersFound {
  std::shared_ptr<ldap::Connection> first;  // serves for the rest; null: none can be asked
  std::vector<ldap::ServerUrl> others;      // that took the bind as well, in order
};
// Connection, certificate, transport and bind, for each URL.
asio::awaitable<ServersFound> probe_servers(const ldap::ClientSettings& settings, Findings& findings);
asio::awaitable<ReadSeen> read_users(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                     Known& known);
asio::awaitable<ReadSeen> read_groups(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                      Known& known);
// Whether a search by a member finds the group that was read with it.
asio::awaitable<std::vector<MemberSight>> search_members(Questioner& server, const Known& known);
// Active Directory shows a group without the members that the account may not read, and no more is to be seen of that
// group. But users say of which groups they are members: those of them that show none.
asio::awaitable<std::vector<MemberSight>> groups_named_by_users(Questioner& server, const Known& known);
// False: this server takes no changes at all.
asio::awaitable<bool> probe_rights(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                   const Known& known, const Whoami& self, Findings& findings);
// What an agent does not need: part of the above.
asio::awaitable<OtherRights> probe_other_rights(Questioner& server, const agent::AgentSettings& settings,
                                                ldap::ServerKind kind, const Known& known, const Whoami& self);
// And what it has outside of the bases: groups, other accounts, a domain's secrets. Adds to `rights`.
asio::awaitable<void> probe_reach(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                  const Known& known, const Whoami& self, OtherRights& rights);
// A request as large as the largest that the agent sends, on a connection of its own, which may not survive it.
asio::awaitable<void> probe_request_size(const agent::AgentSettings& settings, ldap::ServerKind kind,
                                         Findings& findings);
asio::awaitable<void> probe_ways(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                 const Known& known, MemberOfSeen& member_of, Findings& findings);
// The entry that takes the last member's place, if one is configured.
asio::awaitable<void> probe_stand_in(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                     Findings& findings);
// The ways to follow changes. `root_dse`: names the naming contexts and the change log.
asio::awaitable<void> probe_feeds(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                  const ldap::Entry& root_dse, Findings& findings);
// Last member, memberOf and modify speed, in the scratch group `dn`; nullopt: nothing was changed.
asio::awaitable<std::optional<ServerTime>> probe_scratch(Questioner& server, const agent::AgentSettings& settings,
                                                         ldap::ServerKind kind, const std::string& dn,
                                                         const Known& known, Scratch& scratch, MemberOfSeen& member_of,
                                                         Findings& findings);

// At most `most` of `all`, evenly spread, the first among them.
template <class One>
std::vector<One> some_evenly(const std::vector<One>& all, std::size_t most) {
  std::vector<One> some;
  const auto count = std::min(all.size(), most);
  for (std::size_t i = 0; i < count; ++i) some.push_back(all[i * all.size() / count]);
  return some;
}
struct Target {
  std::string dn;
  std::string attribute;
  std::string stable_id{};
  std::string some_member{};  // to be added beside the deletion
};
// Not the account itself: most directories let everybody write some of his own entry.
std::vector<KnownUser> others_than(const Whoami& self, const std::vector<KnownUser>& users);
// Deletes `absent` from each.
asio::awaitable<std::vector<WriteTry>> try_deletes(Questioner& server, ldap::ServerKind kind,
                                                   std::vector<Target> targets, const ldap::Dn& absent);
// 389 DS and Active Directory say what we may do with an entry, if they are asked.
asio::awaitable<std::optional<ldap::OwnRights>> ask_rights(Questioner& server, std::string dn, ldap::ServerKind kind,
                                                           const Whoami& self);

// What a server told, or a person spelled for it, goes to it letter for letter: dn_for() wants an id for that, which
// the text does not show.
std::optional<ldap::Dn> name_from_server(const std::string& text);
// A name that no entry has, below `base`.
ldap::Dn absent_name(const std::string& base);

}  // namespace dirbridge::doctor
