#include <algorithm>

#include "base/text.hpp"
#include "doctor/probes.hpp"
#include "doctor/scratch_group.hpp"
#include "doctor/words.hpp"
#include "ldap/result.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::doctor {
namespace {

constexpr int rounds = 20;

using Moment = std::optional<WallTime>;  // of our last change, by our clock; nullopt: none was made

struct Trial {
  Questioner& server;
  ScratchGroup group;
  Findings& findings;
  Scratch& scratch;
  Moment changed{};
};

std::string words_of(const Answer& answer) {
  return answer.lost.code ? answer.lost.message() : ldap::to_error(answer.result).message();
}

Finding refused_change(const std::string& what, const Answer& answer) {
  return {Check::modify_speed, Severity::problem, what + words_of(answer),
          answer.lost.code ? std::string{see_its_log} : remedy_of_change(answer.result)};
}

// Nothing is done that might not be undone. Rights to add and to remove can differ, by the name too (OpenLDAP's val,
// 389 DS's targattrfilters). Active Directory has one right for both.
asio::awaitable<bool> may_undo(Trial& trial, Check check, const ldap::Dn& member, bool by_adding) {
  if (trial.group.kind == ldap::ServerKind::active_directory) co_return true;
  const Answer answer = co_await ask_in_vain(trial.server, trial.group, member, by_adding);
  const auto access = answer.lost.code ? Access::refused : access_of(trial.group.kind, answer.result);
  // What is not about rights (it is no group) the change itself meets as well.
  if (access != Access::refused && access != Access::read_only) co_return true;
  trial.findings.push_back({check, check == Check::modify_speed ? Severity::problem : Severity::info,
                            std::string{"not tried: the account may not "} + (by_adding ? "add " : "remove ") +
                                ldap::dn_for(member, trial.group.kind) +
                                ", so that it could not be undone: " + words_of(answer),
                            answer.lost.code ? std::string{see_its_log} : remedy_of_change(answer.result)});
  co_return false;
}

asio::awaitable<bool> names_group(Trial& trial, const ldap::Dn& user) {
  const auto kind = trial.group.kind;
  std::vector<std::string> attributes{"memberOf"};
  const Answer answer = co_await trial.server.entry(ldap::dn_for(user, kind), std::move(attributes));
  const auto* groups = answer.entries.empty() ? nullptr : answer.entries.front().find("memberOf");
  if (groups == nullptr) co_return false;
  co_return std::ranges::any_of(groups->values, [&](const std::string& value) {
    const auto name = name_from_server(value);
    return name && ldap::key_for(*name, kind) == ldap::key_for(trial.group.name, kind);
  });
}

// 389 DS's MemberOf plug-in gives whoever becomes a member for the first time an object class that stays.
asio::awaitable<bool> would_be_marked(Questioner& server, ldap::ServerKind kind, const std::string& dn) {
  if (kind != ldap::ServerKind::ds389) co_return false;
  std::vector<std::string> attributes{"objectClass"};
  const Answer answer = co_await server.entry(dn, std::move(attributes));
  const auto* classes = answer.entries.empty() ? nullptr : answer.entries.front().find("objectClass");
  co_return classes == nullptr || std::ranges::none_of(classes->values, [](const std::string& one) {
    return equals_ignore_case(one, "nsMemberOf") || equals_ignore_case(one, "inetUser") ||
           equals_ignore_case(one, "inetAdmin");
  });
}

asio::awaitable<std::optional<ldap::Dn>> no_member_yet(Questioner& server, const ScratchGroup& group,
                                                       const Known& known, const Scratch& scratch) {
  const auto members = keys_of(group.before.values, group.kind);
  for (const auto& one : known.users) {
    if (server.is_lost() || scratch.ends_early) break;
    auto name = name_from_server(one.dn);
    if (!name || std::ranges::find(members, ldap::key_for(*name, group.kind)) != members.end()) continue;
    const bool leaves_a_trace = co_await would_be_marked(server, group.kind, one.dn);
    if (!leaves_a_trace) co_return name;
  }
  co_return std::nullopt;
}

asio::awaitable<void> measure(Trial& trial, const Known& known, MemberOfSeen& member_of) {
  const auto& scratch = trial.scratch;
  // What was changed is to be given back before anything else.
  if (trial.server.is_lost()) co_return;
  const auto user = co_await no_member_yet(trial.server, trial.group, known, scratch);
  if (trial.server.is_lost() || scratch.ends_early) co_return;
  if (!user) {
    trial.findings.push_back(
        {Check::modify_speed, Severity::info,
         trial.group.kind == ldap::ServerKind::ds389
             ? "not measured: all users known are members already, or would be marked for good as "
               "one of some group (nsMemberOf), which is not done"
             : "not measured: all users known are members already",
         "name a scratch group with exactly one member; on 389 DS have one user who is a member of "
         "another group"});
    co_return;
  }
  const bool removable = co_await may_undo(trial, Check::modify_speed, *user, false);
  if (!removable) co_return;
  trial.scratch.restore = undoing_ldif(trial.group, *user, true);
  MemberOfSeen::Try tried{ldap::dn_for(*user, trial.group.kind)};
  std::chrono::steady_clock::duration took{};
  for (int i = 0; i < rounds; ++i) {
    if (scratch.ends_early) co_return;
    const auto begin = std::chrono::steady_clock::now();
    const Answer added = co_await change_member(trial.server, trial.group, *user, true);
    if (!added.ok()) {
      trial.findings.push_back(refused_change("adding a member: ", added));
      co_return;
    }
    trial.changed = system_clock().wall_now();
    took += std::chrono::steady_clock::now() - begin;
    if (i == 0) tried.after_add = co_await names_group(trial, *user);
    const auto between = std::chrono::steady_clock::now();
    const Answer removed = co_await change_member(trial.server, trial.group, *user, false);
    if (!removed.ok()) {
      trial.findings.push_back(refused_change("removing the member just added: ", removed));
      co_return;
    }
    trial.changed = system_clock().wall_now();
    took += std::chrono::steady_clock::now() - between;
  }
  tried.after_removal = co_await names_group(trial, *user);
  member_of.tried = std::move(tried);
  const auto tenths = static_cast<long>(std::chrono::duration<double, std::milli>(took).count() * 10 / (2 * rounds));
  trial.findings.push_back({Check::modify_speed, Severity::info,
                            std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) +
                                " ms for one change, mean of " + std::to_string(2 * rounds)});
}

asio::awaitable<void> try_last_member(Trial& trial, const std::string& policy) {
  const auto& members = trial.group.before.values;
  const auto member = members.size() == 1 ? name_from_server(members.front()) : std::nullopt;
  if (!member || member->empty()) {
    trial.findings.push_back({Check::last_member, Severity::info,
                              "not tried: the scratch group has " + std::to_string(members.size()) + " members",
                              "name a scratch group with exactly one"});
    co_return;
  }
  const bool leaves_a_trace =
      co_await would_be_marked(trial.server, trial.group.kind, ldap::dn_for(*member, trial.group.kind));
  if (leaves_a_trace) {
    trial.findings.push_back({Check::last_member, Severity::info,
                              "not tried: to put " + ldap::dn_for(*member, trial.group.kind) +
                                  " back would mark it for good as a member of some group (nsMemberOf)",
                              "name a scratch group whose member has memberOf already"});
    co_return;
  }
  const bool addable = co_await may_undo(trial, Check::last_member, *member, true);
  if (!addable) co_return;
  trial.scratch.restore = undoing_ldif(trial.group, *member, false);
  const Answer removed = co_await change_member(trial.server, trial.group, *member, false);
  if (removed.lost.code) {
    trial.findings.push_back({Check::last_member, Severity::warning, words_of(removed), std::string{see_its_log}});
    co_return;
  }
  trial.findings.push_back(judge_last_member(removed.result, policy));
  if (!removed.ok()) co_return;
  co_await change_member(trial.server, trial.group, *member, true);
  trial.changed = system_clock().wall_now();
}

// Its clock in whole seconds, as it stamped our last change.
asio::awaitable<ServerTime> time_of(Trial& trial) {
  std::vector<std::string> attributes{"modifyTimestamp"};
  const Answer answer =
      co_await trial.server.entry(ldap::dn_for(trial.group.name, trial.group.kind), std::move(attributes));
  ServerTime time;
  time.ours = *trial.changed;
  if (answer.ok() && !answer.entries.empty())
    time.server = parse_generalized_time(answer.entries.front().first("modifyTimestamp"));
  if (time.server)
    *time.server += 500ms;  // somewhere in that second
  else
    time.why = "the server's clock is not known: this account may not read modifyTimestamp of the scratch group";
  co_return time;
}

}  // namespace

asio::awaitable<std::optional<ServerTime>> probe_scratch(Questioner& server, const agent::AgentSettings& settings,
                                                         ldap::ServerKind kind, const std::string& dn,
                                                         const Known& known, Scratch& scratch, MemberOfSeen& member_of,
                                                         Findings& findings) {
  const auto name = ldap::Dn::parse(dn);
  if (!name || name->empty()) {
    findings.push_back({Check::modify_speed, Severity::problem,
                        "--group \"" + dn + "\" is no DN" + (name ? "" : ": " + name.error().message()),
                        "name the group by its DN: --group \"cn=scratch,ou=groups,dc=example,dc=org\""});
    co_return std::nullopt;
  }
  auto group = co_await find_scratch_group(server, kind, dn);
  if (!group) {
    findings.push_back({Check::modify_speed, Severity::problem, "the scratch group " + dn + " cannot be read",
                        "name a group that is there"});
    co_return std::nullopt;
  }
  Trial trial{server, std::move(*group), findings, scratch};
  scratch.is_touched = true;
  co_await try_last_member(trial, settings.last_member);
  co_await measure(trial, known, member_of);
  std::optional<ServerTime> time;
  if (trial.changed && !server.is_lost()) time = co_await time_of(trial);
  if (!server.is_lost()) {
    const auto after = co_await members_of(server, ldap::dn_for(trial.group.name, kind));
    scratch.is_touched = !is_as_found(after, trial.group);
  }
  if (!scratch.is_touched) co_return time;
  const bool given_back = co_await give_back(settings.directory, trial.group);
  scratch.is_touched = !given_back;
  if (given_back) co_return time;
  std::string names;
  for (const auto& value : trial.group.before.values) names += (names.empty() ? "" : "; ") + value;
  findings.push_back({Check::modify_speed, Severity::problem, "the scratch group may not be as it was found",
                      "its members were: " + (names.empty() ? "none" : names)});
  co_return time;
}

}  // namespace dirbridge::doctor
