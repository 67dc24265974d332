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

// Of OpenLDAP's cn=config or an entry of it and what is below, which few accounts may read: nullopt if this one may
// not.
asio::awaitable<Values> config_values(Questioner& server, std::string base, std::string filter, std::string attribute) {
  ldap::SearchRequest request;
  request.base = std::move(base);
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

// The entry of the database that holds `base`, of several the one with the nearest suffix; empty: none is shown.
asio::awaitable<std::string> database_of(Questioner& server, const std::string& base) {
  const auto name = ldap::Dn::parse(base);
  if (!name) co_return std::string{};
  ldap::SearchRequest request;
  request.base = "cn=config";
  request.filter = "(olcSuffix=*)";
  request.attributes.push_back("olcSuffix");
  request.page_size = 0;
  std::string database;
  std::size_t nearest = 0;
  std::function<void(const ldap::Entry&)> take = [&](const ldap::Entry& entry) {
    const auto* suffixes = entry.find("olcSuffix");
    if (suffixes == nullptr) return;
    for (const auto& text : suffixes->values) {
      const auto suffix = ldap::Dn::parse(text);
      if (!suffix || !name->is_within(*suffix) || suffix->canonical().size() < nearest) continue;
      nearest = suffix->canonical().size();
      database = entry.dn;
    }
  };
  co_await server.search(std::move(request), take);
  co_return database;
}

// OpenLDAP: overlays are entries below their database, or below the frontend for all of them. The memberof overlay
// keeps the groups as well, if it is told to.
asio::awaitable<Values> refint_of_openldap(Questioner& server, const std::string& database) {
  if (database.empty()) co_return std::nullopt;
  std::vector<std::string> attributes;
  for (const std::string& base : {database, std::string{"olcDatabase={-1}frontend,cn=config"}}) {
    const Values kept = co_await config_values(server, base, "(objectClass=olcRefintConfig)", "olcRefintAttribute");
    const Values by_member_of = co_await config_values(
        server, base, "(&(objectClass=olcMemberOfConfig)(olcMemberOfRefInt=TRUE))", "olcMemberOfMemberAD");
    for (const auto& more : {kept, by_member_of})
      if (more) attributes.insert(attributes.end(), more->begin(), more->end());
  }
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
      const Values sorted = co_await config_values(server, "cn=config", "(olcDatabase={-1}frontend)", "olcSortVals");
      findings.push_back(judge_sort_values(sorted, used));
      const auto base = settings.groups.bases.empty() ? std::string{} : settings.groups.bases.front();
      const auto database = co_await database_of(server, base);
      if (!database.empty()) indexes = co_await config_values(server, database, "(olcSuffix=*)", "olcDbIndex");
      kept = co_await refint_of_openldap(server, database);
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
