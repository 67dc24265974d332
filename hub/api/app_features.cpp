// What an app instance provisions (contract C3): users come in with imports, and no user is made or changed in a
// directory from here. Read only: there is nothing to switch.
#include "hub/api/api.hpp"
#include "hub/api/objects.hpp"
#include "hub/http/service.hpp"

namespace dirbridge::hub::api {
namespace {

constexpr std::string_view read_apps = "okta.apps.read";
constexpr std::string_view inbound = "INBOUND_PROVISIONING";
constexpr std::string_view outbound = "USER_PROVISIONING";

Json capabilities_in(const ledger::DirectoryRow& app) {
  const auto* const login = is_active_directory(app) ? "source.samAccountName" : "source.uid";
  return {{"importRules",
           {{"userCreateAndMatch",
             {{"exactMatchCriteria", "USERNAME"},
              {"allowPartialMatch", false},
              {"autoActivateNewUsers", true},
              {"autoConfirmExactMatch", true},
              {"autoConfirmNewUsers", true},
              {"autoConfirmPartialMatch", false}}}}},
          {"importSettings",
           {{"username", {{"usernameFormat", "CUSTOM"}, {"userNameExpression", login}}},
            {"schedule", {{"status", "DISABLED"}}}}}};
}

Json capabilities_out() {
  const Json off{{"status", "DISABLED"}};
  return {{"create", {{"lifecycleCreate", off}}},
          {"update",
           {{"profile", off},
            {"lifecycleDeactivate", off},
            {"password", {{"status", "DISABLED"}, {"seed", "RANDOM"}, {"change", "KEEP_EXISTING"}}}}}};
}

Json feature(const Parts& parts, const Call& call, const ledger::DirectoryRow& app, std::string_view name) {
  const bool comes_in = name == inbound;
  const auto self = base_url(parts, call) + "/api/v1/apps/" + app.id.str() + "/features/" + std::string{name};
  return {{"name", name},
          {"description", comes_in ? "Users and groups are imported from the directory"
                                   : "Users are neither made nor changed in the directory"},
          {"status", comes_in ? "ENABLED" : "DISABLED"},
          {"capabilities", comes_in ? capabilities_in(app) : capabilities_out()},
          {"_links", {{"self", {{"href", self}}}}}};
}

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  const auto app = app_of(parts, call);
  if (!app) co_return to_response(app.error());
  co_return json_response({feature(parts, call, *app, inbound), feature(parts, call, *app, outbound)});
}

asio::awaitable<net::HttpResponse> get(Parts& parts, Call& call) {
  const auto app = app_of(parts, call);
  if (!app) co_return to_response(app.error());
  const auto& name = call.path.at("feature");
  if (name != inbound && name != outbound) co_return to_response(proto::resource_not_found(name, "AppFeature"));
  co_return json_response(feature(parts, call, *app, name));
}

}  // namespace

void add_app_features(Router& router, Parts& parts) {
  router.add("GET", "/api/v1/apps/{id}/features", read_apps, [&parts](Call& call) { return list(parts, call); });
  router.add("GET", "/api/v1/apps/{id}/features/{feature}", read_apps,
             [&parts](Call& call) { return get(parts, call); });
}

}  // namespace dirbridge::hub::api
