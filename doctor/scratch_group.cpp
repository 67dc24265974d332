#include "doctor/scratch_group.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "base/text.hpp"
#include "doctor/probes.hpp"
#include "ldap/ldif.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::doctor {
namespace {

Members members_in(const ldap::Entry& entry) {
  Members members;
  const auto* classes = entry.find("objectClass");
  if (entry.find("uniqueMember") != nullptr ||
      (classes != nullptr && std::ranges::any_of(classes->values, [](const auto& name) {
         return equals_ignore_case(name, "groupOfUniqueNames");
       })))
    members.attribute = "uniqueMember";
  if (const auto* found = entry.find(members.attribute)) members.values = found->values;
  return members;
}

asio::awaitable<Answer> read_group(Questioner& server, std::string dn) {
  std::vector<std::string> attributes{"member", "uniqueMember", "objectClass"};
  return server.entry(std::move(dn), std::move(attributes));
}

// What is missing comes before what goes, for a group that must not be empty.
asio::awaitable<bool> give_back_over(Questioner& server, const ScratchGroup& group) {
  const auto& dn = ldap::dn_for(group.name, group.kind);
  const auto now = co_await members_of(server, dn);
  if (!now) co_return false;
  for (const bool add : {true, false}) {
    const auto& wanted = add ? group.before.values : now->values;
    const auto there = keys_of(add ? now->values : group.before.values, group.kind);
    for (const auto& value : wanted) {
      auto name = name_from_server(value);
      if (!name || std::ranges::find(there, ldap::key_for(*name, group.kind)) != there.end()) continue;
      co_await change_member(server, group, std::move(*name), add);
    }
  }
  const auto after = co_await members_of(server, dn);
  co_return is_as_found(after, group);
}

}  // namespace

std::optional<ldap::Dn> name_from_server(const std::string& text) {
  auto name = ldap::Dn::parse(text);
  if (!name) return std::nullopt;
  name->identify("told by the server");
  return std::move(*name);
}

asio::awaitable<std::optional<Members>> members_of(Questioner& server, const std::string& dn) {
  const Answer answer = co_await read_group(server, dn);
  if (!answer.ok() || answer.entries.empty()) co_return std::nullopt;
  co_return members_in(answer.entries.front());
}

asio::awaitable<std::optional<ScratchGroup>> find_scratch_group(Questioner& server, ldap::ServerKind kind,
                                                                const std::string& dn) {
  const Answer answer = co_await read_group(server, dn);
  if (!answer.ok() || answer.entries.empty()) co_return std::nullopt;
  const auto& entry = answer.entries.front();
  auto name = name_from_server(entry.dn);
  if (!name) co_return std::nullopt;
  co_return ScratchGroup{kind, std::move(*name), server.url(), members_in(entry)};
}

asio::awaitable<Answer> change_member(Questioner& server, const ScratchGroup& group, ldap::Dn value, bool add) {
  ldap::ModifyRequest request;
  request.kind = group.kind;
  request.target = group.name;
  request.attribute = group.before.attribute;
  (add ? request.add : request.remove).push_back(std::move(value));
  Answer answer = co_await server.modify(std::move(request));
  co_return answer;
}

std::vector<std::string> keys_of(const std::vector<std::string>& names, ldap::ServerKind kind) {
  std::vector<std::string> keys;
  for (const auto& text : names) {
    const auto name = name_from_server(text);
    keys.push_back(name ? ldap::key_for(*name, kind) : text);
  }
  std::ranges::sort(keys);
  return keys;
}

bool is_as_found(const std::optional<Members>& now, const ScratchGroup& group) {
  return now && keys_of(now->values, group.kind) == keys_of(group.before.values, group.kind);
}

asio::awaitable<bool> give_back(const ldap::ClientSettings& settings, const ScratchGroup& group) {
  constexpr int attempts = 3;
  const auto executor = co_await asio::this_coro::executor;
  const auto url = ldap::ServerUrl::parse(group.url);
  for (int attempt = 0; url && attempt < attempts; ++attempt) {
    auto wanted = ldap::connection_settings(settings, *url);
    if (!wanted) continue;
    auto opened = co_await ldap::Connection::open(executor, std::move(*wanted));
    if (!opened.connection) continue;
    Questioner server{std::move(opened.connection), settings.operation_timeout};
    const bool given = co_await give_back_over(server, group);
    if (given) co_return true;
  }
  co_return false;
}

std::string undoing_ldif(const ScratchGroup& group, const ldap::Dn& member, bool was_added) {
  const auto& attribute = group.before.attribute;
  return ldap::ldif_line("dn", ldap::dn_for(group.name, group.kind)) + "changetype: modify\n" +
         (was_added ? "delete: " : "add: ") + attribute + "\n" +
         ldap::ldif_line(attribute, ldap::dn_for(member, group.kind)) + "-\n";
}

asio::awaitable<Answer> ask_in_vain(Questioner& server, const ScratchGroup& group, ldap::Dn member, bool add) {
  ldap::ModifyRequest request;
  request.kind = group.kind;
  request.target = group.name;
  request.attribute = group.before.attribute;
  request.remove.push_back(absent_name(group.name.text()));
  (add ? request.add : request.remove).push_back(std::move(member));
  Answer answer = co_await server.modify(std::move(request));
  co_return answer;
}

}  // namespace dirbridge::doctor
