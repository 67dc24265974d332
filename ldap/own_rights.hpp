// What a server says that our own account may do with an entry: 389 DS under the Get Effective Rights control, Active
// Directory in constructed attributes (MS-ADTS 3.1.1.4.5.17 to 22). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ldap/control.hpp"
#include "ldap/directory.hpp"

namespace dirbridge::ldap {

struct OwnRights {
  std::string dn;
  std::vector<std::string> attributes;  // that its classes allow
  std::vector<std::string> addable;     // of which values may be added
  std::vector<std::string> removable;   // of which values may be taken away
  std::vector<std::string> readable;    // 389 DS only
  std::vector<std::string> searchable;  // by a filter; 389 DS only
  bool may_add = false;                 // entries below it
  bool may_delete = false;              // 389 DS only
  bool may_rename = false;              // 389 DS only
  bool may_grant = false;               // change its access rules
  // addable or removable
  std::vector<std::string> writable() const;
  // 389 DS: the classes have this attribute, and we may neither read its values nor search for them.
  bool hides(std::string_view attribute) const;
};

struct OwnRightsQuestion {
  std::vector<std::string> attributes;
  std::vector<Control> controls{};
};
// For a base search. `identity`: our own DN, which 389 DS wants to be told. nullopt: this server cannot be asked.
std::optional<OwnRightsQuestion> ask_own_rights(ServerKind kind, const std::string& identity);
// nullopt: the answer does not say.
std::optional<OwnRights> own_rights(ServerKind kind, const Entry& entry);
// The result that a modify of these values' attribute would have, as far as it follows from rights and classes.
Result forecast_of(const OwnRights& rights, const ModifyRequest& request);
// "dn:cn=agent,dc=org" of an answer to "Who am I?" (RFC 4532); 389 DS puts a blank behind the colon. Empty: no DN.
std::string dn_of_identity(std::string_view identity);

}  // namespace dirbridge::ldap
