// What the account may do beyond an agent's work: on groups, users and the bases.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "doctor/descriptor.hpp"
#include "doctor/probes.hpp"

namespace dirbridge::doctor {
namespace {

// Rules differ by subtree and by class, seldom by entry: some of each, evenly spread, and the finding says how many.
constexpr std::size_t groups_tried = 50;
constexpr std::size_t users_tried = 50;

using ldap::ServerKind;
using Kind = ldap::Attempt::Kind;

// Tried where the server does not list what may be written; with them goes all that an entry of the sort shows.
const std::vector<std::string> of_groups{"cn", "owner", "description", "seeAlso", "businessCategory", "ou"};
const std::vector<std::string> of_users{
    "cn",      "sn",    "givenName",   "displayName",    "uid",          "mail",
    "manager", "title", "description", "employeeNumber", "userPassword", "telephoneNumber"};

// `names` and those that the entry shows, but for members, classes (tried by a value of their own) and what the server
// itself writes.
asio::awaitable<std::vector<std::string>> attributes_of(Questioner& server, std::string dn,
                                                        std::vector<std::string> names) {
  std::vector<std::string> everything{"*"};
  const Answer answer = co_await server.entry(std::move(dn), std::move(everything));
  if (answer.entries.empty()) co_return names;
  for (const auto& attribute : answer.entries.front().attributes) {
    const auto name = attribute.name.substr(0, attribute.name.find(';'));
    const bool is_ours = equals_ignore_case(name, "member") || equals_ignore_case(name, "uniqueMember") ||
                         equals_ignore_case(name, "memberOf") || equals_ignore_case(name, "objectClass");
    const bool is_known = std::ranges::any_of(names, [&](const auto& one) { return equals_ignore_case(one, name); });
    if (!is_ours && !is_known) names.push_back(name);
  }
  co_return names;
}

struct Planned {
  std::string what;
  ldap::Attempt attempt;
};

asio::awaitable<void> carry_out(Questioner& server, std::vector<Planned> planned, std::vector<AttemptSeen>& seen) {
  std::vector<ldap::Attempt> attempts;
  for (const auto& one : planned) attempts.push_back(one.attempt);
  const auto answers = co_await server.attempt_each(std::move(attempts));
  // A value of the wrong syntax (21) is refused before anybody looks at rights: the same with a number.
  std::vector<Planned> again;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].lost.code) continue;
    constexpr int invalid_syntax = 21;
    const std::vector<std::string> a_number{"2147483646"};
    if (answers[i].result.code == invalid_syntax && planned[i].attempt.values != a_number) {
      planned[i].attempt.values = a_number;
      again.push_back(std::move(planned[i]));
    } else {
      seen.push_back({std::move(planned[i].what), answers[i].result});
    }
  }
  if (!again.empty()) co_await carry_out(server, std::move(again), seen);
}

void plan(std::vector<Planned>& planned, const std::string& dn, const std::vector<std::string>& attributes,
          const ldap::Dn& absent) {
  planned.push_back({"delete " + dn, {Kind::delete_entry, dn, {}}});
  // A class that no such entry has, and whose name every server knows.
  planned.push_back({"write objectClass of " + dn, {Kind::remove_value, dn, "objectClass", {"dcObject"}}});
  for (const auto& attribute : attributes)
    planned.push_back({"write " + attribute + " of " + dn, {Kind::remove_value, dn, attribute, {absent.text()}}});
}

// OpenLDAP knows the No-Op control: everything can be tried there.
asio::awaitable<void> attempt_others(Questioner& server, const agent::AgentSettings& settings,
                                     const std::vector<KnownGroup>& groups, const std::vector<KnownUser>& users,
                                     const std::vector<std::string>& contexts, const ldap::Dn& absent,
                                     OtherRights& rights) {
  std::vector<Planned> planned;
  std::set<std::string> met;
  for (const auto* places : {&settings.groups.bases, &settings.users.bases, &contexts})
    for (const auto& place : *places)
      if (met.insert(place).second)
        planned.push_back(
            {"add entries below " + place,
             {Kind::add_entry, "ou=dirbridge-doctor-absent," + place, "objectClass", {"organizationalUnit"}}});
  std::vector<std::string> names;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == 0) names = co_await attributes_of(server, groups[i].dn, of_groups);
    plan(planned, groups[i].dn, names, absent);
  }
  for (std::size_t i = 0; i < users.size(); ++i) {
    if (i == 0) names = co_await attributes_of(server, users[i].dn, of_users);
    plan(planned, users[i].dn, names, absent);
  }
  co_await carry_out(server, std::move(planned), rights.attempts);
}

// Active Directory: the rights that no attribute tells.
asio::awaitable<void> look_at_descriptor(Questioner& server, std::string dn, const Whoami& self, bool is_base,
                                         bool is_user, OtherRights& rights) {
  std::vector<std::string> attributes{"nTSecurityDescriptor"};
  std::vector<ldap::Control> controls;
  controls.push_back(ldap::owner_and_access());
  const Answer answer = co_await server.entry(dn, std::move(attributes), std::move(controls));
  if (!answer.ok() || answer.entries.empty()) co_return;
  const auto seen = parse_descriptor(answer.entries.front().first("nTSecurityDescriptor"));
  if (!seen) co_return;
  ++rights.descriptors;
  const auto may = [&](std::uint32_t mask, const std::string& object = {}) {
    return is_granted(*seen, self.sids, mask, object);
  };
  if (may(right::delete_entry) || may(right::delete_tree)) rights.granted.push_back("delete " + dn);
  if (may(right::write_owner) || self.sids.contains(seen->owner)) rights.granted.push_back("take over " + dn);
  if (is_base && may_delete_children(*seen, self.sids)) rights.granted.push_back("delete entries below " + dn);
  if (is_user && may(right::control_access, reset_password())) rights.granted.push_back("set the password of " + dn);
}

// A hash that can be read can be guessed at. Active Directory shows none to anybody.
asio::awaitable<std::vector<std::string>> users_with_password(Questioner& server, const std::vector<KnownUser>& users) {
  std::vector<std::string> shown;
  for (const auto& user : users) {
    std::vector<std::string> attributes{"userPassword"};
    const Answer answer = co_await server.entry(user.dn, std::move(attributes));
    if (!answer.entries.empty() && answer.entries.front().find("userPassword") != nullptr) shown.push_back(user.dn);
  }
  co_return shown;
}

}  // namespace

std::vector<KnownUser> others_than(const Whoami& self, const std::vector<KnownUser>& users) {
  const auto own = ldap::Dn::parse(self.dn);
  std::vector<KnownUser> others;
  for (const auto& user : users) {
    const auto name = ldap::Dn::parse(user.dn);
    if ((own && name && *own == *name) || (!self.sid.empty() && user.sid == self.sid)) continue;
    others.push_back(user);
  }
  return others;
}

asio::awaitable<OtherRights> probe_other_rights(Questioner& server, const agent::AgentSettings& settings,
                                                ServerKind kind, const Known& known, const Whoami& self) {
  const ldap::Dn absent = absent_name(settings.groups.bases.front());
  const auto groups = some_evenly(known.groups, groups_tried);
  const auto users = some_evenly(others_than(self, known.users), users_tried);
  std::vector<std::string> bases = settings.groups.bases;
  for (const auto& base : settings.users.bases)
    if (std::ranges::find(bases, base) == bases.end()) bases.push_back(base);

  OtherRights rights;
  rights.seen_groups = groups.size();
  rights.all_groups = known.all_groups;
  rights.seen_users = users.size();
  rights.all_users = known.all_users;
  if (kind == ServerKind::openldap)
    co_await attempt_others(server, settings, groups, users, known.contexts, absent, rights);

  std::vector<Target> targets;
  for (const auto& base : bases) targets.push_back({base, "description"});
  for (const auto& user : users) targets.push_back({user.dn, "description"});
  for (const auto& target : targets) {
    auto said = co_await ask_rights(server, target.dn, kind, self);
    if (said) rights.said.push_back(std::move(*said));
  }
  for (const auto& group : groups) targets.push_back({group.dn, "description"});
  rights.tries = co_await try_deletes(server, kind, std::move(targets), absent);
  if (kind == ServerKind::active_directory) {
    for (const auto& base : bases) co_await look_at_descriptor(server, base, self, true, false, rights);
    for (const auto& group : groups) co_await look_at_descriptor(server, group.dn, self, false, false, rights);
    for (const auto& user : users) co_await look_at_descriptor(server, user.dn, self, false, true, rights);
  } else {
    rights.with_password = co_await users_with_password(server, users);
  }
  co_await probe_reach(server, settings, kind, known, self, rights);
  co_return rights;
}

}  // namespace dirbridge::doctor
