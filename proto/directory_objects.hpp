// What an import carries: users and groups as the agent read them.
#pragma once
#include <string>
#include <vector>

namespace dirbridge::proto {

// `key` is the canonical text of the DN (ldap::Dn::canonical()): the hub compares keys and never parses a DN.
struct ImportedUser {
  std::string stable_id;  // entryUUID
  std::string dn;
  std::string key;
  std::string login;  // uid, else mail, else the RDN's value
  std::string email;
  std::string first_name;
  std::string last_name;
  std::string display_name;
  friend bool operator==(const ImportedUser&, const ImportedUser&) = default;
};

// A large group comes in several pieces: the first has the attributes, each carries some of the members.
struct ImportedGroup {
  std::string stable_id;
  std::string dn;
  std::string key;
  std::string name;  // cn
  std::string description;
  std::string attribute;     // where members live: member or uniqueMember
  std::string object_class;  // groupOfNames, groupOfUniqueNames
  std::vector<std::string> member_keys;
  friend bool operator==(const ImportedGroup&, const ImportedGroup&) = default;
};

}  // namespace dirbridge::proto
