// Unicode normalisation form C. Pure.
#pragma once
#include <string_view>

namespace dirbridge::ldap {

// True for text whose letters are composed as names are sent (Dn::text()), and for what is not UTF-8. A server that
// compares bytes, as 389 DS does, takes a name stored otherwise for another one.
bool is_composed(std::string_view text);

}  // namespace dirbridge::ldap
