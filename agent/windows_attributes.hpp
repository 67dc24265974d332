// What Active Directory's attributes mean (MS-DTYP, MS-ADTS), as far as an import tells it. Pure: malformed values have
// no meaning, and an import goes on without them.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/directory_objects.hpp"

namespace dirbridge::agent {

// objectSid: "S-1-5-21-3623811015-3361044348-30300820-1013" (MS-DTYP 2.4.2); empty if `bytes` are none.
std::string sid_text(std::string_view bytes);

// groupType (MS-ADTS 2.2.12), a signed number in decimal. A scope that is none of the three, or several, is unsaid.
struct GroupNature {
  proto::GroupType type{};
  proto::GroupScope scope{};
};
GroupNature group_nature(std::string_view group_type);

// Which domain an entry is of, by the name that Windows shows before the backslash.
class DomainNames {
 public:
  // A domain's naming context, canonical, and its NetBIOS name, as a crossRef of the configuration partition has them.
  void add(std::string context, std::string netbios_name);
  // BUILTIN for the groups that every domain controller has of its own (S-1-5-32-…). Else of the innermost context that
  // `key` lies within; in none of them the first DC of the name, in capitals and cut to the 15 characters that NetBIOS
  // has, which is what a domain is called unless somebody chose otherwise. Empty if the name has no DC.
  std::string of(std::string_view key, std::string_view sid) const;

 private:
  std::vector<std::pair<std::string, std::string>> names_;
};

}  // namespace dirbridge::agent
