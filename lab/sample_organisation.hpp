// The LDIF of an organisation to try things on: people, groups of both kinds, and a least-privilege agent. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace dirbridge::lab {

struct Person {
  std::string dn;
  std::string uid;
  std::string cn;
};
struct Group {
  std::string dn;
  std::string cn;
  std::string attribute;             // member (groupOfNames) or uniqueMember (groupOfUniqueNames)
  std::vector<std::string> members;  // DNs, at least one
};

struct Organisation {
  std::string suffix;
  std::vector<Person> people;
  std::vector<Group> groups;
  std::vector<std::string> access;  // olcAccess lines: what cn=agent may do

  std::string people_base() const { return "ou=people," + suffix; }
  std::string groups_base() const { return "ou=groups," + suffix; }
  std::string agent_dn() const {
    return "cn=agent,ou=services," + suffix;
  }  // writes member, uniqueMember below ou=groups
  std::string reader_dn() const { return "cn=reader,ou=services," + suffix; }  // reads, writes nothing
  // Throws std::out_of_range.
  const Person& person(std::string_view uid) const;
  const Group& group(std::string_view cn) const;
  // Everything as LDIF, parents first; the passwords are those of agent_dn() and reader_dn().
  std::string ldif(const Secret& agent_password, const Secret& reader_password) const;
};

// About 40 people, some with awkward names (comma, umlauts, plus sign, apostrophe, quotes), and a handful of groups:
// engineering, sales, support, everyone (groupOfNames), vpn-users, wiki-editors (groupOfUniqueNames).
Organisation sample_organisation(const std::string& suffix = "dc=example,dc=org");

// For the bench: uid=u1 … uid=u<people>, and one groupOfNames g1 … gN per size with its first <size> people in it.
// Sizes are 1 … people.
Organisation bench_organisation(std::size_t people, const std::vector<std::size_t>& group_sizes,
                                const std::string& suffix = "dc=example,dc=org");

// One "name: value" line; base64 ("name::") when RFC 2849 asks for it.
std::string ldif_line(std::string_view name, std::string_view value);
// A value for an RDN, escaped (RFC 4514).
std::string escape_rdn_value(std::string_view value);

}  // namespace dirbridge::lab
