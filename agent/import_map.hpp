// What an entry of the directory becomes in an import. Pure.
#pragma once
#include <string>
#include <vector>

#include "agent/windows_attributes.hpp"
#include "base/error.hpp"
#include "ldap/directory.hpp"
#include "proto/directory_objects.hpp"

namespace dirbridge::agent {

// What the searches ask a server of this kind for.
std::vector<std::string> user_attributes(ldap::ServerKind kind = ldap::ServerKind::generic);
std::vector<std::string> group_attributes(ldap::ServerKind kind = ldap::ServerKind::generic);

// errc::malformed if the entry has no stable id or a name that cannot be parsed: without either it cannot be imported.
result<proto::ImportedUser> to_user(const ldap::Entry& entry, ldap::ServerKind kind = ldap::ServerKind::generic);
// Without member_keys. `domains`: of Active Directory.
result<proto::ImportedGroup> to_group(const ldap::Entry& entry, ldap::ServerKind kind = ldap::ServerKind::generic,
                                      const DomainNames& domains = {});
// The canonical name of one member; empty if the value is no name (uniqueMember may carry a bit string, the empty value
// is accepted by some servers): it names nobody.
std::string member_key(std::string_view value, std::string_view attribute);

// Names of `bases` without those that lie within another, in order: each entry is found once. Errors name the base.
result<std::vector<std::string>> distinct_bases(const std::vector<std::string>& bases);

// About what these take on the wire.
std::size_t wire_bytes(const proto::ImportedUser& user);
std::size_t wire_bytes(const proto::ImportedGroup& group);

}  // namespace dirbridge::agent
