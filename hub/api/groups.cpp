// Groups as Okta shows them (contract C1), to be read: those of a directory (APP_GROUP) and Okta's own (OKTA_GROUP).
#include "base/text.hpp"
#include "hub/api/listing.hpp"
#include "hub/api/objects.hpp"
#include "hub/http/service.hpp"

namespace dirbridge::hub::api {
namespace {

// ?expand=stats,app; what Okta has no such expansion for is passed over, as Okta does.
Expand expand_of(const Call& call) {
  Expand expand;
  const auto asked = call.request.parameter("expand").value_or("");
  for (const auto one : split(asked, ',')) {
    expand.stats = expand.stats || trim(one) == "stats";
    expand.app = expand.app || trim(one) == "app";
  }
  return expand;
}

// The criteria see the app that a group comes from as source.id; the answer has it as a link only.
bool is_wanted(const ListQuery& query, const ledger::GroupRow& row, const Json& shown) {
  if (!query.has_criteria()) return true;
  auto seen = shown;
  if (!row.directory.empty()) seen["source"]["id"] = row.directory.str();
  return query.matches(seen, exact_times(row));
}

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  auto query = ListQuery::parse(
      call, {.fallback = 10'000,
             .max = 10'000,
             .filter = {"id", "type", "lastUpdated", "lastMembershipUpdated"},
             .search = {"id", "type", "created", "lastUpdated", "lastMembershipUpdated", "source.id", "profile.*"}});
  if (!query) co_return to_response(query.error());
  const auto expand = expand_of(call);
  const auto* id = query->required("id");
  const auto* source = query->required("source.id");
  const auto* name = query->required("profile.name");
  // An index where the criteria name what it has: one group, one directory, names that begin alike.
  const DirectoryId directory{source ? *source : ""};
  const auto prefix = name ? *name : query->q();
  const auto read = [&, directory, prefix, id](const std::string& after, std::size_t limit) {
    if (!id) return parts.store.views().groups(directory, prefix, {after, limit});
    const auto row = *id > after ? parts.store.views().group(GroupId{*id}) : std::nullopt;
    return row ? std::vector{*row} : std::vector<ledger::GroupRow>{};
  };
  const auto show = [&](const ledger::GroupRow& row) -> std::optional<Json> {
    if (!query->q_begins(row.group.name)) return std::nullopt;
    auto json = group_json(parts, call, row);
    if (!is_wanted(*query, row, json)) return std::nullopt;
    embed(parts, call, row, expand, json);
    return json;
  };
  co_return co_await answer_list(
      parts, call, *query, read, [](const auto& row) { return row.id.str(); }, show);
}

asio::awaitable<net::HttpResponse> get(Parts& parts, Call& call) {
  const auto row = parts.store.views().group(GroupId{call.path.at("id")});
  if (!row) co_return to_response(proto::resource_not_found(call.path.at("id"), "UserGroup"));
  auto json = group_json(parts, call, *row);
  embed(parts, call, *row, expand_of(call), json);
  co_return json_response(json);
}

// Members that were imported as users; service accounts and nested groups are no users of Okta's.
asio::awaitable<net::HttpResponse> members(Parts& parts, Call& call) {
  const GroupId id{call.path.at("id")};
  if (!parts.store.views().group(id)) co_return to_response(proto::resource_not_found(id.str(), "UserGroup"));
  auto query = ListQuery::parse(call, {.fallback = 1000, .max = 1000});
  if (!query) co_return to_response(query.error());
  const auto read = [&](const std::string& after, std::size_t limit) {
    return parts.store.views().members(id, {after, limit});
  };
  const auto show = [&](const ledger::MemberRow& row) -> std::optional<Json> {
    if (!row.user) return std::nullopt;
    return user_json(parts, call, *row.user);
  };
  co_return co_await answer_list(
      parts, call, *query, read, [](const auto& row) { return row.key; }, show);
}

// The app that a group was imported by; a group of Okta's own is assigned to none here.
asio::awaitable<net::HttpResponse> apps(Parts& parts, Call& call) {
  const auto row = parts.store.views().group(GroupId{call.path.at("id")});
  if (!row) co_return to_response(proto::resource_not_found(call.path.at("id"), "UserGroup"));
  auto query = ListQuery::parse(call, {.fallback = 20, .max = 200});
  if (!query) co_return to_response(query.error());
  std::string text = "[";
  const auto directory = parts.store.views().directory(row->directory);
  if (directory && query->after().empty()) add_row(text, app_json(parts, call, *directory));
  co_return list_response(parts, call, std::move(text), "");
}

}  // namespace

void add_groups(Router& router, Parts& parts) {
  router.add("GET", "/api/v1/groups", scope::read_groups, settled(parts, list));
  router.add("GET", "/api/v1/groups/{id}", scope::read_groups, settled(parts, get));
  router.add("GET", "/api/v1/groups/{id}/users", scope::read_groups, settled(parts, members));
  router.add("GET", "/api/v1/groups/{id}/apps", scope::read_groups, settled(parts, apps));
}

}  // namespace dirbridge::hub::api
