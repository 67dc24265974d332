// What a value of a group's member attribute names. Pure.
#pragma once
#include <string_view>

namespace dirbridge::ldap {

// The DN in `value` as it stands there: of uniqueMember without its optional UID, dn#'0101'B (RFC 4517 section 3.3.21),
// else all of it. Parses nothing; a view of `value`.
std::string_view dn_of_member(std::string_view value, std::string_view attribute);

}  // namespace dirbridge::ldap
