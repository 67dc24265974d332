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
  return {{"id", row.id.str()},
          {"created", to_iso8601(row.created)},
          {"lastUpdated", to_iso8601(row.updated)},
          {"lastMembershipUpdated", to_iso8601(row.membership_updated)},
          {"objectClass", {"okta:user_group"}},
          {"type", "APP_GROUP"},
          {"profile",
           {{"name", row.group.name},
            {"description", row.group.description},
            {"dn", row.group.dn},
            {"externalId", row.group.stable_id},
            {"memberAttribute", row.group.attribute}}},
          {"_links",
           {{"self", {{"href", self}}},
            {"users", {{"href", self + "/users"}}},
            {"apps", {{"href", self + "/apps"}}},
            {"source", {{"href", base + "apps/" + row.directory.str()}}}}}};
}

proto::OktaError unsupported_criteria() {
  proto::OktaError error;
  error.status = 400;
  error.code = "E0000031";
  error.summary = "Invalid search criteria.";
  error.causes = {"search and filter are not supported here yet; use q"};
  return error;
}

}  // namespace dirbridge::hub::api
