#include "doctor/access_advice.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "agent/import_map.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

// What an import asks for, and objectClass, which its filters ask for.
std::string list_of(ServerKind kind, bool groups, std::string_view separator, bool with_members) {
  auto names = groups ? agent::group_attributes(kind) : agent::user_attributes(kind);
  names.push_back("objectClass");
  std::vector<std::string> kept;
  for (auto& name : names) {
    const bool is_member = name == "member" || name == "uniqueMember";
    if ((is_member && !with_members) || std::ranges::find(kept, name) != kept.end()) continue;
    kept.push_back(std::move(name));
  }
  std::string text;
  for (const auto& name : kept) text += (text.empty() ? "" : std::string{separator}) + name;
  return text;
}

// Between the quotes of a rule in cn=config, which a quote ends whatever stands before it; backslashes are the DN's
// own.
std::string for_slapd(std::string_view dn) {
  std::string text;
  for (const char c : dn) {
    if (c != '"') {
      text += c;
      continue;
    }
    if (!text.ends_with('\\')) text += '\\';
    text += "22";
  }
  return text;
}

// One word of a command line of a POSIX shell, whatever is in it.
std::string for_shell(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'')
      word += "'\\''";
    else
      word += c;
  }
  return word + "'";
}

std::string active_directory_advice(const AgentAccount& account) {
  // dsacls takes user@domain and DOMAIN\\user, and no DN.
  const bool is_unknown = account.login.empty() && account.name.find('=') != std::string::npos;
  const std::string name = is_unknown ? "DOMAIN\\user" : account.login.empty() ? account.name : account.login;
  const auto permissions = active_directory_access(account);
  std::string text =
      "Everybody who is authenticated may read by default. At a command prompt of a domain administrator";
  text += is_unknown ? ", with the account's name in place of " + name + ":\n\n" : ":\n\n";
  for (const auto& permission : permissions) text += to_dsacls(permission, name) + "\n";
  text += account.sid.empty() ? "\nSamba, with the account's objectSid in place of SID:\n\n" : "\nSamba:\n\n";
  for (const auto& permission : permissions)
    text += "samba-tool dsacl set --objectdn=" + for_shell(permission.base) +
            " --sddl=" + for_shell(to_sddl(permission, account.sid.empty() ? "SID" : account.sid)) + "\n";
  return text;
}

// schemaIDGUID (MS-ADA2, MS-ADSC).
std::string schema_guid(std::string_view name) {
  if (name == "member") return "bf9679c0-0de6-11d0-a285-00aa003049e2";
  assert(name == "group");
  return "bf967a9c-0de6-11d0-a285-00aa003049e2";
}

}  // namespace

std::vector<std::string> openldap_access(const AgentAccount& account) {
  const std::string by = " by dn.exact=\"" + for_slapd(account.name) + "\" ";
  std::vector<std::string> lines;
  lines.push_back("to dn.exact=\"" + for_slapd(account.name) + "\" attrs=userPassword by anonymous auth by * break");
  for (const auto& base : account.group_bases) {
    lines.push_back("to dn.subtree=\"" + for_slapd(base) + "\" attrs=member,uniqueMember" + by + "write by * break");
    lines.push_back("to dn.subtree=\"" + for_slapd(base) + "\" attrs=entry," +
                    list_of(ServerKind::openldap, true, ",", false) + by + "read by * break");
  }
  for (const auto& base : account.user_bases)
    lines.push_back("to dn.subtree=\"" + for_slapd(base) + "\" attrs=entry," +
                    list_of(ServerKind::openldap, false, ",", true) + by + "read by * break");
  return lines;
}

std::vector<DirectoryPermission> active_directory_access(const AgentAccount& account) {
  std::vector<DirectoryPermission> permissions;
  for (const auto& base : account.group_bases) permissions.push_back({base, "WP", "member", "group"});
  return permissions;
}

std::string to_dsacls(const DirectoryPermission& permission, const std::string& account_name) {
  return "dsacls \"" + permission.base + "\" /I:S /G \"" + account_name + ":" + permission.rights + ";" +
         permission.attribute + ";" + permission.object_class + "\"";
}

// OA: of an attribute; CI IO: inherited by what is below, not for the entry itself, as /I:S says.
std::string to_sddl(const DirectoryPermission& permission, const std::string& sid) {
  return "(OA;CIIO;" + permission.rights + ";" + schema_guid(permission.attribute) + ";" +
         schema_guid(permission.object_class) + ";" + sid + ")";
}

std::string sid_text(std::string_view bytes) {
  constexpr std::size_t head = 8;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  if (bytes.size() < head || bytes.size() != head + 4U * byte(1)) return {};
  std::uint64_t authority = 0;
  for (std::size_t at = 2; at < head; ++at) authority = authority << 8 | byte(at);
  std::string text = "S-" + std::to_string(byte(0)) + "-" + std::to_string(authority);
  for (std::size_t at = head; at < bytes.size(); at += 4)
    text += "-" + std::to_string(std::uint32_t{byte(at)} | std::uint32_t{byte(at + 1)} << 8 |
                                 std::uint32_t{byte(at + 2)} << 16 | std::uint32_t{byte(at + 3)} << 24);
  return text;
}

std::vector<std::pair<std::string, std::string>> ds389_access(const AgentAccount& account) {
  const std::string who = " userdn=\"ldap:///" + account.name + "\";)";
  std::vector<std::pair<std::string, std::string>> rules;
  for (const auto& base : account.group_bases) {
    rules.emplace_back(base,
                       "(targetattr=\"member || uniqueMember\")(version 3.0; acl \"Dirbridge writes members\"; "
                       "allow (write)" +
                           who);
    rules.emplace_back(base, "(targetattr=\"" + list_of(ServerKind::ds389, true, " || ", true) +
                                 "\")(version 3.0; acl \"Dirbridge reads groups\"; allow (read,search)" + who);
  }
  for (const auto& base : account.user_bases)
    rules.emplace_back(base, "(targetattr=\"" + list_of(ServerKind::ds389, false, " || ", true) +
                                 "\")(version 3.0; acl \"Dirbridge reads users\"; allow (read,search)" + who);
  return rules;
}

std::string access_advice(ServerKind kind, const AgentAccount& account) {
  if (account.name.empty()) return {};
  std::string text;
  switch (kind) {
    case ServerKind::generic: return {};
    case ServerKind::active_directory: return active_directory_advice(account);
    case ServerKind::openldap: {
      text =
          "Before the database's other rules ({1}mdb stands for yours), with ldapmodify on cn=config:\n\n"
          "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nadd: olcAccess\n";
      std::size_t number = 0;
      for (const auto& line : openldap_access(account))
        text += "olcAccess: {" + std::to_string(number++) + "}" + line + "\n";
      return text;
    }
    case ServerKind::ds389: break;
  }
  text = "With ldapmodify, as cn=Directory Manager:\n";
  for (const auto& [entry, rule] : ds389_access(account))
    text += "\ndn: " + entry + "\nchangetype: modify\nadd: aci\naci: " + rule + "\n";
  return text;
}

}  // namespace dirbridge::doctor
