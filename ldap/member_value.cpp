#include "ldap/member_value.hpp"

#include "base/text.hpp"

namespace dirbridge::ldap {

std::string_view dn_of_member(std::string_view value, std::string_view attribute) {
  if (!equals_ignore_case(attribute, "uniqueMember") && attribute != "2.5.4.50") return value;
  if (!value.ends_with("'B")) return value;
  const auto bits = value.substr(0, value.size() - 2).find_last_not_of("01");
  if (bits == std::string_view::npos || bits == 0 || value.substr(bits - 1, 2) != "#'") return value;
  return value.substr(0, bits - 1);
}

}  // namespace dirbridge::ldap
