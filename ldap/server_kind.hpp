// Which directory server this is, and what follows from it on the wire: where its stable ids are, how it names entries.
// Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ldap/directory.hpp"
#include "ldap/filter.hpp"

namespace dirbridge::ldap {

// From the root DSE: AD (and Samba) by its capability 1.2.840.113556.1.4.800, 389 DS by its vendor, OpenLDAP by its
// object class. Anything else is generic.
ServerKind kind_of(const Entry& root_dse);
// Does it take the session tracking control? slapd does and does not say so; others are believed.
bool takes_session_tracking(const Entry& root_dse);
// What kind_of() and takes_session_tracking() look at.
const std::vector<std::string>& root_dse_attributes();
std::string_view to_text(ServerKind kind);  // "OpenLDAP", "389 DS", "Active Directory", "generic"

// entryUUID (RFC 4530), nsUniqueId, objectGUID.
std::string_view stable_id_attribute(ServerKind kind);
// The id of an entry as text, empty if the entry does not show one; objectGUID as base/guid.hpp has it.
std::string stable_id_of(const Entry& entry, ServerKind kind);
// Finds the entry with this id.
Filter stable_id_filter(ServerKind kind, std::string_view stable_id);

// It takes a letter and the same letter with its accent as a combining mark for two. OpenLDAP does not, and Active
// Directory is told GUIDs.
bool compares_bytes(ServerKind kind);
// The DN that an entry is named by to a server of this kind. 389 DS compares bytes, and nobody knows what others do: a
// name that keeps its letters (Dn::keeps_letters: it came from the server, or the configuration spells it) goes letter
// for letter. Any other was written by a person: composed, as names mostly are, and so is every name for OpenLDAP and
// Active Directory. Lives as long as `name`.
const std::string& dn_for(const Dn& name, ServerKind kind);
// Names with one key go to a server of this kind as one.
const std::string& key_for(const Dn& name, ServerKind kind);
// What a server of this kind is told: that DN, or on AD "<GUID=…>" (MS-ADTS 3.1.1.3.1.2.4), which survives renames.
std::string wire_name(const Dn& name, ServerKind kind);

}  // namespace dirbridge::ldap
