#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "doctor/probes.hpp"

namespace dirbridge::doctor {
namespace {

// Of the groups, these many are tried for rights that an agent does not need: rules differ by subtree, not by entry.
constexpr std::size_t groups_tried_for_more = 20;
constexpr std::size_t users_tried_for_passwords = 20;

using ldap::ServerKind;
using Kind = ldap::Attempt::Kind;

struct Target {
  std::string dn;
  std::string attribute;
};
// Deletes `absent` from each.
asio::awaitable<std::vector<WriteTry>> try_deletes(Questioner& server, std::vector<Target> targets,
                                                   const ldap::Dn& absent) {
  std::vector<ldap::ModifyRequest> requests;
  std::vector<WriteTry> tries;
  for (auto& target : targets) {
    auto name = ldap::Dn::parse(target.dn);
    if (!name) continue;
    ldap::ModifyRequest request;
    request.target = std::move(*name);
    request.attribute = target.attribute;
    request.remove.push_back(absent);
    requests.push_back(std::move(request));
    tries.push_back({std::move(target.dn), std::move(target.attribute), {}});
  }
  auto answers = co_await server.modify_each(std::move(requests));
  std::vector<WriteTry> answered;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].lost.code) continue;
    tries[i].result = std::move(answers[i].result);
    answered.push_back(std::move(tries[i]));
  }
  co_return answered;
}

// Adding the absent name to each group, under the No-Op control: the right to add, and what the classes allow. A group
// of which a member may be deleted and none added is refused all the same.
asio::awaitable<std::vector<ClassSeen>> attempt_members(Questioner& server, const Known& known, const ldap::Dn& absent,
                                                        std::vector<WriteTry>& members) {
  std::vector<ClassSeen> classes;
  for (const auto& group : known.groups) {
    ldap::Attempt attempt{Kind::add_value, group.dn, group.attribute, {absent.text()}};
    Answer answer = co_await server.attempt(std::move(attempt));
    if (answer.lost.code) break;
    classes.push_back({group.dn, group.attribute, takes_of(answer.result)});
    const auto deleted = std::ranges::find(members, group.dn, &WriteTry::dn);
    const auto access = access_of(ServerKind::openldap, answer.result);
    if (deleted != members.end() && (access == Access::refused || access == Access::read_only))
      deleted->result = std::move(answer.result);
  }
  co_return classes;
}

asio::awaitable<void> try_out(Questioner& server, std::string what, ldap::Attempt attempt,
                              std::vector<AttemptSeen>& attempts) {
  Answer answer = co_await server.attempt(std::move(attempt));
  if (!answer.lost.code) attempts.push_back({std::move(what), std::move(answer.result)});
}

// OpenLDAP knows the No-Op control: everything can be tried there.
asio::awaitable<void> attempt_others(Questioner& server, const agent::AgentSettings& settings, const Known& known,
                                     const ldap::Dn& absent, std::vector<AttemptSeen>& attempts) {
  for (const auto* bases : {&settings.groups.bases, &settings.users.bases})
    for (const auto& base : *bases) {
      ldap::Attempt unit{Kind::add_entry, "ou=dirbridge-doctor-absent," + base, "objectClass", {"organizationalUnit"}};
      co_await try_out(server, "add entries below " + base, std::move(unit), attempts);
    }
  std::vector<std::pair<std::string, std::vector<std::string>>> targets;
  for (const auto& group : known.groups)
    if (targets.size() < groups_tried_for_more) targets.push_back({group.dn, {"cn", "owner"}});
  if (!known.users.empty()) targets.push_back({known.users.front(), {"cn", "mail", "userPassword"}});
  for (const auto& [dn, attributes] : targets) {
    ldap::Attempt removal{Kind::delete_entry, dn, {}};
    co_await try_out(server, "delete " + dn, std::move(removal), attempts);
    // A class that no such entry has, and whose name every server knows.
    ldap::Attempt object_class{Kind::remove_value, dn, "objectClass", {"dcObject"}};
    co_await try_out(server, "write objectClass of " + dn, std::move(object_class), attempts);
    for (const auto& attribute : attributes) {
      ldap::Attempt value{Kind::remove_value, dn, attribute, {absent.text()}};
      co_await try_out(server, "write " + attribute + " of " + dn, std::move(value), attempts);
    }
  }
}

// 389 DS and Active Directory say what we may do with an entry, if they are asked.
asio::awaitable<std::optional<SaidRights>> ask_rights(Questioner& server, std::string dn, ServerKind kind,
                                                      const std::string& identity) {
  std::vector<std::string> attributes;
  std::vector<ldap::Control> controls;
  if (kind == ServerKind::active_directory) {
    attributes.assign(
        {"allowedAttributes", "allowedAttributesEffective", "allowedChildClassesEffective", "sDRightsEffective"});
  } else {
    if (kind != ServerKind::ds389 || identity.empty()) co_return std::nullopt;
    attributes.emplace_back("*");
    controls.push_back(ldap::effective_rights(identity));
  }
  const Answer answer = co_await server.entry(std::move(dn), std::move(attributes), std::move(controls));
  if (!answer.ok() || answer.entries.empty()) co_return std::nullopt;
  co_return parse_said_rights(kind, answer.entries.front());
}

// A hash that can be read can be guessed at. Active Directory shows none to anybody.
asio::awaitable<std::vector<std::string>> users_with_password(Questioner& server, const Known& known) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(known.users.size(), users_tried_for_passwords); ++i) {
    std::vector<std::string> attributes{"userPassword"};
    const Answer answer = co_await server.entry(known.users[i], std::move(attributes));
    if (!answer.entries.empty() && answer.entries.front().find("userPassword") != nullptr)
      shown.push_back(known.users[i]);
  }
  co_return shown;
}

// One group of each set of classes is asked about, and the first ones in any case.
asio::awaitable<void> ask_about_groups(Questioner& server, const Known& known, ServerKind kind,
                                       const std::string& identity, std::vector<SaidRights>& said,
                                       std::vector<ClassSeen>& classes) {
  std::set<std::string> asked;
  std::size_t number = 0;
  for (const auto& group : known.groups) {
    const bool is_new = asked.insert(group.attribute + " " + group.classes).second;
    if (!is_new && number++ >= groups_tried_for_more) continue;
    auto rights = co_await ask_rights(server, group.dn, kind, identity);
    using Takes = ClassSeen::Takes;
    Takes takes = Takes::unclear;
    if (rights && !rights->attributes.empty())
      takes = std::ranges::any_of(rights->attributes,
                                  [&](const auto& name) { return equals_ignore_case(name, group.attribute); })
                  ? Takes::yes
                  : Takes::no;
    classes.push_back({group.dn, group.attribute, takes});
    if (rights) said.push_back(std::move(*rights));
  }
}

}  // namespace

asio::awaitable<void> probe_rights(Questioner& server, const agent::AgentSettings& settings, ServerKind kind,
                                   const Known& known, const std::string& identity, Findings& findings) {
  if (settings.groups.bases.empty()) co_return;
  const ldap::Dn absent = absent_name(settings.groups.bases.front());
  std::vector<Target> groups;
  for (const auto& group : known.groups) groups.push_back({group.dn, group.attribute});
  auto members = co_await try_deletes(server, std::move(groups), absent);
  std::vector<ClassSeen> classes;
  OtherRights others;
  if (kind == ServerKind::openldap) {
    classes = co_await attempt_members(server, known, absent, members);
    co_await attempt_others(server, settings, known, absent, others.attempts);
  } else {
    co_await ask_about_groups(server, known, kind, identity, others.said, classes);
  }
  findings.push_back(judge_member_class(classes));
  findings.push_back(judge_member_rights(kind, members));

  std::vector<Target> more;
  if (!known.users.empty()) more.push_back({known.users.front(), "description"});
  for (const auto* bases : {&settings.groups.bases, &settings.users.bases})
    for (const auto& base : *bases) more.push_back({base, "description"});
  for (const auto& [dn, attribute] : more) {
    auto rights = co_await ask_rights(server, dn, kind, identity);
    if (rights) others.said.push_back(std::move(*rights));
  }
  for (std::size_t i = 0; i < std::min(known.groups.size(), groups_tried_for_more); ++i)
    more.push_back({known.groups[i].dn, "description"});
  others.tries = co_await try_deletes(server, std::move(more), absent);
  if (kind != ServerKind::active_directory) others.with_password = co_await users_with_password(server, known);
  findings.push_back(judge_other_rights(kind, others));
}

}  // namespace dirbridge::doctor
