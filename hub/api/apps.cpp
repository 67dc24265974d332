// Apps as Okta shows them (contract C3): each directory is one app instance, `active_directory` or, whatever the LDAP
// server, the historical `ldap_sun_one`; what was imported from it is its users and its groups.
#include "hub/api/api.hpp"
#include "hub/api/listing.hpp"
#include "hub/api/objects.hpp"
#include "hub/http/service.hpp"
#include "hub/object_time.hpp"

namespace dirbridge::hub::api {
namespace {

constexpr std::string_view read_apps = "okta.apps.read";

Json app_user_profile(bool is_windows, const proto::ImportedUser& user) {
  Json profile{{"dn", user.dn},
               {"email", user.email},
               {"firstName", user.first_name},
               {"lastName", user.last_name},
               {"displayName", user.display_name}};
  if (is_windows) {
    put(profile, "samAccountName", user.sam_account_name);
    put(profile, "upn", user.upn);
    put(profile, "objectSid", user.object_sid);
  } else {
    profile["uid"] = user.login;
  }
  return profile;
}

Json app_user_json(const Parts& parts, const Call& call, const ledger::UserRow& row, const ledger::DirectoryRow& app) {
  const auto base = base_url(parts, call) + "/api/v1/";
  const auto& user = row.user;
  const bool is_windows = is_active_directory(app);
  const auto created = object_time(row.created);
  return {{"id", row.id.str()},
          {"externalId", external_id(is_windows, user.stable_id)},
          {"created", created},
          {"lastUpdated", object_time(row.updated)},
          {"scope", "USER"},
          {"status", "ACTIVE"},
          {"statusChanged", created},
          {"passwordChanged", nullptr},
          {"syncState", "SYNCHRONIZED"},
          {"lastSync", object_time(app.imported)},
          {"credentials", {{"userName", user.login}}},
          {"profile", app_user_profile(is_windows, user)},
          {"_links",
           {{"app", {{"href", base + "apps/" + row.directory.str()}}},
            {"user", {{"href", base + "users/" + row.id.str()}}}}}};
}

Json assignment_json(const Parts& parts, const Call& call, const ledger::GroupRow& row) {
  const auto base = base_url(parts, call) + "/api/v1/";
  const auto app = base + "apps/" + row.directory.str();
  return {{"id", row.id.str()},
          {"lastUpdated", object_time(row.updated)},
          {"priority", 0},
          {"profile", Json::object()},
          {"_links",
           {{"self", {{"href", app + "/groups/" + row.id.str()}}},
            {"app", {{"href", app}}},
            {"group", {{"href", base + "groups/" + row.id.str()}}}}}};
}

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  auto query =
      ListQuery::parse(call, {.fallback = 200, .max = 200, .filter = {"id", "name", "status"}, .no_limit = "-1"});
  if (!query) co_return to_response(query.error());
  const auto read = [&parts](const std::string& after, std::size_t limit) {
    return directories_behind(parts, after, limit);
  };
  const auto show = [&](const ledger::DirectoryRow& row) -> std::optional<Json> {
    auto json = app_json(parts, call, row);
    if (!query->q_begins(row.name) && !query->q_begins(json["name"].get<std::string>())) return std::nullopt;
    if (query->has_criteria() && !query->matches(json)) return std::nullopt;
    return json;
  };
  co_return co_await answer_list(
      parts, call, *query, read, [](const auto& row) { return row.id.str(); }, show);
}

asio::awaitable<net::HttpResponse> get(Parts& parts, Call& call) {
  const auto app = app_of(parts, call);
  if (!app) co_return to_response(app.error());
  co_return json_response(app_json(parts, call, *app));
}

asio::awaitable<net::HttpResponse> users(Parts& parts, Call& call) {
  const auto app = app_of(parts, call);
  if (!app) co_return to_response(app.error());
  auto query = ListQuery::parse(call, {.fallback = 50, .max = 500});
  if (!query) co_return to_response(query.error());
  const auto read = [&](const std::string& after, std::size_t limit) {
    return parts.store.views().users(app->id, "", {after, limit});
  };
  const auto show = [&](const ledger::UserRow& row) -> std::optional<Json> {
    const auto& user = row.user;
    if (!query->q_begins(user.login) && !query->q_begins(user.email) && !query->q_begins(user.first_name) &&
        !query->q_begins(user.last_name))
      return std::nullopt;
    return app_user_json(parts, call, row, *app);
  };
  co_return co_await answer_list(
      parts, call, *query, read, [](const auto& row) { return row.id.str(); }, show);
}

asio::awaitable<net::HttpResponse> user(Parts& parts, Call& call) {
  const auto app = app_of(parts, call);
  if (!app) co_return to_response(app.error());
  const auto row = parts.store.views().user(app->id, UserId{call.path.at("user")});
  if (!row) co_return to_response(proto::resource_not_found(call.path.at("user"), "AppUser"));
  co_return json_response(app_user_json(parts, call, *row, *app));
}

asio::awaitable<net::HttpResponse> groups(Parts& parts, Call& call) {
  const auto app = app_of(parts, call);
  if (!app) co_return to_response(app.error());
  auto query = ListQuery::parse(call, {.fallback = 20, .max = 200});
  if (!query) co_return to_response(query.error());
  const auto read = [&](const std::string& after, std::size_t limit) {
    return parts.store.views().groups(app->id, query->q(), {after, limit});
  };
  const auto show = [&](const ledger::GroupRow& row) { return std::optional{assignment_json(parts, call, row)}; };
  co_return co_await answer_list(
      parts, call, *query, read, [](const auto& row) { return row.id.str(); }, show);
}

asio::awaitable<net::HttpResponse> group(Parts& parts, Call& call) {
  const auto app = app_of(parts, call);
  if (!app) co_return to_response(app.error());
  const auto row = parts.store.views().group(app->id, GroupId{call.path.at("group")});
  if (!row) co_return to_response(proto::resource_not_found(call.path.at("group"), "UserGroup"));
  co_return json_response(assignment_json(parts, call, *row));
}

}  // namespace

void add_apps(Router& router, Parts& parts) {
  router.add("GET", "/api/v1/apps", read_apps, settled(parts, list));
  router.add("GET", "/api/v1/apps/{id}", read_apps, settled(parts, get));
  router.add("GET", "/api/v1/apps/{id}/users", read_apps, settled(parts, users));
  router.add("GET", "/api/v1/apps/{id}/users/{user}", read_apps, settled(parts, user));
  router.add("GET", "/api/v1/apps/{id}/groups", read_apps, settled(parts, groups));
  router.add("GET", "/api/v1/apps/{id}/groups/{group}", read_apps, settled(parts, group));
}

}  // namespace dirbridge::hub::api
