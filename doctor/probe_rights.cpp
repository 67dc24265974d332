#include "doctor/probes.hpp"

namespace dirbridge::doctor {
namespace {

// Of the groups, these many are tried for rights that an agent does not need: rules differ by subtree, not by entry.
constexpr std::size_t groups_tried_for_more = 20;

asio::awaitable<void> try_delete(Questioner& server, std::string dn, std::string attribute, ldap::Dn absent,
                                 std::vector<WriteTry>& tries) {
  auto target = ldap::Dn::parse(dn);
  if (!target) co_return;
  ldap::ModifyRequest request;
  request.target = std::move(*target);
  request.attribute = attribute;
  request.remove.push_back(std::move(absent));
  Answer answer = co_await server.modify(std::move(request));
  if (!answer.lost.code) tries.push_back({std::move(dn), std::move(attribute), std::move(answer.result)});
}

}  // namespace

asio::awaitable<void> probe_rights(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                   const Known& known, Findings& findings) {
  if (settings.groups.bases.empty()) co_return;
  const ldap::Dn absent = absent_name(settings.groups.bases.front());
  std::vector<WriteTry> members;
  for (const auto& group : known.groups) co_await try_delete(server, group.dn, group.attribute, absent, members);
  findings.push_back(judge_member_rights(kind, members));

  std::vector<std::string> others;
  for (const auto& group : known.groups)
    if (others.size() < groups_tried_for_more) others.push_back(group.dn);
  if (!known.some_user.empty()) others.push_back(known.some_user);
  others.insert(others.end(), settings.groups.bases.begin(), settings.groups.bases.end());
  others.insert(others.end(), settings.users.bases.begin(), settings.users.bases.end());
  std::vector<WriteTry> more;
  for (const auto& dn : others) co_await try_delete(server, dn, "description", absent, more);
  findings.push_back(judge_other_rights(kind, more));
}

}  // namespace dirbridge::doctor
