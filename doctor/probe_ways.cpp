#include <algorithm>

#include "agent/directory_rules.hpp"
#include "base/text.hpp"
#include "doctor/probes.hpp"
#include "ldap/filter.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::doctor {
namespace {

using Values = std::optional<std::vector<std::string>>;

asio::awaitable<void> probe_member_of(Questioner& server, const Known& known, MemberOfSeen& seen) {
  const auto group = std::ranges::find_if(known.groups, [](const auto& one) { return !one.some_member.empty(); });
  if (group == known.groups.end()) co_return;
  std::vector<std::string> attributes{"memberOf"};
  const Answer answer = co_await server.entry(group->some_member, std::move(attributes));
  if (!answer.ok() || answer.entries.empty()) co_return;
  seen.member = group->some_member;
  seen.shows_some = answer.entries.front().find("memberOf") != nullptr;
}

// Of OpenLDAP's cn=config, which few accounts may read: nullopt if this one may not.
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

// OpenLDAP: overlays are entries below their database. None is known to be missing only if the databases are visible.
asio::awaitable<Values> refint_of_openldap(Questioner& server) {
  Values attributes = co_await config_values(server, "(olcSuffix=*)", "olcSuffix");
  if (!attributes || attributes->empty()) co_return std::nullopt;
  const Values kept = co_await config_values(server, "(objectClass=olcRefintConfig)", "olcRefintAttribute");
  attributes = kept ? *kept : std::vector<std::string>{};
  co_return attributes;
}

asio::awaitable<Values> refint_of_389(Questioner& server) {
  std::vector<std::string> names{"nsslapd-pluginEnabled", "referint-membership-attr"};
  const Answer answer =
      co_await server.entry("cn=referential integrity postoperation,cn=plugins,cn=config", std::move(names));
  if (!answer.ok() || answer.entries.empty()) co_return std::nullopt;
  const auto& entry = answer.entries.front();
  const auto enabled = entry.first("nsslapd-pluginEnabled");
  if (enabled.empty()) co_return std::nullopt;
  const auto* kept = entry.find("referint-membership-attr");
  co_return equals_ignore_case(enabled, "on") && kept != nullptr ? kept->values : std::vector<std::string>{};
}

// What is indexed for equality in the databases with entries; neither the change log's nor the templates.
asio::awaitable<Values> indexes_of_389(Questioner& server) {
  ldap::SearchRequest request;
  request.base = "cn=ldbm database,cn=plugins,cn=config";
  request.filter = "(objectClass=nsIndex)";
  request.attributes.assign({"cn", "nsIndexType"});
  request.page_size = 0;
  Values lines;
  std::function<void(const ldap::Entry&)> take = [&](const ldap::Entry& entry) {
    const auto dn = to_lower(entry.dn);
    if (!lines) lines.emplace();
    const auto* types = entry.find("nsIndexType");
    if (dn.find(",cn=changelog,") != std::string::npos || dn.find(",cn=default indexes,") != std::string::npos ||
        types == nullptr || std::ranges::find(types->values, "eq") == types->values.end())
      return;
    lines->push_back(entry.first("cn"));
  };
  co_await server.search(std::move(request), take);
  co_return lines;
}

asio::awaitable<void> probe_ranges(Questioner& server, const Known& known, Findings& findings) {
  const auto group = std::ranges::max_element(known.groups, {}, &KnownGroup::members);
  if (group == known.groups.end() || group->members < 2) {
    findings.push_back(judge_ranged_reads(std::nullopt));
    co_return;
  }
  std::vector<std::string> attributes;
  attributes.push_back(group->attribute + ";range=0-0");
  const Answer answer = co_await server.entry(group->dn, std::move(attributes));
  if (answer.lost.code) co_return;
  RangeSeen seen{.dn = group->dn, .result = answer.result, .name = {}};
  seen.plain = group->members;
  seen.is_cut = group->is_cut;
  for (const auto& entry : answer.entries)
    for (const auto& attribute : entry.attributes)
      if (!attribute.values.empty()) {
        seen.name = attribute.name;
        seen.values = attribute.values.size();
      }
  findings.push_back(judge_ranged_reads(seen));
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

asio::awaitable<void> probe_stand_in(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                     Findings& findings) {
  const auto policy = agent::LastMember::parse(settings.last_member);
  if (!policy || policy->policy != agent::LastMember::Policy::entry) co_return;
  std::vector<std::string> attributes{"1.1"};
  const std::string name = ldap::compares_bytes(kind) ? policy->stand_in.as_spelled() : policy->stand_in.text();
  const Answer answer = co_await server.entry(name, std::move(attributes));
  if (answer.lost.code) co_return;
  findings.push_back(judge_stand_in(kind, name, answer.result, !answer.entries.empty()));
}

asio::awaitable<void> probe_ways(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                 const Known& known, MemberOfSeen& member_of, Findings& findings) {
  co_await probe_member_of(server, known, member_of);
  Values kept, indexes;
  Used used;
  for (const auto& group : known.groups)
    if (std::ranges::find(used, group.attribute) == used.end()) used.push_back(group.attribute);
  if (used.empty()) used.emplace_back("member");
  switch (kind) {
    case ldap::ServerKind::openldap: {
      const Values sorted = co_await config_values(server, "(olcDatabase={-1}frontend)", "olcSortVals");
      findings.push_back(judge_sort_values(sorted, used));
      indexes = co_await config_values(server, "(olcSuffix=*)", "olcDbIndex");
      kept = co_await refint_of_openldap(server);
      break;
    }
    case ldap::ServerKind::ds389:
      indexes = co_await indexes_of_389(server);
      kept = co_await refint_of_389(server);
      break;
    case ldap::ServerKind::active_directory: co_await probe_ranges(server, known, findings); break;
    case ldap::ServerKind::generic: break;
  }
  findings.push_back(judge_refint(kind, kept, used));
  if (settings.groups.bases.empty()) co_return;
  const milliseconds took = co_await time_member_search(server, settings.groups.bases.front());
  findings.push_back(judge_member_index(kind, indexes, took, used));
}

}  // namespace dirbridge::doctor
