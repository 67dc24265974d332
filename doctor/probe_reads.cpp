#include <algorithm>

#include "agent/import_map.hpp"
#include "base/text.hpp"
#include "doctor/access_advice.hpp"
#include "doctor/probes.hpp"
#include "ldap/filter.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::doctor {
namespace {

constexpr std::size_t max_names = 1'000;  // told of what is wrong with many

asio::awaitable<ReadSeen> read_all(Questioner& server, std::string what, const agent::ImportScope& scope,
                                   std::vector<std::string> attributes, std::uint32_t page_size,
                                   std::function<void(const ldap::Entry&, ReadSeen&)> look) {
  ReadSeen seen;
  seen.what = std::move(what);
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& base : scope.bases) {
    ldap::SearchRequest request;
    request.base = base;
    request.filter = ldap::Filter::parse(scope.filter).value().text();  // the settings were checked
    request.attributes = attributes;
    request.page_size = page_size;
    seen.base = base;
    const auto before = seen.entries;
    std::function<void(const ldap::Entry&)> take = [&](const ldap::Entry& entry) {
      ++seen.entries;
      look(entry, seen);
    };
    const Answer answer = co_await server.search(std::move(request), take);
    seen.result = answer.result;
    seen.lost = answer.lost;
    if (!answer.ok()) break;
    if (seen.entries > before) continue;
    seen.empty_bases.push_back(base);
    std::vector<std::string> classes{"objectClass"};
    const Answer itself = co_await server.entry(base, std::move(classes));
    seen.hides_bases |= itself.entries.empty();
  }
  seen.took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  co_return seen;
}

std::string classes_of(const ldap::Entry& entry) {
  const auto* classes = entry.find("objectClass");
  if (classes == nullptr) return {};
  std::vector<std::string> names;
  for (const auto& name : classes->values) names.push_back(to_lower(name));
  std::ranges::sort(names);
  std::string text;
  for (const auto& name : names) text += name + " ";
  return text;
}

// A renamed entry is found by such a search, which wants a right of its own. Active Directory finds by <GUID=…>.
asio::awaitable<void> search_by_id(Questioner& server, ldap::ServerKind kind, std::string dn, std::string id,
                                   ReadSeen& seen) {
  if (id.empty() || kind == ldap::ServerKind::active_directory) co_return;
  ldap::SearchRequest request;
  request.base = dn;
  request.scope = ldap::Scope::base;
  request.filter = ldap::stable_id_filter(kind, id).text();
  request.attributes = {"1.1"};
  const Answer answer = co_await server.entries(std::move(request));
  if (answer.ok() && answer.entries.empty()) seen.not_found_by_id = std::move(dn);
}

// Active Directory shows "member;range=0-1499" if there are more, and an empty "member" beside it.
void count_members(const ldap::Entry& entry, KnownGroup& group) {
  for (const auto& attribute : entry.attributes) {
    const auto name = to_lower(attribute.name);
    if (name != to_lower(group.attribute) && !name.starts_with(to_lower(group.attribute) + ";range=")) continue;
    group.members = std::max(group.members, attribute.values.size());
    group.is_cut = group.is_cut || (name.find(";range=") != std::string::npos && !name.ends_with("-*"));
  }
}

void note_unusable(ReadSeen& seen, const ldap::Entry& entry, ldap::ServerKind kind, const Error& why) {
  if (!agent::why_left_out(entry, kind)) {
    if (seen.unusable++ == 0) seen.why_unusable = why.message();
    if (seen.unusable_names.size() < max_names) seen.unusable_names.push_back(entry.dn);
  } else if (seen.unnameable++ == 0) {
    seen.why_unnameable = why.message();
  }
}

}  // namespace

ldap::Dn absent_name(const std::string& base) { return ldap::Dn::parse("cn=dirbridge-doctor-absent," + base).value(); }

asio::awaitable<ReadSeen> read_users(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                     Known& known) {
  std::size_t stride = 1;                     // every how many of them is kept
  std::pair<std::string, std::string> first;  // name, stable id
  std::function<void(const ldap::Entry&, ReadSeen&)> look = [&known, &stride, &first, kind](const ldap::Entry& entry,
                                                                                            ReadSeen& seen) {
    if (known.all_users++ % stride == 0) known.users.push_back({entry.dn, sid_text(entry.first("objectSid"))});
    if (known.users.size() == 2 * max_users_known) {
      known.users = some_evenly(known.users, max_users_known);
      stride *= 2;
    }
    const auto user = agent::to_user(entry, kind);
    if (!user)
      note_unusable(seen, entry, kind, user.error());
    else if (first.first.empty())
      first = {entry.dn, user->stable_id};
  };
  auto attributes = agent::user_attributes(kind);
  ReadSeen seen =
      co_await read_all(server, "users", settings.users, std::move(attributes), settings.page_size, std::move(look));
  co_await search_by_id(server, kind, first.first, first.second, seen);
  co_return seen;
}

asio::awaitable<ReadSeen> read_groups(Questioner& server, const agent::AgentSettings& settings, ldap::ServerKind kind,
                                      Known& known) {
  std::function<void(const ldap::Entry&, ReadSeen&)> look = [&known, kind](const ldap::Entry& entry, ReadSeen& seen) {
    ++known.all_groups;
    const auto group = agent::to_group(entry, kind);
    if (!group) return note_unusable(seen, entry, kind, group.error());
    const auto* members = entry.find(group->attribute);
    // RFC 4519 3.5 and 3.6; 389 DS and Active Directory let a group be empty.
    if (members == nullptr && kind == ldap::ServerKind::openldap && group->object_class.starts_with("groupOf"))
      seen.without_members.push_back(entry.dn);
    if (known.groups.size() == max_groups_tried) return;
    KnownGroup found{entry.dn, group->attribute, group->stable_id};
    if (members != nullptr && !members->values.empty()) found.some_member = members->values.front();
    found.classes = classes_of(entry);
    count_members(entry, found);
    known.groups.push_back(std::move(found));
  };
  auto attributes = agent::group_attributes(kind);
  ReadSeen seen =
      co_await read_all(server, "groups", settings.groups, std::move(attributes), settings.page_size, std::move(look));
  if (!known.groups.empty())
    co_await search_by_id(server, kind, known.groups.front().dn, known.groups.front().stable_id, seen);
  co_return seen;
}

}  // namespace dirbridge::doctor
