// From what a probe saw to a finding. Pure: time is an argument.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "doctor/finding.hpp"
#include "ldap/directory.hpp"
#include "ldap/own_rights.hpp"
#include "ldap/session.hpp"
#include "net/certificate_look.hpp"

namespace dirbridge::doctor {

// ---- the way there ----
// Why a connection or its bind did not come about.
struct WayFailed {
  // Found out by trying: the port speaks, and not as the URL says.
  enum class Speaks { unknown, tls, clear };
  Error error;
  bool has_keytab = false;
  Speaks speaks = Speaks::unknown;
  bool is_clear = false;  // neither TLS nor sealed
};
bool is_of_bind(const Error& error);  // the server was reached, and does not take us
Finding judge_no_way(const WayFailed& seen);
// The password or the keys cannot be had.
Finding judge_no_secret(const Error& error);
Finding judge_certificates(const std::vector<net::SeenCertificate>& chain, WallTime now);
struct Wire {
  bool is_protected = false;  // TLS, StartTLS or a local socket
  bool is_loopback = false;
  bool has_password = false;
  bool is_sealed = false;  // by Kerberos
};
Finding judge_transport(const Wire& wire);
// `server`: nullopt where it shows no time, and `why` that is so.
Finding judge_clock(std::optional<WallTime> server, WallTime ours, const std::string& why = {});
// currentTime of Active Directory: "20261124132750.0Z".
std::optional<WallTime> parse_generalized_time(std::string_view text);

// ---- who we are ----
// The answer to "Who am I?". `is_anonymous`: that is what the settings ask for.
Finding judge_identity(const ldap::Result& result, const std::string& identity, bool is_anonymous);

// ---- what an import reads ----
struct ReadSeen {
  std::string what;  // "users", "groups"
  std::string base;  // the one that `result` is about
  ldap::Result result;
  Error lost;  // no answer: then `result` says nothing
  std::size_t entries = 0;
  std::vector<std::string> empty_bases;
  bool hides_bases = false;                  // one of those is not shown itself: it may be anything but empty
  std::size_t unusable = 0;                  // the import would leave them out
  std::string why_unusable;                  // of the first
  std::size_t unnameable = 0;                // likewise, but left out of every import alone
  std::string why_unnameable;                // of the first
  std::vector<std::string> without_members;  // groups that show none although their class demands one
  std::vector<std::string> unusable_names;   // the first of them
  std::string not_found_by_id;               // an entry that a search by its stable id does not find
  milliseconds took{};
  bool is_limited() const;  // sizeLimitExceeded, timeLimitExceeded, adminLimitExceeded
};
Finding judge_read(Check check, const ReadSeen& seen);
// Whether a group's members can be seen: imports read them, and what became of a change is asked by a filter.
struct MemberSight {
  std::string dn;
  std::string attribute;
  bool reads = true;
  bool searches = true;
};
// What the server says of its own account; nullopt: nothing of this attribute.
std::optional<MemberSight> member_sight(const ldap::OwnRights& said, const std::string& attribute);
// nullopt: nothing is missing.
std::optional<Finding> judge_member_sight(const std::vector<MemberSight>& groups);
Finding judge_limits(const std::vector<ReadSeen>& reads);
// One request as large as the agent's largest modify.
struct SizeTry {
  std::size_t bytes = 0;
  Error lost;  // the connection ended, or there was no answer
};
Finding judge_request_size(const SizeTry& seen);
Finding judge_read_speed(const std::vector<ReadSeen>& reads);

// ---- rights ----
// A value that was not there was deleted: the server refuses for the lack of the right, or for the lack of the value.
struct WriteTry {
  std::string dn;
  std::string attribute;
  ldap::Result result;
};
enum class Access {
  allowed,    // only the value was missing
  refused,    // the account may not
  read_only,  // nobody may, on this server
  unclear,
};
// 53 is "no such value" on Active Directory and "read-only" elsewhere (docs/directories.md).
Access access_of(ldap::ServerKind kind, const ldap::Result& result);
// `all`: groups that there are, of which these were tried.
Finding judge_member_rights(ldap::ServerKind kind, const std::vector<WriteTry>& tries, std::size_t all);

// Of several servers the first takes none, and a later one does: the agent goes there.
Finding judge_copy(const std::string& copy, const std::string& primary);

// What was tried under the No-Op control, and never carried out.
struct AttemptSeen {
  std::string what;  // "add entries below ou=x"
  ldap::Result result;
};
struct OtherRights {
  std::vector<WriteTry> tries;
  std::vector<AttemptSeen> attempts;
  std::vector<ldap::OwnRights> said;
  std::vector<std::string> with_password{};  // users who showed userPassword
  std::vector<std::string> granted{};        // otherwise found out: "delete cn=a,dc=org", "act as cn=b,dc=org"
  std::size_t descriptors = 0;               // that could be read
  std::vector<WriteTry> outside{};           // groups that lie in none of the bases
  std::size_t all_outside = 0;
  std::size_t seen_groups = 0, all_groups = 0;
  std::size_t seen_users = 0, all_users = 0;
};
Finding judge_other_rights(ldap::ServerKind kind, const OtherRights& seen);

// Do a group's classes allow the attribute that changes go to?
struct ClassSeen {
  enum class Takes { yes, no, unclear };
  std::string dn;
  std::string attribute;
  Takes takes{};
};
// Of the answer to a member that would be added.
ClassSeen::Takes takes_of(const ldap::Result& result);
Finding judge_member_class(const std::vector<ClassSeen>& groups, std::size_t all);

// ---- the server's ways ----
// The answer to the removal of the only member.
Finding judge_last_member(const ldap::Result& result, const std::string& policy);
// `found`: of the read of the entry that agent.last_member names.
Finding judge_stand_in(ldap::ServerKind kind, const std::string& name, const ldap::Result& result, bool found);
// memberOf: data may be old. Only a change shows whether the server keeps it.
struct MemberOfSeen {
  std::string member;  // of a group; empty: there was none to look at
  bool shows_some = false;
  struct Try {
    std::string user;  // put into the scratch group and taken out again
    bool after_add = false;
    bool after_removal = false;
  };
  std::optional<Try> tried{};
};
// nullopt: nothing was seen.
std::optional<Finding> judge_member_of(const MemberOfSeen& seen);
// One way to follow changes. `result`: of the search that would begin it.
struct FeedTry {
  std::string name;
  ldap::Result result;
  bool has_shown = true;   // what a working one shows was there
  std::string to_allow{};  // how an administrator lets the account do it
  std::string note{};      // worth knowing if it works
};
Finding judge_feed(const FeedTry& seen);
// `attributes`: those that are kept true; nullopt: the configuration is not readable.
// `used`: the attributes that groups here have members in.
using Used = std::vector<std::string>;
Finding judge_refint(ldap::ServerKind kind, const std::optional<std::vector<std::string>>& attributes,
                     const Used& used = {"member"});
// `values`: of olcSortVals; nullopt: not readable.
Finding judge_sort_values(const std::optional<std::vector<std::string>>& values, const Used& used = {"member"});
// `values`: of olcDbIndex, or the attributes that 389 DS indexes for equality. `took`: a search for a member that
// nobody has.
Finding judge_member_index(ldap::ServerKind kind, const std::optional<std::vector<std::string>>& values,
                           milliseconds took, const Used& used = {"member"});
struct RangeSeen {
  std::string dn;
  ldap::Result result;     // of asking for member;range=0-0
  std::string name;        // of the attribute that came
  std::size_t values = 0;  // in it
  std::size_t plain = 0;   // that a read without a range showed
  bool is_cut = false;     // and it said that there are more
};
// nullopt: no group has two members.
Finding judge_ranged_reads(const std::optional<RangeSeen>& seen);

}  // namespace dirbridge::doctor
