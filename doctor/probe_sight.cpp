// May the account search for the members that it reads? (OpenLDAP: "=wr"; 389 DS: a deny of search)
#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "doctor/probes.hpp"
#include "ldap/filter.hpp"

namespace dirbridge::doctor {
namespace {

constexpr std::size_t groups_searched = 50;
constexpr std::size_t users_asked = 50;

asio::awaitable<Answer> search_for(Questioner& server, const KnownGroup& group) {
  ldap::SearchRequest request;
  request.base = group.dn;
  request.scope = ldap::Scope::base;
  request.filter = ldap::Filter::equality(group.attribute, group.some_member).text();
  request.attributes.push_back("1.1");
  request.page_size = 0;
  return server.entries(std::move(request));
}

// It may have been taken out since.
asio::awaitable<bool> is_still_shown(Questioner& server, const KnownGroup& group) {
  std::vector<std::string> attributes{group.attribute};
  const Answer answer = co_await server.entry(group.dn, std::move(attributes));
  if (answer.entries.empty()) co_return false;
  co_return std::ranges::any_of(answer.entries.front().attributes, [&](const auto& attribute) {
    return std::ranges::find(attribute.values, group.some_member) != attribute.values.end();
  });
}

}  // namespace

asio::awaitable<std::vector<MemberSight>> search_members(Questioner& server, const Known& known) {
  std::vector<KnownGroup> with_members;
  for (const auto& group : known.groups)
    if (!group.some_member.empty()) with_members.push_back(group);
  std::vector<MemberSight> seen;
  for (const auto& group : some_evenly(with_members, groups_searched)) {
    const Answer found = co_await search_for(server, group);
    if (!found.ok() || !found.entries.empty()) continue;
    const bool shown = co_await is_still_shown(server, group);
    if (shown) seen.push_back({group.dn, group.attribute, true, false});
  }
  co_return seen;
}

asio::awaitable<std::vector<MemberSight>> groups_named_by_users(Questioner& server, const Known& known) {
  std::map<std::string, const KnownGroup*> empty;
  for (const auto& group : known.groups)
    if (const auto name = ldap::Dn::parse(group.dn); name && group.some_member.empty())
      empty.emplace(name->canonical(), &group);
  std::vector<MemberSight> seen;
  if (empty.empty()) co_return seen;
  for (const auto& user : some_evenly(known.users, users_asked)) {
    if (server.is_lost()) break;
    std::vector<std::string> attributes{"memberOf"};
    const Answer answer = co_await server.entry(user.dn, std::move(attributes));
    const auto* named = answer.entries.empty() ? nullptr : answer.entries.front().find("memberOf");
    if (named == nullptr) continue;
    for (const auto& value : named->values) {
      const auto name = ldap::Dn::parse(value);
      const auto found = name ? empty.find(name->canonical()) : empty.end();
      if (found == empty.end()) continue;
      const auto& group = *found->second;
      // It may have become a member since the groups were read.
      std::vector<std::string> members{group.attribute};
      const Answer now = co_await server.entry(group.dn, std::move(members));
      if (now.ok() && !now.entries.empty() && now.entries.front().attributes.empty())
        seen.push_back({group.dn, group.attribute, false, false});
      empty.erase(found);
    }
  }
  co_return seen;
}

}  // namespace dirbridge::doctor
