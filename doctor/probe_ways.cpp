#include <algorithm>

#include "doctor/probes.hpp"
#include "ldap/filter.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::doctor {
namespace {

using Values = std::optional<std::vector<std::string>>;

asio::awaitable<void> probe_member_of(Questioner& server, const Known& known, Findings& findings) {
  const auto group = std::ranges::find_if(known.groups, [](const auto& one) { return !one.some_member.empty(); });
  if (group == known.groups.end()) co_return;
  std::vector<std::string> attributes{"memberOf"};
  const Answer answer = co_await server.entry(group->some_member, std::move(attributes));
  if (!answer.ok() || answer.entries.empty()) co_return;
  const bool there = answer.entries.front().find("memberOf") != nullptr;
  findings.push_back({Check::member_of, there ? Severity::ok : Severity::info,
                      group->some_member + (there ? " names its groups" : " shows no memberOf; an agent needs none")});
}

// Of cn=config, which few accounts may read: nullopt if this one may not.
asio::awaitable<Values> config_values(Questioner& server, std::string filter, std::string attribute) {
  ldap::SearchRequest request;
  request.base = "cn=config";
  request.filter = std::move(filter);
  request.attributes.push_back(attribute);
  request.page_size = 0;
  Values values;
  std::function<void(const ldap::Entry&)> take = [&](const ldap::Entry& entry) {
    if (!values) values.emplace();
    if (const auto* found = entry.find(attribute))
      values->insert(values->end(), found->values.begin(), found->values.end());
  };
  co_await server.search(std::move(request), take);
  co_return values;
}

asio::awaitable<milliseconds> time_member_search(Questioner& server, const std::string& base) {
  ldap::SearchRequest request;
  request.base = base;
  request.filter = ldap::Filter::equality("member", absent_name(base).text()).text();
  request.attributes.push_back("1.1");
  request.page_size = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::function<void(const ldap::Entry&)> take = [](const ldap::Entry&) {};
  co_await server.search(std::move(request), take);
  co_return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
}

}  // namespace

asio::awaitable<void> probe_ways(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                 const Known& known, Findings& findings) {
  co_await probe_member_of(server, known, findings);
  if (kind != ldap::ServerKind::openldap) co_return;
  const Values sorted = co_await config_values(server, "(olcDatabase={-1}frontend)", "olcSortVals");
  findings.push_back(judge_sort_values(sorted));
  const Values indexes = co_await config_values(server, "(olcSuffix=*)", "olcDbIndex");
  const milliseconds took = co_await time_member_search(server, settings.groups.bases.front());
  findings.push_back(judge_member_index(indexes, took));
}

}  // namespace dirbridge::doctor
