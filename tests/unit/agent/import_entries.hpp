// Entries as a directory hands them to an import.
#pragma once
#include "ldap/directory.hpp"
#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent::test {

inline const std::string people = "ou=people,dc=example,dc=org";
inline const std::string groups = "ou=groups,dc=example,dc=org";

inline ldap::Entry user_entry(const std::string& name) {
  return {user_dn(name), {{"entryUUID", {"uuid-" + name}}, {"uid", {name}}, {"cn", {"Name " + name}}}};
}
inline ldap::Entry group_entry(const std::string& name, std::size_t members) {
  ldap::Attribute member{"member", {}};
  for (std::size_t i = 0; i < members; ++i) member.values.push_back(user_dn("u" + std::to_string(i)));
  return {
      group_dn(name),
      {{"entryUUID", {"uuid-" + name}}, {"cn", {name}}, {"objectClass", {"top", "groupOfNames"}}, std::move(member)}};
}

inline ldap::Entry windows_user(const std::string& name) {
  return {"CN=" + name + "," + people,
          {{"objectGUID", {std::string(15, '\0') + name[0]}},
           {"sAMAccountName", {name}},
           {"userPrincipalName", {name + "@example.org"}},
           {"objectSid", {std::string{"\x01\x02\0\0\0\0\0\x05\x15\0\0\0\x50\x04\0\0", 16}}}}};
}
inline ldap::Entry windows_group(const std::string& name, const std::string& type) {
  return {"CN=" + name + "," + groups,
          {{"objectGUID", {std::string(15, '\0') + name[0]}},
           {"cn", {name}},
           {"sAMAccountName", {"sam-" + name}},
           {"objectClass", {"top", "group"}},
           {"groupType", {type}},
           {"objectSid", {std::string{"\x01\x02\0\0\0\0\0\x05\x15\0\0\0\x99\x04\0\0", 16}}}}};
}

}  // namespace dirbridge::agent::test
