// What Active Directory's security descriptor of an entry lets an account do, for the rights that no attribute tells:
// deleting, taking over, setting a password. MS-DTYP 2.4.4 to 2.4.6, MS-ADTS 5.1.3. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dirbridge::doctor {

struct AccessEntry {
  bool denies = false;
  std::uint32_t mask = 0;
  std::string object;  // the 16 bytes of what it is restricted to (an attribute, a class, a right); empty: everything
  std::string sid;     // "S-1-5-21-…"
};
struct Descriptor {
  std::string owner;                 // empty: not shown
  std::vector<AccessEntry> entries;  // in order; those that are only for what is below are left out
};
// Self-relative, as nTSecurityDescriptor holds it. nullopt: not one, or it has no list (which would allow everything).
std::optional<Descriptor> parse_descriptor(std::string_view bytes);

namespace right {
inline constexpr std::uint32_t delete_child = 0x2;
inline constexpr std::uint32_t delete_tree = 0x40;
inline constexpr std::uint32_t control_access = 0x100;
inline constexpr std::uint32_t delete_entry = 0x10000;
inline constexpr std::uint32_t write_owner = 0x80000;
}  // namespace right
// The bytes of the GUID of the control access right "Reset Password" (MS-ADTS 5.1.3.2.1).
const std::string& reset_password();
// "Replicating Directory Changes All": everything, hashes of passwords as well.
const std::string& replicate_secrets();

// Is all of `mask` granted to somebody with these SIDs? `object`: the right or class meant; empty: any entry that is
// not restricted.
bool is_granted(const Descriptor& descriptor, const std::set<std::string>& sids, std::uint32_t mask,
                const std::string& object = {});
// Is delete_child granted for some class?
bool may_delete_children(const Descriptor& descriptor, const std::set<std::string>& sids);

}  // namespace dirbridge::doctor
