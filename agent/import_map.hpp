// What an entry of the directory becomes in an import. Pure.
#pragma once
#include <optional>
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
// Why nothing can be imported of an entry that to_user() or to_group() refused: its name is too long to be held or no
// DN, or its stable id is no text that can be held; the sentence names the entry, clipped. Whoever may create one entry
// could stop every import with it, so it is left out, as what it is named by as a member is. (Other values are clipped
// on their way, see proto/json_codec.cpp.) nullopt: these are good, and the refusal has another cause (the agent's
// account is shown too little); or there is no name at all, which no server sends of an entry.
std::optional<std::string> why_left_out(const ldap::Entry& entry, ldap::ServerKind kind = ldap::ServerKind::generic);
// The key of one member, which is that of the entry if the server takes the value for its name; empty if the value is
// no name (uniqueMember may carry a bit string, the empty value is accepted by some servers) or one too long to be
// held: it names nobody.
std::string member_key(std::string_view value, std::string_view attribute,
                       ldap::ServerKind kind = ldap::ServerKind::generic);

// Names of `bases` without those that lie within another, in order: each entry is found once. Errors name the base.
result<std::vector<std::string>> distinct_bases(const std::vector<std::string>& bases,
                                                ldap::ServerKind kind = ldap::ServerKind::generic);

// About what these take on the wire.
std::size_t wire_bytes(const proto::ImportedUser& user);
std::size_t wire_bytes(const proto::ImportedGroup& group);

}  // namespace dirbridge::agent
