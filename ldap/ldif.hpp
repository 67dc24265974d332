// LDIF change records (RFC 2849) of our modifies, as they would go to the server. Pure.
#pragma once
#include <string>
#include <string_view>

#include "ldap/directory.hpp"

namespace dirbridge::ldap {

// One record: the names that a server of request.kind is told, the add before the delete, as Session sends them.
// Lines of at most 76 columns, only ASCII but in comments; a name that has to be base64 (RFC 2849: other bytes, blanks
// at the ends, AD's "<GUID=…>") has a comment in front that shows it. Ends with the line end of its last "-".
std::string to_ldif(const ModifyRequest& request);

// "name: value" or "name:: base64", folded, with its line end.
std::string ldif_line(std::string_view name, std::string_view value);

}  // namespace dirbridge::ldap
