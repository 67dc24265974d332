// What the account may do with members. What else it may do is in probe_other_rights.cpp.
#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "doctor/probes.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;
using Kind = ldap::Attempt::Kind;

// Of groups with the same classes, these many are asked about.
constexpr std::size_t groups_asked_of_a_kind = 100;

// Adding the absent name to each group, under the No-Op control: the right to add, and what the classes allow. A group
// of which a member may be deleted and none added is refused all the same.
asio::awaitable<std::vector<ClassSeen>> attempt_members(Questioner& server, const Known& known, const ldap::Dn& absent,
                                                        std::vector<WriteTry>& members) {
  std::vector<ClassSeen> classes;
  std::vector<ldap::Attempt> attempts;
  for (const auto& group : known.groups)
    attempts.push_back({Kind::add_value, group.dn, group.attribute, {absent.text()}});
  auto answers = co_await server.attempt_each(std::move(attempts));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& group = known.groups[i];
    auto& answer = answers[i];
    if (answer.lost.code) break;
    classes.push_back({group.dn, group.attribute, takes_of(answer.result)});
    const auto deleted = std::ranges::find(members, group.dn, &WriteTry::dn);
    const auto access = access_of(ServerKind::openldap, answer.result);
    if (deleted != members.end() && (access == Access::refused || access == Access::read_only))
      deleted->result = std::move(answer.result);
  }
  co_return classes;
}

// One group of each set of classes is asked about, and the first ones in any case.
asio::awaitable<void> ask_about_groups(Questioner& server, const Known& known, ServerKind kind, const Whoami& self,
                                       std::vector<ldap::OwnRights>& said, std::vector<ClassSeen>& classes,
                                       std::vector<MemberSight>& sights) {
  std::set<std::string> asked;
  std::size_t number = 0;
  for (const auto& group : known.groups) {
    const bool is_new = asked.insert(group.attribute + " " + group.classes).second;
    if (!is_new && number++ >= groups_asked_of_a_kind) continue;
    auto rights = co_await ask_rights(server, group.dn, kind, self);
    using Takes = ClassSeen::Takes;
    Takes takes = Takes::unclear;
    if (rights && !rights->attributes.empty())
      takes = std::ranges::any_of(rights->attributes,
                                  [&](const auto& name) { return equals_ignore_case(name, group.attribute); })
                  ? Takes::yes
                  : Takes::no;
    classes.push_back({group.dn, group.attribute, takes});
    if (rights && kind == ServerKind::ds389)
      if (auto sight = member_sight(*rights, group.attribute)) sights.push_back(std::move(*sight));
    if (rights) said.push_back(std::move(*rights));
  }
}

}  // namespace

asio::awaitable<std::vector<WriteTry>> try_deletes(Questioner& server, ServerKind kind, std::vector<Target> targets,
                                                   const ldap::Dn& absent) {
  std::vector<ldap::ModifyRequest> requests;
  std::vector<WriteTry> tries;
  for (auto& target : targets) {
    auto name = name_from_server(target.dn);
    if (!name) continue;
    // By its id on Active Directory, as the agent names it: the group may be renamed while we look.
    if (!target.stable_id.empty()) name->identify(target.stable_id);
    ldap::ModifyRequest request;
    request.kind = kind;
    request.target = std::move(*name);
    request.attribute = target.attribute;
    request.remove.push_back(absent);
    // Beside it somebody who is a member already: the right to add, in a modify that cannot succeed.
    auto member = target.some_member.empty() ? std::nullopt : name_from_server(target.some_member);
    if (member) request.add.push_back(std::move(*member));
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

asio::awaitable<std::optional<ldap::OwnRights>> ask_rights(Questioner& server, std::string dn, ServerKind kind,
                                                           const Whoami& self) {
  auto question = ldap::ask_own_rights(kind, self.dn);
  if (!question) co_return std::nullopt;
  const Answer answer =
      co_await server.entry(std::move(dn), std::move(question->attributes), std::move(question->controls));
  if (!answer.ok() || answer.entries.empty()) co_return std::nullopt;
  co_return ldap::own_rights(kind, answer.entries.front());
}

asio::awaitable<bool> probe_rights(Questioner& server, const agent::AgentSettings& settings, ServerKind kind,
                                   const Known& known, const Whoami& self, Findings& findings) {
  if (settings.groups.bases.empty()) co_return true;
  const ldap::Dn absent = absent_name(settings.groups.bases.front());
  std::vector<Target> groups;
  for (const auto& group : known.groups) {
    // OpenLDAP is asked for the right to add under the No-Op control, Active Directory has one right for both.
    const bool asks_to_add = kind == ServerKind::ds389;
    groups.push_back({group.dn, group.attribute, group.stable_id, asks_to_add ? group.some_member : std::string{}});
  }
  auto members = co_await try_deletes(server, kind, std::move(groups), absent);
  std::vector<ClassSeen> classes;
  std::vector<ldap::OwnRights> said;
  std::vector<MemberSight> sights = co_await search_members(server, known);
  if (kind == ServerKind::active_directory)
    for (auto& hidden : co_await groups_named_by_users(server, known)) sights.push_back(std::move(hidden));
  if (kind == ServerKind::openldap)
    classes = co_await attempt_members(server, known, absent, members);
  else
    co_await ask_about_groups(server, known, kind, self, said, classes, sights);
  if (auto finding = judge_member_sight(sights)) findings.push_back(std::move(*finding));
  findings.push_back(judge_member_class(classes, known.all_groups));
  findings.push_back(judge_member_rights(kind, members, known.all_groups));

  OtherRights others = co_await probe_other_rights(server, settings, kind, known, self);
  others.seen_groups = std::max(others.seen_groups, said.size());
  for (auto& one : said) others.said.push_back(std::move(one));
  findings.push_back(judge_other_rights(kind, others));
  co_return std::ranges::none_of(members,
                                 [&](const auto& one) { return access_of(kind, one.result) == Access::read_only; });
}

}  // namespace dirbridge::doctor
