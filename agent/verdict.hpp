// What a directory's refusal means for a membership change, and what a person can do about it. Pure.
//
// The rules are those of docs/architecture.md ("Verdict by state, not by text or code alone"): the same situation is
// 20, 68 or 53, and "no such group" is 50 on 389 DS, so the group is read before this is asked. Diagnostics are for
// people only.
#pragma once
#include <string>

#include "agent/whereabouts.hpp"
#include "ldap/result.hpp"
#include "proto/membership_change.hpp"
#include "proto/outcome.hpp"

namespace dirbridge::agent {

// What a refused modify asks for next.
enum class Refusal {
  read,        // the state decides: which values are already as wanted, is the group there
  busy,        // not now, for every job alike: splitting the batch would not help
  referral,    // this server does not take writes
  connection,  // the association is at fault (not bound, TLS demanded), not the change: it was not tried
};
Refusal classify(int code);

// A modify of one job was refused with `result`, and reading showed that the group is there and none of the values is
// as wanted. `values`: how many. The finding has no ranges yet.
proto::Finding explain_refusal(proto::Action action, const ldap::Result& result, std::size_t values,
                               std::string_view attribute);
// The group is not where it was, nor anywhere below the configured bases.
proto::Finding group_gone(const ldap::Result& result, bool searched);
// The entry of a member is neither under its name nor elsewhere below the configured bases.
proto::Finding member_gone(const ldap::Result& result);
// It is elsewhere, below none of the bases.
proto::Finding member_outside(const ldap::Dn& now, const ldap::Result& result);
// The directory has the membership, but not as a value of the group: it cannot be changed there.
proto::Finding other_membership(proto::Action action, Whereabouts::Membership membership, const ldap::Result& result);
// Of an add: the server says that the value is there. Whether it is true must be read.
bool says_it_is_there(int code);
// That the wanted state holds already; of one value it is the server's word on that value.
bool says_it_is_so(proto::Action action, int code);
// As explain_refusal(), where the group's values may not be read: `why`.
proto::Finding unseen(proto::Action action, const ldap::Result& result, std::size_t values, std::string_view attribute,
                      std::string_view why);
// The value stands for an account of another domain, and it is not there although the directory said so.
proto::Finding foreign_principal(const ldap::Result& result);
// busy, referral, connection, or a refusal after which the group could not be read.
proto::Finding not_now(const ldap::Result& result, std::string_view why_unread = {});

}  // namespace dirbridge::agent
