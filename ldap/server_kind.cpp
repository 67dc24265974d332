#include "ldap/server_kind.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace dirbridge::ldap {
namespace {

constexpr std::string_view active_directory_capability = "1.2.840.113556.1.4.800";
constexpr std::string_view session_tracking_control = "1.3.6.1.4.1.21008.108.63.1";
constexpr std::size_t guid_bytes = 16;
// Which byte of objectGUID each pair of digits shows.
constexpr std::array<std::size_t, guid_bytes> guid_order{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

bool has_value(const Entry& entry, std::string_view attribute, std::string_view value) {
  const auto* found = entry.find(attribute);
  return found != nullptr &&
         std::ranges::any_of(found->values, [&](const auto& one) { return equals_ignore_case(one, value); });
}

std::string guid_text(std::string_view bytes) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < guid_bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<unsigned char>(bytes[guid_order[i]]);
    text += {hex[byte >> 4], hex[byte & 15]};
  }
  return text;
}

int hex_digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

std::string guid_to_bytes(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != '-'; });
  std::string bytes(guid_bytes, '\0');
  for (std::size_t i = 0; i < guid_bytes; ++i)
    bytes[guid_order[i]] = static_cast<char>(hex_digit(digits[2 * i]) << 4 | hex_digit(digits[2 * i + 1]));
  return bytes;
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
    return Filter::equality("objectGUID", guid_to_bytes(stable_id));
  return Filter::equality(stable_id_attribute(kind), stable_id);
}

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

std::string wire_name(const Dn& name, ServerKind kind) {
  if (kind == ServerKind::active_directory && is_guid(name.stable_id())) return "<GUID=" + name.stable_id() + ">";
  return name.text();
}

}  // namespace dirbridge::ldap
