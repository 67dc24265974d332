// The least an agent's account must be allowed, in the server's own terms, ready to paste. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ldap/directory.hpp"

namespace dirbridge::doctor {

struct AgentAccount {
  std::string name;  // ldap.bind_dn: a DN, or on Active Directory a principal name
  std::vector<std::string> user_bases;
  std::vector<std::string> group_bases;
  std::string login{};  // Active Directory: "DOMAIN\\user", if the server told it
  std::string sid{};    // Active Directory: "S-1-5-21-…", if it is known
};

// OpenLDAP: the values of olcAccess, without {n}, to stand before all others. A setting's filter may need more
// attributes than those of the import: they are not in it.
std::vector<std::string> openldap_access(const AgentAccount& account);
// 389 DS: (entry, aci) pairs.
std::vector<std::pair<std::string, std::string>> ds389_access(const AgentAccount& account);
// Active Directory: one permission on all objects of a class below an entry, granted to the account.
struct DirectoryPermission {
  std::string base;
  std::string rights;  // as dsacls and SDDL both spell them
  std::string attribute;
  std::string object_class;
};
std::vector<DirectoryPermission> active_directory_access(const AgentAccount& account);
std::string to_dsacls(const DirectoryPermission& permission, const std::string& account_name);
// The same in SDDL, as `samba-tool dsacl set --sddl` takes it.
std::string to_sddl(const DirectoryPermission& permission, const std::string& sid);
// The binary objectSid (MS-DTYP 2.4.2.2) as text; empty if it is none.
std::string sid_text(std::string_view bytes);
// What to paste, with a sentence on where. Empty for a server that we do not know, and without an account.
std::string access_advice(ldap::ServerKind kind, const AgentAccount& account);

}  // namespace dirbridge::doctor
