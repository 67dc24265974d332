#include "hub/api/objects.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/guid.hpp"
#include "hub/object_time.hpp"

namespace dirbridge::hub::api {
namespace {

// The one type that users of a hub have; Okta's ids of types begin so (contract B5).
constexpr std::string_view user_type = "otyDefaultUserType01";

Json logo(const std::string& base, const std::string& size) {
  return {
      {"name", size}, {"href", base + "/img/logos/groups/active_directory-" + size + ".png"}, {"type", "image/png"}};
}

Json windows_profile(const proto::ImportedGroup& group) {
  Json profile{{"name", group.name}, {"description", group.description}, {"dn", group.dn}};
  put(profile, "groupType", proto::to_text(group.type));
  put(profile, "groupScope", proto::to_text(group.scope));
  put(profile, "samAccountName", group.sam_account_name);
  put(profile, "objectSid", group.object_sid);
  if (!group.domain.empty() && !group.sam_account_name.empty())
    profile["windowsDomainQualifiedName"] = group.domain + "\\" + group.sam_account_name;
  return profile;
}

}  // namespace

bool is_active_directory(const ledger::DirectoryRow& row) { return row.kind == "AD"; }
bool is_active_directory(const ledger::GroupRow& row) { return row.kind == "AD"; }

std::string external_id(bool of_active_directory, const std::string& stable_id) {
  return of_active_directory && is_guid(stable_id) ? to_base64(guid_from_text(stable_id)) : stable_id;
}

void put(Json& object, const char* key, std::string_view text) {
  if (!text.empty()) object[key] = text;
}

Json exact_times(const ledger::UserRow& row) {
  const auto created = to_iso8601(row.created);
  return {{"created", created},
          {"activated", created},
          {"statusChanged", created},
          {"lastUpdated", to_iso8601(row.updated)}};
}

Json exact_times(const ledger::GroupRow& row) {
  return {{"created", to_iso8601(row.created)},
          {"lastUpdated", to_iso8601(row.updated)},
          {"lastMembershipUpdated", to_iso8601(row.membership_updated)}};
}

Json user_json(const Parts& parts, const Call& call, const ledger::UserRow& row) {
  const auto created = object_time(row.created);
  const auto directory = parts.store.views().directory(row.directory);
  const bool is_windows = directory && is_active_directory(*directory);
  Json json{
      {"id", row.id.str()},
      {"status", "ACTIVE"},
      {"created", created},
      {"activated", created},
      {"statusChanged", created},
      {"lastLogin", nullptr},
      {"lastUpdated", object_time(row.updated)},
      {"passwordChanged", nullptr},
      {"type", {{"id", user_type}}},
      {"profile",
       {{"login", row.user.login}, {"dn", row.user.dn}, {"externalId", external_id(is_windows, row.user.stable_id)}}},
      {"credentials",
       {{"provider",
         {{"type", is_windows ? "ACTIVE_DIRECTORY" : "LDAP"},
          {"name", directory ? directory->name : row.directory.str()}}}}},
      {"_links", {{"self", {{"href", base_url(parts, call) + "/api/v1/users/" + row.id.str()}}}}}};
  // Okta's schema knows no empty ones; what the directory does not say is not there.
  for (const auto& [name, text] :
       {std::pair{"email", &row.user.email}, std::pair{"firstName", &row.user.first_name},
        std::pair{"lastName", &row.user.last_name}, std::pair{"displayName", &row.user.display_name}})
    if (!text->empty()) json["profile"][name] = *text;
  return json;
}

Json group_json(const Parts& parts, const Call& call, const ledger::GroupRow& row) {
  const auto org = base_url(parts, call);
  const auto base = org + "/api/v1/";
  const auto self = base + "groups/" + row.id.str();
  const bool is_imported = !row.directory.empty();
  const bool is_windows = is_active_directory(row);
  Json json{
      {"id", row.id.str()},
      {"created", object_time(row.created)},
      {"lastUpdated", object_time(row.updated)},
      {"lastMembershipUpdated", object_time(row.membership_updated)},
      {"objectClass", {is_windows ? "okta:windows_security_principal" : "okta:user_group"}},
      {"type", is_imported ? "APP_GROUP" : "OKTA_GROUP"},
      {"_links",
       {{"self", {{"href", self}}}, {"users", {{"href", self + "/users"}}}, {"apps", {{"href", self + "/apps"}}}}}};
  auto& profile = json["profile"];
  if (is_windows) {
    profile = windows_profile(row.group);
    json["_links"]["logo"] = Json::array({logo(org, "medium"), logo(org, "large")});
  } else {
    profile = {{"name", row.group.name}, {"description", row.group.description}};
    if (is_imported) profile["dn"] = row.group.dn;
  }
  if (is_imported) {
    profile["externalId"] = external_id(is_windows, row.group.stable_id);
    profile["memberAttribute"] = row.group.attribute;
    json["_links"]["source"]["href"] = base + "apps/" + row.directory.str();
  }
  return json;
}

boost::system::result<ledger::DirectoryRow, proto::OktaError> app_of(Parts& parts, const Call& call) {
  auto row = parts.store.views().directory(DirectoryId{call.path.at("id")});
  if (!row) return proto::resource_not_found(call.path.at("id"), "AppInstance");
  return std::move(*row);
}

std::vector<ledger::DirectoryRow> directories_behind(Parts& parts, const std::string& after, std::size_t limit) {
  std::vector<ledger::DirectoryRow> rows;
  for (auto& row : parts.store.views().directories())
    if (row.id.str() > after && rows.size() < limit) rows.push_back(std::move(row));
  return rows;
}

Json app_json(const Parts& parts, const Call& call, const ledger::DirectoryRow& row) {
  const auto self = base_url(parts, call) + "/api/v1/apps/" + row.id.str();
  const auto changed = row.generation == 0 ? row.created : row.imported;
  const std::string name = is_active_directory(row) ? "active_directory" : "ldap_sun_one";
  return {
      {"id", row.id.str()},
      {"orn", "orn:okta:idp:dirbridge:apps:" + name + ":" + row.id.str()},
      {"name", name},
      {"label", row.name},
      {"status", "ACTIVE"},
      {"created", object_time(row.created)},
      {"lastUpdated", object_time(changed)},
      {"features", {"IMPORT_NEW_USERS", "IMPORT_PROFILE_UPDATES", "GROUP_SYNC"}},
      {"signOnMode", "AUTO_LOGIN"},
      {"visibility", {{"autoSubmitToolbar", false}, {"hide", {{"iOS", true}, {"web", true}}}}},
      {"_links",
       {{"self", {{"href", self}}}, {"users", {{"href", self + "/users"}}}, {"groups", {{"href", self + "/groups"}}}}}};
}

namespace {

// Of the people that the list of members shows: those of Okta's own groups whom an import took away are not among them.
std::uint64_t count_users(const Parts& parts, const ledger::GroupRow& row) {
  if (!row.directory.empty()) return row.members;
  std::uint64_t count = 0;
  ledger::Page page{"", 1'000};
  for (;;) {
    const auto rows = parts.store.views().members(row.id, page);
    count += static_cast<std::uint64_t>(
        std::ranges::count_if(rows, [](const ledger::MemberRow& one) { return one.user.has_value(); }));
    if (rows.size() < page.limit) return count;
    page.after = rows.back().key;
  }
}

}  // namespace

void embed(const Parts& parts, const Call& call, const ledger::GroupRow& row, const Expand& expand, Json& group) {
  const bool is_imported = !row.directory.empty();
  if (expand.stats) {
    const auto links = group["_links"];
    group["_embedded"]["stats"] = {{"usersCount", count_users(parts, row)},
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
