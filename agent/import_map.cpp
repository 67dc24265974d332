#include "agent/import_map.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "ldap/member_value.hpp"
#include "ldap/server_kind.hpp"
#include "proto/json_reader.hpp"
#include "proto/membership_change.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::agent {
namespace {

// The first of these attributes that has a value fit to be read by people.
std::string first_of(const ldap::Entry& entry, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    const auto* attribute = entry.find(name);
    if (attribute == nullptr) continue;
    for (const auto& value : attribute->values)
      if (!value.empty() && is_utf8(value)) return value;
  }
  return {};
}

bool has_class(const ldap::Entry& entry, std::string_view name) {
  const auto* classes = entry.find("objectClass");
  return classes != nullptr && std::any_of(classes->values.begin(), classes->values.end(),
                                           [&](const auto& value) { return equals_ignore_case(value, name); });
}

// Enough of a name to find the entry by; whoever creates an entry chooses how long its name is.
constexpr std::size_t max_shown_name = 160;
constexpr std::size_t max_shown_end = 80;

// Its beginning, and its end, which says where it lies.
std::string shown(const ldap::Entry& entry) {
  std::string text = proto::clip(entry.dn, max_shown_name);
  if (entry.dn.size() > max_shown_name + max_shown_end)
    text += proto::clip(std::string_view{entry.dn}.substr(entry.dn.size() - max_shown_end), max_shown_name);
  return "\"" + text + "\"";
}

result<ldap::Dn> name_of(const ldap::Entry& entry) {
  const auto longest = proto::max_dn_bytes;
  auto name = ldap::Dn::parse(entry.dn);
  if (!name && entry.dn.size() <= longest)
    return Error{errc::malformed, "the name of the entry " + shown(entry) + " is unusable: " + name.error().message()};
  const auto bytes = [&] {
    return std::max(
        {name->text().size(), name->canonical().size(), name->as_spelled().size(), name->key_as_spelled().size()});
  };
  if (!name || bytes() > longest)
    return Error{errc::malformed, "the name of the entry " + shown(entry) + " has " + std::to_string(entry.dn.size()) +
                                      " bytes; " + std::to_string(longest) + " are the most that can be held"};
  return name;
}

// The hub takes such an id. No server makes another, but some let people write it.
bool is_usable_id(const std::string& id) {
  return id.size() <= proto::max_name_bytes && id.find('\0') == std::string::npos && is_utf8(id);
}
Error unusable_id(const ldap::Entry& entry, ldap::ServerKind kind) {
  return {errc::malformed, "the " + std::string{ldap::stable_id_attribute(kind)} + " of " + shown(entry) +
                               " is no text of at most " + std::to_string(proto::max_name_bytes) + " bytes"};
}

// Fills stable_id, dn and key.
template <class Object>
result<ldap::Dn> identify(const ldap::Entry& entry, Object& object, ldap::ServerKind kind) {
  auto name = name_of(entry);
  if (!name) return name.error();
  object.stable_id = ldap::stable_id_of(entry, kind);
  if (!is_usable_id(object.stable_id)) return unusable_id(entry, kind);
  if (object.stable_id.empty())
    return Error{errc::malformed, shown(entry) + " shows no " + std::string{ldap::stable_id_attribute(kind)} +
                                      ": the agent's account must be allowed to read that attribute"};
  name->identify(object.stable_id);
  object.dn = ldap::dn_for(*name, kind);
  object.key = ldap::key_for(*name, kind);
  return name;
}

}  // namespace

std::vector<std::string> user_attributes(ldap::ServerKind kind) {
  std::vector<std::string> names{
      std::string{ldap::stable_id_attribute(kind)}, "uid", "mail", "givenName", "sn", "displayName", "cn"};
  if (kind == ldap::ServerKind::active_directory)
    names.insert(names.end(), {"sAMAccountName", "userPrincipalName", "objectSid"});
  return names;
}

std::vector<std::string> group_attributes(ldap::ServerKind kind) {
  std::vector<std::string> names{
      std::string{ldap::stable_id_attribute(kind)}, "cn", "description", "objectClass", "member", "uniqueMember"};
  if (kind == ldap::ServerKind::active_directory)
    names.insert(names.end(), {"sAMAccountName", "objectSid", "groupType"});
  return names;
}

result<proto::ImportedUser> to_user(const ldap::Entry& entry, ldap::ServerKind kind) {
  proto::ImportedUser user;
  const auto name = identify(entry, user, kind);
  if (!name) return name.error();
  user.email = first_of(entry, {"mail"});
  user.login = first_of(entry, {"uid", "sAMAccountName", "userPrincipalName", "mail"});
  if (user.login.empty()) user.login = name->rdn_value();
  user.first_name = first_of(entry, {"givenName"});
  user.last_name = first_of(entry, {"sn"});
  user.display_name = first_of(entry, {"displayName", "cn"});
  if (kind != ldap::ServerKind::active_directory) return user;
  user.sam_account_name = first_of(entry, {"sAMAccountName"});
  user.upn = first_of(entry, {"userPrincipalName"});
  user.object_sid = sid_text(entry.first("objectSid"));
  return user;
}

result<proto::ImportedGroup> to_group(const ldap::Entry& entry, ldap::ServerKind kind, const DomainNames& domains) {
  proto::ImportedGroup group;
  const auto name = identify(entry, group, kind);
  if (!name) return name.error();
  group.name = first_of(entry, {"cn"});
  if (group.name.empty()) group.name = name->rdn_value();
  group.description = first_of(entry, {"description"});
  if (has_class(entry, "groupOfUniqueNames")) {
    group.object_class = "groupOfUniqueNames";
  } else if (has_class(entry, "groupOfNames")) {
    group.object_class = "groupOfNames";
  } else {
    const auto* classes = entry.find("objectClass");
    if (classes != nullptr)
      for (const auto& value : classes->values)
        if (group.object_class.empty() && !value.empty() && !equals_ignore_case(value, "top"))
          group.object_class = value;
    if (group.object_class.empty()) group.object_class = "group";
  }
  const auto* unique = entry.find("uniqueMember");
  const auto* plain = entry.find("member");
  const bool uses_unique = group.object_class == "groupOfUniqueNames" || (plain == nullptr && unique != nullptr);
  group.attribute = uses_unique ? "uniqueMember" : "member";
  if (kind != ldap::ServerKind::active_directory) return group;
  group.sam_account_name = first_of(entry, {"sAMAccountName"});
  group.object_sid = sid_text(entry.first("objectSid"));
  group.domain = domains.of(group.key, group.object_sid);
  const auto nature = group_nature(entry.first("groupType"));
  group.type = nature.type;
  group.scope = nature.scope;
  return group;
}

std::optional<std::string> why_left_out(const ldap::Entry& entry, ldap::ServerKind kind) {
  if (trim(entry.dn).empty()) return std::nullopt;
  if (const auto name = name_of(entry); !name) return name.error().message();
  if (!is_usable_id(ldap::stable_id_of(entry, kind))) return unusable_id(entry, kind).message();
  return std::nullopt;
}

std::string member_key(std::string_view value, std::string_view attribute, ldap::ServerKind kind) {
  auto name = ldap::Dn::parse(ldap::dn_of_member(value, attribute));
  if (!name) return {};
  // Spelled by the server, as the keys of entries are.
  const auto& key = ldap::compares_bytes(kind) ? name->key_as_spelled() : name->canonical();
  return key.size() > proto::max_dn_bytes ? std::string{} : key;
}

result<std::vector<std::string>> distinct_bases(const std::vector<std::string>& bases, ldap::ServerKind kind) {
  std::vector<ldap::Dn> names;
  for (const auto& base : bases) {
    auto name = ldap::Dn::parse(base);
    if (!name) return Error{errc::configuration, "base \"" + base + "\": " + name.error().message()};
    names.push_back(std::move(*name));
  }
  const bool as_spelled = ldap::compares_bytes(kind);
  const auto lies_within = [&](const ldap::Dn& name, const ldap::Dn& base) {
    return as_spelled ? name.is_within_as_spelled(base) : name.is_within(base);
  };
  std::vector<std::string> distinct;
  for (std::size_t i = 0; i < names.size(); ++i) {
    bool covered = false;
    for (std::size_t k = 0; k < names.size() && !covered; ++k)
      covered = k != i && lies_within(names[i], names[k]) && (!lies_within(names[k], names[i]) || k < i);
    if (!covered) distinct.push_back(as_spelled ? names[i].as_spelled() : names[i].text());
  }
  return distinct;
}

std::size_t wire_bytes(const proto::ImportedUser& user) {
  return 160 + user.stable_id.size() + user.dn.size() + user.key.size() + user.login.size() + user.email.size() +
         user.first_name.size() + user.last_name.size() + user.display_name.size() + user.sam_account_name.size() +
         user.upn.size() + user.object_sid.size();
}

std::size_t wire_bytes(const proto::ImportedGroup& group) {
  std::size_t bytes = 160 + group.stable_id.size() + group.dn.size() + group.key.size() + group.name.size() +
                      group.description.size() + group.object_class.size() + group.sam_account_name.size() +
                      group.object_sid.size() + group.domain.size();
  for (const auto& key : group.member_keys) bytes += key.size() + 3;
  return bytes;
}

}  // namespace dirbridge::agent
