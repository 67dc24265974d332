// What differs between directory servers for a membership change, as measured (docs/directories.md). Pure.
//
// No table of result codes: whichever code refuses a change, the state is read afterwards, because the same situation
// is 20, 68 or 53, and the same code several situations. No server is trusted with permissive modify or with compare.
#pragma once
#include <cstddef>
#include <string>

#include "base/error.hpp"
#include "ldap/directory.hpp"

namespace dirbridge::agent {

struct DirectoryRules {
  ldap::ServerKind kind = ldap::ServerKind::generic;
  // Of one modify; the agent's settings may ask for less. 389 DS takes quadratic time (its memberOf plug-in).
  std::size_t max_values = 1000;
  std::size_t max_bytes = 256 << 10;
  // The server takes a name that no entry has (any more) for a member, and a name for whoever has it now: the entries
  // are looked up before an add and before a removal.
  bool takes_any_name = false;
  // A value that is not there may be there in another way: its entry was renamed, it is a member through another group,
  // or the group is its primary group. Looked up before a removal counts as done.
  bool looks_twice = false;
  // Members through primaryGroupID and through nested groups exist, and cannot be removed here; some values stand for
  // accounts of other domains.
  bool has_other_memberships = false;
  // What the modifies of one large job may grow to while the server is quick at them. 0: they do not grow.
  std::size_t most_values = 0;
  std::size_t most_bytes = 0;
};

// A generic server is believed: nothing is known of where its stable ids are.
const DirectoryRules& rules_of(ldap::ServerKind kind);

// What to do when a removal would leave a group without a member whose object class demands one (result 65).
struct LastMember {
  enum class Policy {
    refuse,       // the request is refused with an explanation
    placeholder,  // a name that no entry has takes the place, and leaves with the next real member
    entry,        // likewise, a configured entry
  };
  Policy policy = Policy::refuse;
  ldap::Dn stand_in;                     // of placeholder and entry
  static const ldap::Dn& placeholder();  // whatever the policy is, it is nobody
  // "refuse", "placeholder", or the DN of an entry, which keeps its letters. errc::configuration.
  static result<LastMember> parse(const std::string& text);
};

}  // namespace dirbridge::agent
