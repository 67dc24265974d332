#include "hub/api/objects.hpp"

namespace dirbridge::hub::api {

Json user_json(const Parts& parts, const Call& call, const ledger::UserRow& row) {
  const auto created = to_iso8601(row.created);
  const auto directory = parts.store.views().directory(row.directory);
  return {
      {"id", row.id.str()},
      {"status", "ACTIVE"},
      {"created", created},
      {"activated", created},
      {"statusChanged", created},
      {"lastLogin", nullptr},
      {"lastUpdated", to_iso8601(row.updated)},
      {"passwordChanged", nullptr},
      {"profile",
       {{"login", row.user.login},
        {"email", row.user.email},
        {"firstName", row.user.first_name},
        {"lastName", row.user.last_name},
        {"displayName", row.user.display_name},
        {"dn", row.user.dn},
        {"externalId", row.user.stable_id}}},
      {"credentials", {{"provider", {{"type", "LDAP"}, {"name", directory ? directory->name : row.directory.str()}}}}},
      {"_links", {{"self", {{"href", base_url(parts, call) + "/api/v1/users/" + row.id.str()}}}}}};
}

Json group_json(const Parts& parts, const Call& call, const ledger::GroupRow& row) {
  const auto base = base_url(parts, call) + "/api/v1/";
  const auto self = base + "groups/" + row.id.str();
  const bool is_imported = !row.directory.empty();
  Json json{
      {"id", row.id.str()},
      {"created", to_iso8601(row.created)},
      {"lastUpdated", to_iso8601(row.updated)},
      {"lastMembershipUpdated", to_iso8601(row.membership_updated)},
      {"objectClass", {"okta:user_group"}},
      {"type", is_imported ? "APP_GROUP" : "OKTA_GROUP"},
      {"profile", {{"name", row.group.name}, {"description", row.group.description}}},
      {"_links",
       {{"self", {{"href", self}}}, {"users", {{"href", self + "/users"}}}, {"apps", {{"href", self + "/apps"}}}}}};
  if (is_imported) {
    json["profile"]["dn"] = row.group.dn;
    json["profile"]["externalId"] = row.group.stable_id;
    json["profile"]["memberAttribute"] = row.group.attribute;
    json["_links"]["source"]["href"] = base + "apps/" + row.directory.str();
  }
  return json;
}

Json app_json(const Parts& parts, const Call& call, const ledger::DirectoryRow& row) {
  const auto self = base_url(parts, call) + "/api/v1/apps/" + row.id.str();
  const auto changed = row.generation == 0 ? row.created : row.imported;
  return {
      {"id", row.id.str()},
      {"orn", "orn:okta:idp:dirbridge:apps:ldap_sun_one:" + row.id.str()},
      {"name", "ldap_sun_one"},
      {"label", row.name},
      {"status", "ACTIVE"},
      {"created", to_iso8601(row.created)},
      {"lastUpdated", to_iso8601(changed)},
      {"features", {"IMPORT_NEW_USERS", "IMPORT_PROFILE_UPDATES", "GROUP_SYNC"}},
      {"signOnMode", "AUTO_LOGIN"},
      {"visibility", {{"autoSubmitToolbar", false}, {"hide", {{"iOS", true}, {"web", true}}}}},
      {"_links",
       {{"self", {{"href", self}}}, {"users", {{"href", self + "/users"}}}, {"groups", {{"href", self + "/groups"}}}}}};
}

void embed(const Parts& parts, const Call& call, const ledger::GroupRow& row, const Expand& expand, Json& group) {
  const bool is_imported = !row.directory.empty();
  if (expand.stats) {
    const auto links = group["_links"];
    group["_embedded"]["stats"] = {{"usersCount", row.members},
                                   {"appsCount", is_imported ? 1 : 0},
                                   {"groupPushMappingsCount", 0},
                                   {"hasAdminPrivlege", false},  // the word is Okta's
                                   {"_links", {{"users", links["users"]}, {"apps", links["apps"]}}}};
  }
  if (!expand.app || !is_imported) return;
  if (const auto directory = parts.store.views().directory(row.directory))
    group["_embedded"]["app"] = app_json(parts, call, *directory);
}

}  // namespace dirbridge::hub::api
