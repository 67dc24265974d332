// Groups as Okta shows those of a directory (contract C1): APP_GROUP, never changed through these paths.
#include "hub/api/api.hpp"
#include "hub/api/objects.hpp"
#include "hub/http/service.hpp"
#include "proto/membership_change.hpp"

namespace dirbridge::hub::api {
namespace {

bool is_group_id(std::string_view text) { return is_id(text, "00g"); }
// A canonical DN, as the agent made it: the hub knows no more of its form.
bool is_member_key(std::string_view text) {
  return text.size() <= proto::max_dn_bytes && text.find('=') != std::string_view::npos;
}

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  if (call.request.parameter("search") || call.request.parameter("filter"))
    co_return to_response(unsupported_criteria());
  auto page = page_of(call, {.fallback = 200, .max = 1000, .is_cursor = is_group_id});
  if (!page) co_return to_response(page.error());
  const auto rows = parts.store.views().groups({}, call.request.parameter("q").value_or(""), *page);
  auto json = Json::array();
  for (const auto& row : rows) json.push_back(group_json(parts, call, row));
  auto response = json_response(json);
  add_links(response, parts, call, rows.size() == page->limit ? rows.back().id.str() : "");
  co_return response;
}

asio::awaitable<net::HttpResponse> get(Parts& parts, Call& call) {
  const auto row = parts.store.views().group(GroupId{call.path.at("id")});
  if (!row) co_return to_response(proto::resource_not_found(call.path.at("id"), "UserGroup"));
  co_return json_response(group_json(parts, call, *row));
}

// Members that were imported as users; service accounts and nested groups are no users of Okta's.
asio::awaitable<net::HttpResponse> members(Parts& parts, Call& call) {
  const GroupId id{call.path.at("id")};
  if (!parts.store.views().group(id)) co_return to_response(proto::resource_not_found(id.str(), "UserGroup"));
  auto page = page_of(call, {.fallback = 1000, .max = 1000, .is_cursor = is_member_key});
  if (!page) co_return to_response(page.error());
  const auto rows = parts.store.views().members(id, *page);
  auto json = Json::array();
  for (const auto& row : rows)
    if (row.user) json.push_back(user_json(parts, call, *row.user));
  auto response = json_response(json);
  add_links(response, parts, call, rows.size() == page->limit ? rows.back().key : "");
  co_return response;
}

}  // namespace

void add_groups(Router& router, Parts& parts) {
  router.add("GET", "/api/v1/groups", scope::read_groups, settled(parts, list));
  router.add("GET", "/api/v1/groups/{id}", scope::read_groups, settled(parts, get));
  router.add("GET", "/api/v1/groups/{id}/users", scope::read_groups, settled(parts, members));
}

}  // namespace dirbridge::hub::api
