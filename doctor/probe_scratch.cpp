#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "doctor/probes.hpp"
#include "ldap/result.hpp"

namespace dirbridge::doctor {
namespace {

constexpr int rounds = 20;

asio::awaitable<Answer> change(Questioner& server, const ldap::Dn& group, std::string attribute, ldap::Dn value,
                               bool add) {
  ldap::ModifyRequest request;
  request.target = group;
  request.attribute = std::move(attribute);
  (add ? request.add : request.remove).push_back(std::move(value));
  Answer answer = co_await server.modify(std::move(request));
  co_return answer;
}

std::vector<std::string> canonical(const std::vector<std::string>& values) {
  std::vector<std::string> names;
  for (const auto& value : values) {
    const auto name = ldap::Dn::parse(value);
    names.push_back(name ? name->canonical() : value);
  }
  std::ranges::sort(names);
  return names;
}

struct Members {
  std::string attribute = "member";
  std::vector<std::string> values;
};
using Moment = std::optional<WallTime>;  // of our last change, by our clock; nullopt: none was made
asio::awaitable<std::optional<Members>> members_of(Questioner& server, const std::string& group) {
  std::vector<std::string> attributes{"member", "uniqueMember", "objectClass"};
  const Answer answer = co_await server.entry(group, std::move(attributes));
  if (!answer.ok() || answer.entries.empty()) co_return std::nullopt;
  const auto& entry = answer.entries.front();
  Members members;
  const auto* classes = entry.find("objectClass");
  if (entry.find("uniqueMember") != nullptr ||
      (classes != nullptr && std::ranges::find(classes->values, "groupOfUniqueNames") != classes->values.end()))
    members.attribute = "uniqueMember";
  if (const auto* found = entry.find(members.attribute)) members.values = found->values;
  co_return members;
}

std::string words_of(const Answer& answer) {
  return answer.lost.code ? answer.lost.message() : ldap::to_error(answer.result).message();
}

asio::awaitable<bool> names_group(Questioner& server, const ldap::Dn& user, const ldap::Dn& group) {
  std::vector<std::string> attributes{"memberOf"};
  const Answer answer = co_await server.entry(user.text(), std::move(attributes));
  const auto* groups = answer.entries.empty() ? nullptr : answer.entries.front().find("memberOf");
  co_return groups != nullptr&& std::ranges::any_of(groups->values, [&](const std::string& value) {
    const auto name = ldap::Dn::parse(value);
    return name && *name == group;
  });
}

asio::awaitable<void> measure(Questioner& server, const ldap::Dn& group, const Members& before, const Known& known,
                              Moment& changed, MemberOfSeen& member_of, Findings& findings) {
  const auto names = canonical(before.values);
  std::optional<ldap::Dn> user;
  for (const auto& one : known.users) {
    auto name = ldap::Dn::parse(one.dn);
    if (!name || std::ranges::find(names, name->canonical()) != names.end()) continue;
    user = std::move(*name);
    break;
  }
  if (!user) {
    findings.push_back({Check::modify_speed, Severity::info, "not measured: all users known are members already",
                        "name a scratch group with exactly one member"});
    co_return;
  }
  MemberOfSeen::Try tried{user->text()};
  std::chrono::steady_clock::duration took{};
  for (int i = 0; i < rounds; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const Answer added = co_await change(server, group, before.attribute, *user, true);
    if (!added.ok()) {
      findings.push_back({Check::modify_speed, Severity::problem, "adding a member: " + words_of(added)});
      co_return;
    }
    changed = system_clock().wall_now();
    took += std::chrono::steady_clock::now() - begin;
    if (i == 0) tried.after_add = co_await names_group(server, *user, group);
    const auto between = std::chrono::steady_clock::now();
    const Answer removed = co_await change(server, group, before.attribute, *user, false);
    if (!removed.ok()) {
      findings.push_back(
          {Check::modify_speed, Severity::problem, "removing the member just added: " + words_of(removed)});
      co_return;
    }
    changed = system_clock().wall_now();
    took += std::chrono::steady_clock::now() - between;
  }
  tried.after_removal = co_await names_group(server, *user, group);
  member_of.tried = std::move(tried);
  const auto tenths = static_cast<long>(std::chrono::duration<double, std::milli>(took).count() * 10 / (2 * rounds));
  findings.push_back({Check::modify_speed, Severity::info,
                      std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms for one change, mean of " +
                          std::to_string(2 * rounds)});
}

asio::awaitable<void> try_last_member(Questioner& server, const agent::AgentSettings& settings, const ldap::Dn& group,
                                      const Members& before, Moment& changed, Findings& findings) {
  const auto member = before.values.size() == 1 ? ldap::Dn::parse(before.values.front()) : ldap::Dn{};
  if (!member || member->empty()) {
    findings.push_back({Check::last_member, Severity::info,
                        "not tried: the scratch group has " + std::to_string(before.values.size()) + " members",
                        "name a scratch group with exactly one"});
    co_return;
  }
  const Answer removed = co_await change(server, group, before.attribute, *member, false);
  if (removed.lost.code) {
    findings.push_back({Check::last_member, Severity::warning, words_of(removed)});
    co_return;
  }
  findings.push_back(judge_last_member(removed.result, settings.last_member));
  if (!removed.ok()) co_return;
  co_await change(server, group, before.attribute, *member, true);
  changed = system_clock().wall_now();
}

// Its clock in whole seconds, as it stamped our last change.
asio::awaitable<ServerTime> time_of(Questioner& server, const std::string& group, WallTime changed) {
  std::vector<std::string> attributes{"modifyTimestamp"};
  const Answer answer = co_await server.entry(group, std::move(attributes));
  ServerTime time;
  time.ours = changed;
  if (answer.ok() && !answer.entries.empty())
    time.server = parse_generalized_time(answer.entries.front().first("modifyTimestamp"));
  if (time.server)
    *time.server += 500ms;  // somewhere in that second
  else
    time.why = "the server's clock is not known: this account may not read modifyTimestamp of the scratch group";
  co_return time;
}

bool is_as(const std::optional<Members>& now, const Members& before) {
  return now && canonical(now->values) == canonical(before.values);
}

// The group as it was: what is missing comes before what goes, for a group that must not be empty.
asio::awaitable<bool> give_back(Questioner& server, const ldap::Dn& group, const Members& before) {
  const auto now = co_await members_of(server, group.text());
  if (!now) co_return false;
  for (const bool add : {true, false}) {
    const auto& wanted = add ? before.values : now->values;
    const auto there = canonical(add ? now->values : before.values);
    for (const auto& value : wanted) {
      const auto name = ldap::Dn::parse(value);
      if (!name || std::ranges::find(there, name->canonical()) != there.end()) continue;
      co_await change(server, group, before.attribute, *name, add);
    }
  }
  const auto after = co_await members_of(server, group.text());
  co_return is_as(after, before);
}

// On connections of their own: the one before may have ended between a change and its undo.
asio::awaitable<bool> give_back_anew(const ldap::ClientSettings& settings, const ldap::Dn& group,
                                     const Members& before) {
  constexpr int attempts = 3;
  const auto executor = co_await asio::this_coro::executor;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    for (const auto& text : settings.urls) {
      const auto url = ldap::ServerUrl::parse(text);
      if (!url) continue;
      auto wanted = ldap::connection_settings(settings, *url);
      if (!wanted) continue;
      auto opened = co_await ldap::Connection::open(executor, std::move(*wanted));
      if (!opened.connection) continue;
      Questioner server{std::move(opened.connection), settings.operation_timeout};
      const bool given = co_await give_back(server, group, before);
      if (given) co_return true;
    }
  }
  co_return false;
}

}  // namespace

asio::awaitable<std::optional<ServerTime>> probe_scratch(Questioner& server, const agent::AgentSettings& settings,
                                                         const std::string& group, const Known& known,
                                                         MemberOfSeen& member_of, Findings& findings) {
  const auto name = ldap::Dn::parse(group);
  if (!name) {
    findings.push_back({Check::modify_speed, Severity::problem, group + ": " + name.error().message()});
    co_return std::nullopt;
  }
  const auto before = co_await members_of(server, group);
  if (!before) {
    findings.push_back({Check::modify_speed, Severity::problem, "the scratch group " + group + " cannot be read",
                        "name a group that is there"});
    co_return std::nullopt;
  }
  Moment changed;
  co_await try_last_member(server, settings, *name, *before, changed, findings);
  co_await measure(server, *name, *before, known, changed, member_of, findings);
  std::optional<ServerTime> time;
  if (changed) time = co_await time_of(server, group, *changed);
  const auto after = co_await members_of(server, group);
  if (is_as(after, *before)) co_return time;
  const bool given_back = co_await give_back_anew(settings.directory, *name, *before);
  if (given_back) co_return time;
  std::string names;
  for (const auto& value : before->values) names += (names.empty() ? "" : "; ") + value;
  findings.push_back({Check::modify_speed, Severity::problem, "the scratch group is not as it was found",
                      "its members were: " + (names.empty() ? "none" : names)});
  co_return time;
}

}  // namespace dirbridge::doctor
