// May the account search for the members that it reads? (OpenLDAP: "=wr"; 389 DS: a deny of search)
#include <algorithm>

#include "base/text.hpp"
#include "doctor/probes.hpp"
#include "ldap/filter.hpp"

namespace dirbridge::doctor {
namespace {

constexpr std::size_t groups_searched = 50;

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

}  // namespace dirbridge::doctor
