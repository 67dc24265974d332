// The JSON forms of what both wires and the ledger hold. Readers are as strict as the frames' (see frames.hpp): a fault
// is errc::malformed and names its place. Keys whose value is empty, 0 or "none" and that readers call optional are
// left out.
#pragma once
#include "base/error.hpp"
#include "proto/directory_objects.hpp"
#include "proto/json_reader.hpp"
#include "proto/membership_change.hpp"
#include "proto/outcome.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::proto {

inline constexpr std::size_t max_member_keys = 10'000;  // of one ImportedGroup piece

// {"count":10,"findings":[{"verdict":"applied","evidence":"result","values":[[0,9]]}]}
// Optional in a finding: evidence (none), code (0), diagnostic, advice; the last two are cut to max_text_bytes.
Json to_json_value(const Outcome& outcome);
result<Outcome> outcome_from_json(const Json& value);

// {"group":{"id":"00g…","dn":"cn=…","stable_id":"…"},"action":"ADD","attribute":"member","members":[{…}]}
// Optional in an object: stable_id.
Json to_json_value(const MembershipChange& change);
result<MembershipChange> membership_change_from_json(const Json& value);

// {"stable_id":"…","dn":"…","key":"…","login":"…","email":"…","first_name":"…","last_name":"…","display_name":"…"}
// Optional: the last four, and of Active Directory "sam_account_name", "upn" and "object_sid". What people read is cut
// to max_name_bytes.
Json to_json_value(const ImportedUser& user);
result<ImportedUser> imported_user_from_json(const Json& value);

// {"stable_id":"…","dn":"…","key":"…","name":"…","description":"…","attribute":"member","object_class":"groupOfNames",
//  "member_keys":["…"]}
// Optional: description, and of Active Directory "sam_account_name", "object_sid", "domain", "group_type" ("Security",
// "Distribution") and "group_scope" ("Global", "DomainLocal", "Universal").
Json to_json_value(const ImportedGroup& group);
result<ImportedGroup> imported_group_from_json(const Json& value);

// The same as parts of a larger document.
Outcome read_outcome(const Json& value, const Place& place, Fault& fault);
MembershipChange read_membership_change(const Json& value, const Place& place, Fault& fault);
ImportedUser read_imported_user(const Json& value, const Place& place, Fault& fault);
ImportedGroup read_imported_group(const Json& value, const Place& place, Fault& fault);

// `value` as text. Strings that are not UTF-8 are repaired, never thrown over.
std::string dump(const Json& value);

}  // namespace dirbridge::proto
