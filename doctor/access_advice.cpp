#include "doctor/access_advice.hpp"

#include <algorithm>

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

std::string active_directory_advice(const AgentAccount& account) {
  std::string text = "Users may read by default. At a command prompt of a domain administrator:\n\n";
  for (const auto& base : account.group_bases)
    text += "dsacls \"" + base + "\" /I:S /G \"" + account.name + ":RPWP;member;group\"\n";
  text += "\nSamba, with the account's objectSid in place of SID:\n\n";
  for (const auto& base : account.group_bases)
    text += "samba-tool dsacl set --objectdn=\"" + base +
            "\" --sddl=\"(OA;CIIO;RPWP;bf9679c0-0de6-11d0-a285-00aa003049e2;"
            "bf967a9c-0de6-11d0-a285-00aa003049e2;SID)\"\n";
  return text;
}

}  // namespace

std::vector<std::string> openldap_access(const AgentAccount& account) {
  const std::string by = " by dn.exact=\"" + account.name + "\" ";
  std::vector<std::string> lines;
  lines.push_back("to dn.exact=\"" + account.name + "\" attrs=userPassword by anonymous auth by * break");
  for (const auto& base : account.group_bases) {
    lines.push_back("to dn.subtree=\"" + base + "\" attrs=member,uniqueMember" + by + "write by * break");
    lines.push_back("to dn.subtree=\"" + base + "\" attrs=entry," + list_of(ServerKind::openldap, true, ",", false) +
                    by + "read by * break");
  }
  for (const auto& base : account.user_bases)
    lines.push_back("to dn.subtree=\"" + base + "\" attrs=entry," + list_of(ServerKind::openldap, false, ",", true) +
                    by + "read by * break");
  return lines;
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
