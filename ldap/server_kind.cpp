#include "ldap/server_kind.hpp"

#include <algorithm>

#include "base/guid.hpp"
#include "base/text.hpp"

namespace dirbridge::ldap {
namespace {

constexpr std::string_view active_directory_capability = "1.2.840.113556.1.4.800";
constexpr std::string_view session_tracking_control = "1.3.6.1.4.1.21008.108.63.1";

bool has_value(const Entry& entry, std::string_view attribute, std::string_view value) {
  const auto* found = entry.find(attribute);
  return found != nullptr &&
         std::ranges::any_of(found->values, [&](const auto& one) { return equals_ignore_case(one, value); });
}

}  // namespace

ServerKind kind_of(const Entry& root_dse) {
  if (has_value(root_dse, "supportedCapabilities", active_directory_capability)) return ServerKind::active_directory;
  if (root_dse.first("vendorName").starts_with("389 ") || root_dse.first("vendorVersion").starts_with("389-"))
    return ServerKind::ds389;
  if (has_value(root_dse, "objectClass", "OpenLDAProotDSE")) return ServerKind::openldap;
  return ServerKind::generic;
}

bool takes_session_tracking(const Entry& root_dse) {
  return has_value(root_dse, "supportedControl", session_tracking_control) || kind_of(root_dse) == ServerKind::openldap;
}

const std::vector<std::string>& root_dse_attributes() {
  static const std::vector<std::string> names{"objectClass", "vendorName", "vendorVersion", "supportedCapabilities",
                                              "supportedControl"};
  return names;
}

std::string_view to_text(ServerKind kind) {
  switch (kind) {
    case ServerKind::openldap: return "OpenLDAP";
    case ServerKind::ds389: return "389 DS";
    case ServerKind::active_directory: return "Active Directory";
    case ServerKind::generic: break;
  }
  return "generic";
}

std::string_view stable_id_attribute(ServerKind kind) {
  switch (kind) {
    // 389 DS has entryUUID only on entries added since a late version, and not on those imported offline.
    case ServerKind::ds389: return "nsUniqueId";
    case ServerKind::active_directory: return "objectGUID";
    case ServerKind::openldap:
    case ServerKind::generic: break;
  }
  return "entryUUID";
}

std::string stable_id_of(const Entry& entry, ServerKind kind) {
  auto id = entry.first(stable_id_attribute(kind));
  if (kind != ServerKind::active_directory) return id;
  return id.size() == guid_bytes ? guid_text(id) : std::string{};
}

Filter stable_id_filter(ServerKind kind, std::string_view stable_id) {
  if (kind == ServerKind::active_directory && is_guid(stable_id))
    return Filter::equality("objectGUID", guid_from_text(stable_id));
  return Filter::equality(stable_id_attribute(kind), stable_id);
}

const std::string& dn_for(const Dn& name, ServerKind kind) {
  switch (kind) {
    case ServerKind::openldap:
    case ServerKind::active_directory: return name.text();
    case ServerKind::ds389:
    case ServerKind::generic: break;
  }
  return name.keeps_letters() ? name.as_spelled() : name.text();
}

bool compares_bytes(ServerKind kind) { return kind == ServerKind::ds389; }

const std::string& key_for(const Dn& name, ServerKind kind) {
  return compares_bytes(kind) && name.keeps_letters() ? name.key_as_spelled() : name.canonical();
}

std::string wire_name(const Dn& name, ServerKind kind) {
  if (kind == ServerKind::active_directory && is_guid(name.stable_id())) return "<GUID=" + name.stable_id() + ">";
  return dn_for(name, kind);
}

}  // namespace dirbridge::ldap
