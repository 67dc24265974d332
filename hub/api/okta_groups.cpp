// Okta's own groups (contract C1): made, renamed, deleted, and their members set. An imported group is the directory's:
// its members are changed through /api/v1/directories, nothing else of it ever (decision 0009).
#include <algorithm>

#include "hub/api/api.hpp"
#include "hub/api/objects.hpp"
#include "hub/http/service.hpp"
#include "hub/membership_event.hpp"
#include "proto/strict_json.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::hub::api {
namespace {

constexpr std::string_view manage_groups = "okta.groups.manage";
constexpr std::size_t max_description_bytes = 1024;

template <class T>
using Answer = boost::system::result<T, proto::OktaError>;

struct Profile {
  std::string name;
  std::string description;
};

// {"profile": {"name": "…", "description": "…"}}. What else a profile holds is refused, for it would be lost silently;
// but for objectClass, which some SDKs put there.
Answer<Profile> profile_of(const Call& call) {
  const auto body = proto::parse_json(call.request.body);
  if (!body) return proto::not_well_formed(body.error().message());
  const auto found = body->is_object() ? body->find("profile") : body->end();
  if (found == body->end() || !found->is_object())
    return proto::validation_failed("profile", {"profile: an object with a name is needed"});
  const auto name = name_of(*found);
  if (!name) return name.error();
  Profile profile{*name, {}};
  for (const auto& [key, value] : found->items()) {
    if (key == "name" || key == "objectClass") continue;
    if (key != "description")
      return proto::validation_failed("profile", {"profile: a group has no attribute " + proto::clip(key, 64)});
    if (value.is_null()) continue;
    if (!value.is_string() || value.get_ref<const std::string&>().size() > max_description_bytes)
      return proto::validation_failed("description", {"description: a text of at most 1024 bytes is needed"});
    profile.description = value;
  }
  return profile;
}

// 404 for no group; 403 for an imported one.
Answer<ledger::GroupRow> own_group(Parts& parts, const Call& call) {
  auto row = parts.store.views().group(GroupId{call.path.at("id")});
  if (!row) return proto::resource_not_found(call.path.at("id"), "UserGroup");
  if (!row->directory.empty())
    return proto::forbidden("the group is an APP_GROUP: it is managed in the directory that it was imported from");
  return std::move(*row);
}

// Two calls at the same moment: the ledger refused the second, and says why by what it holds now.
proto::OktaError refusal_of(Parts& parts, const Error& error, const GroupId& id, bool is_new) {
  if (error.code != errc::conflict) return proto::service_unavailable(error.message());
  if (!is_new && !parts.store.views().group(id)) return proto::resource_not_found(id.str(), "UserGroup");
  return proto::validation_failed("name",
                                  {"name: An object with this field already exists in the current organization"});
}

// Also of a user whom the catalog does not know.
bool is_listed(Parts& parts, const GroupId& group, const UserId& user) {
  const auto groups = parts.store.views().groups_of(user);
  return std::ranges::find(groups, group, &ledger::GroupRow::id) != groups.end();
}

asio::awaitable<net::HttpResponse> write(Parts& parts, Call& call, ledger::Body body, GroupId id, bool is_new) {
  std::vector<ledger::Body> bodies;
  bodies.push_back(std::move(body));
  const auto done = co_await parts.store.append({}, std::move(bodies));
  if (!done) co_return to_response(refusal_of(parts, done.error(), id, is_new));
  const auto row = parts.store.views().group(id);
  if (!row) co_return to_response(proto::resource_not_found(id.str(), "UserGroup"));
  co_return json_response(group_json(parts, call, *row));
}

asio::awaitable<net::HttpResponse> create(Parts& parts, Call& call) {
  auto profile = profile_of(call);
  if (!profile) co_return to_response(profile.error());
  const auto id = new_id<GroupId>("00g");
  ledger::Body body = ledger::OktaGroupCreated{id, profile->name, profile->description};
  co_return co_await write(parts, call, std::move(body), id, true);
}

asio::awaitable<net::HttpResponse> replace(Parts& parts, Call& call) {
  const auto group = own_group(parts, call);
  if (!group) co_return to_response(group.error());
  auto profile = profile_of(call);
  if (!profile) co_return to_response(profile.error());
  ledger::Body body = ledger::OktaGroupChanged{group->id, profile->name, profile->description};
  co_return co_await write(parts, call, std::move(body), group->id, false);
}

asio::awaitable<net::HttpResponse> remove(Parts& parts, Call& call) {
  const auto group = own_group(parts, call);
  if (!group) co_return to_response(group.error());
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::OktaGroupDeleted{group->id});
  const auto done = co_await parts.store.append({}, std::move(bodies));
  if (!done) co_return to_response(refusal_of(parts, done.error(), group->id, false));
  co_return net::HttpResponse{204, {}, ""};
}

// Whoever is a member already, or none, is no error: Okta answers 204 as well.
asio::awaitable<net::HttpResponse> set_member(Parts& parts, Call& call, bool is_member) {
  const auto group = own_group(parts, call);
  if (!group) co_return to_response(group.error());
  const UserId user{call.path.at("user")};
  auto person = parts.store.views().user(user);
  // Whoever an import took away may still be a member, and can be taken out.
  if (!person && !is_member && is_listed(parts, group->id, user)) person = ledger::UserRow{.id = user};
  if (!person) co_return to_response(proto::resource_not_found(user.str(), "User"));
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::OktaMembershipChanged{group->id, user, is_member});
  const auto done = co_await parts.store.append({}, std::move(bodies));
  if (!done) co_return to_response(refusal_of(parts, done.error(), group->id, false));
  const auto now = parts.store.views().group(group->id);
  if (now && now->members != group->members)
    log_event(parts.store,
              membership_facts(of_request(call.request, call.id, call.principal), *now, *person, is_member));
  co_return net::HttpResponse{204, {}, ""};
}

}  // namespace

void add_okta_groups(Router& router, Parts& parts) {
  router.add("POST", "/api/v1/groups", manage_groups, [&parts](Call& call) { return create(parts, call); });
  router.add("PUT", "/api/v1/groups/{id}", manage_groups, [&parts](Call& call) { return replace(parts, call); });
  router.add("DELETE", "/api/v1/groups/{id}", manage_groups, [&parts](Call& call) { return remove(parts, call); });
  router.add("PUT", "/api/v1/groups/{id}/users/{user}", manage_groups,
             [&parts](Call& call) { return set_member(parts, call, true); });
  router.add("DELETE", "/api/v1/groups/{id}/users/{user}", manage_groups,
             [&parts](Call& call) { return set_member(parts, call, false); });
}

}  // namespace dirbridge::hub::api
