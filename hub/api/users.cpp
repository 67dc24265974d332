// Users as Okta shows them (contract C2): those that were imported from a directory.
#include "base/text.hpp"
#include "hub/api/api.hpp"
#include "hub/api/objects.hpp"
#include "hub/http/service.hpp"

namespace dirbridge::hub::api {
namespace {

bool is_user_id(std::string_view text) { return is_id(text, "00u"); }

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  if (call.request.parameter("search") || call.request.parameter("filter"))
    co_return to_response(unsupported_criteria());
  auto page = page_of(call, {.fallback = 200, .max = 200, .is_cursor = is_user_id});
  if (!page) co_return to_response(page.error());
  const auto rows = parts.store.views().users({}, call.request.parameter("q").value_or(""), *page);
  auto json = Json::array();
  for (const auto& row : rows) json.push_back(user_json(parts, call, row));
  auto response = json_response(json);
  add_links(response, parts, call, rows.size() == page->limit ? rows.back().id.str() : "");
  co_return response;
}

// By id, or by login as Okta allows.
std::optional<ledger::UserRow> find(Parts& parts, const std::string& name) {
  if (auto row = parts.store.views().user(UserId{name})) return row;
  for (auto& row : parts.store.views().users({}, name, {"", 200}))
    if (equals_ignore_case(row.user.login, name)) return row;
  return std::nullopt;
}

asio::awaitable<net::HttpResponse> get(Parts& parts, Call& call) {
  const auto row = find(parts, call.path.at("id"));
  if (!row) co_return to_response(proto::resource_not_found(call.path.at("id"), "User"));
  co_return json_response(user_json(parts, call, *row));
}

asio::awaitable<net::HttpResponse> groups_of(Parts& parts, Call& call) {
  const auto row = find(parts, call.path.at("id"));
  if (!row) co_return to_response(proto::resource_not_found(call.path.at("id"), "User"));
  auto json = Json::array();
  for (const auto& group : parts.store.views().groups_of(row->id)) json.push_back(group_json(parts, call, group));
  co_return json_response(json);
}

}  // namespace

void add_users(Router& router, Parts& parts) {
  router.add("GET", "/api/v1/users", scope::read_users, [&parts](Call& call) { return list(parts, call); });
  router.add("GET", "/api/v1/users/{id}", scope::read_users, [&parts](Call& call) { return get(parts, call); });
  router.add("GET", "/api/v1/users/{id}/groups", scope::read_users, settled(parts, groups_of));
}

}  // namespace dirbridge::hub::api
