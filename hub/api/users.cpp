// Users as Okta shows them (contract C2): those that were imported from a directory.
#include "base/fold_case.hpp"
#include "hub/api/listing.hpp"
#include "hub/api/objects.hpp"
#include "hub/http/service.hpp"

namespace dirbridge::hub::api {
namespace {

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  auto query = ListQuery::parse(
      call, {.fallback = 200,
             .max = 200,
             .filter = {"id", "status", "lastUpdated", "profile.login", "profile.email", "profile.firstName",
                        "profile.lastName"},
             .search = {"id", "status", "created", "activated", "statusChanged", "lastUpdated", "profile.*"}});
  if (!query) co_return to_response(query.error());
  const auto* id = query->required("id");
  const auto* login = query->required("profile.login");
  const auto read = [&parts, id, login](const std::string& after, std::size_t limit) {
    if (!id) return parts.store.views().users({}, login ? *login : "", {after, limit});
    const auto row = *id > after ? parts.store.views().user(UserId{*id}) : std::nullopt;
    return row ? std::vector{*row} : std::vector<ledger::UserRow>{};
  };
  const auto show = [&](const ledger::UserRow& row) -> std::optional<Json> {
    const auto& user = row.user;
    if (!query->q_begins(user.login) && !query->q_begins(user.email) && !query->q_begins(user.first_name) &&
        !query->q_begins(user.last_name))
      return std::nullopt;
    auto json = user_json(parts, call, row);
    if (query->has_criteria() && !query->matches(json, exact_times(row))) return std::nullopt;
    return json;
  };
  co_return co_await answer_list(
      parts, call, *query, read, [](const auto& row) { return row.id.str(); }, show);
}

// By id, or by login as Okta allows.
std::optional<ledger::UserRow> find(Parts& parts, const std::string& name) {
  if (auto row = parts.store.views().user(UserId{name})) return row;
  const auto folded = fold_case(name);
  std::optional<ledger::UserRow> alike;
  // Logins that only begin so come with it; thousands of them are no directory's.
  for (ledger::Page page{"", 500}; page.limit > 0;) {
    auto rows = parts.store.views().users({}, name, page);
    for (auto& row : rows) {
      if (row.user.login == name) return std::move(row);
      if (!alike && fold_case(row.user.login) == folded) alike = row;
    }
    if (rows.size() < page.limit) break;
    page.after = rows.back().id.str();
  }
  return alike;
}

// The person that an API token belongs to, whom Terraform's provider asks for before anything else. Our tokens belong
// to nobody: the token stands for itself, under its name.
Json token_json(const Parts& parts, const Call& call) {
  const auto& token = call.principal;
  const auto id = "00u" + token.token.str().substr(3);
  return {{"id", id},
          {"status", "ACTIVE"},
          {"profile", {{"login", token.name}, {"firstName", token.name}, {"lastName", "API token"}}},
          {"credentials", {{"provider", {{"type", "OKTA"}, {"name", "OKTA"}}}}},
          {"_links", {{"self", {{"href", base_url(parts, call) + "/api/v1/users/me"}}}}}};
}

asio::awaitable<net::HttpResponse> get(Parts& parts, Call& call) {
  if (call.path.at("id") == "me" && call.principal.is_api_token) co_return json_response(token_json(parts, call));
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
