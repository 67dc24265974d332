#include "ldap/own_rights.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace dirbridge::ldap {
namespace {

bool has_name(const std::vector<std::string>& names, std::string_view wanted) {
  return std::ranges::any_of(names, [&](const auto& name) { return equals_ignore_case(name, wanted); });
}

// 389 DS: "cn:rsc, member:rscwo, aci:none". r reads values, s searches by them, w adds them, o takes them away.
void parse_attribute_rights(std::string_view text, OwnRights& said) {
  for (const auto part : split(text, ',')) {
    const auto one = trim(part);
    const auto colon = one.rfind(':');
    if (colon == std::string_view::npos) continue;
    const auto rights = one.substr(colon + 1);
    said.attributes.emplace_back(one.substr(0, colon));
    if (rights == "none") continue;
    if (rights.find('r') != std::string_view::npos) said.readable.emplace_back(one.substr(0, colon));
    if (rights.find('s') != std::string_view::npos) said.searchable.emplace_back(one.substr(0, colon));
    if (rights.find('w') != std::string_view::npos) said.addable.emplace_back(one.substr(0, colon));
    if (rights.find('o') != std::string_view::npos) said.removable.emplace_back(one.substr(0, colon));
  }
}

}  // namespace

std::vector<std::string> OwnRights::writable() const {
  auto names = addable;
  for (const auto& name : removable)
    if (!has_name(names, name)) names.push_back(name);
  return names;
}

bool OwnRights::hides(std::string_view attribute) const {
  return has_name(attributes, attribute) && !has_name(readable, attribute) && !has_name(searchable, attribute);
}

std::optional<OwnRightsQuestion> ask_own_rights(ServerKind kind, const std::string& identity) {
  if (kind == ServerKind::active_directory)
    return OwnRightsQuestion{
        {"allowedAttributes", "allowedAttributesEffective", "allowedChildClassesEffective", "sDRightsEffective"}};
  if (kind != ServerKind::ds389 || identity.empty()) return std::nullopt;
  // "*" and "+" leave out what the entry does not have: those that lock an account or let it in are asked for by name.
  return OwnRightsQuestion{
      {"*", "+", "aci", "nsAccountLock", "nsRoleDN", "passwordExpirationTime", "accountUnlockTime", "userPassword"},
      {effective_rights(identity)}};
}

std::optional<OwnRights> own_rights(ServerKind kind, const Entry& entry) {
  OwnRights said;
  said.dn = entry.dn;
  if (kind == ServerKind::ds389) {
    const auto entry_rights = entry.first("entryLevelRights");
    if (entry_rights.empty()) return std::nullopt;
    const auto has = [&](char right) {
      return entry_rights != "none" && entry_rights.find(right) != std::string::npos;
    };
    said.may_add = has('a');
    said.may_delete = has('d');
    said.may_rename = has('n');
    parse_attribute_rights(entry.first("attributeLevelRights"), said);
    said.may_grant = has_name(said.addable, "aci") || has_name(said.removable, "aci");
    return said;
  }
  const auto values_of = [&](std::string_view name) {
    const auto* found = entry.find(name);
    return found == nullptr ? std::vector<std::string>{} : found->values;
  };
  // Always there, if this server makes it. An empty list of the others is not shown at all.
  const auto descriptor_rights = entry.first("sDRightsEffective");
  if (kind != ServerKind::active_directory || descriptor_rights.empty()) return std::nullopt;
  said.attributes = values_of("allowedAttributes");
  said.addable = values_of("allowedAttributesEffective");
  said.removable = said.addable;
  said.may_add = !values_of("allowedChildClassesEffective").empty();
  said.may_grant = descriptor_rights != "0";
  return said;
}

Result forecast_of(const OwnRights& rights, const ModifyRequest& request) {
  constexpr int no_rights = 50;
  constexpr int object_class_violation = 65;
  Result told;
  // Active Directory looks at rights first, and there are none on what its classes do not have.
  if (request.kind == ServerKind::ds389 && !has_name(rights.attributes, request.attribute)) {
    told.code = object_class_violation;
    return told;
  }
  const bool may = (request.add.empty() || has_name(rights.addable, request.attribute)) &&
                   (request.remove.empty() || has_name(rights.removable, request.attribute));
  if (!may) told.code = no_rights;
  return told;
}

std::string dn_of_identity(std::string_view identity) {
  return identity.starts_with("dn:") ? std::string{trim(identity.substr(3))} : std::string{};
}

}  // namespace dirbridge::ldap
