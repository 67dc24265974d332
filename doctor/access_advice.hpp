// The least an agent's account must be allowed, in the server's own terms, ready to paste. Pure.
#pragma once
#include <string>
#include <vector>

#include "ldap/directory.hpp"

namespace dirbridge::doctor {

struct AgentAccount {
  std::string name;  // ldap.bind_dn: a DN, or on Active Directory a principal name
  std::vector<std::string> user_bases;
  std::vector<std::string> group_bases;
};

// OpenLDAP: the values of olcAccess, without {n}, to stand before all others. A setting's filter may need more
// attributes than those of the import: they are not in it.
std::vector<std::string> openldap_access(const AgentAccount& account);
// 389 DS: (entry, aci) pairs.
std::vector<std::pair<std::string, std::string>> ds389_access(const AgentAccount& account);
// What to paste, with a sentence on where. Empty for a server that we do not know, and without an account.
std::string access_advice(ldap::ServerKind kind, const AgentAccount& account);

}  // namespace dirbridge::doctor
