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
#include "ldap/session.hpp"
#include "net/certificate_look.hpp"

namespace dirbridge::doctor {

// ---- the way there ----
Finding judge_certificates(const std::vector<net::SeenCertificate>& chain, WallTime now);
struct Wire {
  bool is_protected = false;  // TLS, StartTLS or a local socket
  bool is_loopback = false;
  bool has_password = false;
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
  std::size_t unusable = 0;         // the import would leave them out
  std::string why_unusable;         // of the first
  std::size_t without_members = 0;  // groups that show none although their class demands one
  milliseconds took{};
  bool is_limited() const;  // sizeLimitExceeded, timeLimitExceeded, adminLimitExceeded
};
Finding judge_read(Check check, const ReadSeen& seen);
Finding judge_limits(const std::vector<ReadSeen>& reads);
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
Finding judge_member_rights(ldap::ServerKind kind, const std::vector<WriteTry>& tries);

// What the server says we may do with one entry: 389 DS under the Get Effective Rights control, Active Directory in
// constructed attributes.
struct SaidRights {
  std::string dn;
  std::vector<std::string> attributes;  // that its classes allow
  std::vector<std::string> writable;
  bool may_add = false;     // entries below it
  bool may_delete = false;  // 389 DS only
  bool may_rename = false;  // 389 DS only
  bool may_grant = false;   // change its access rules
};
// nullopt: the answer does not say.
std::optional<SaidRights> parse_said_rights(ldap::ServerKind kind, const ldap::Entry& entry);
// What was tried under the No-Op control, and never carried out.
struct AttemptSeen {
  std::string what;  // "add entries below ou=x"
  ldap::Result result;
};
struct OtherRights {
  std::vector<WriteTry> tries;
  std::vector<AttemptSeen> attempts;
  std::vector<SaidRights> said;
  std::vector<std::string> with_password;  // users who showed userPassword
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
Finding judge_member_class(const std::vector<ClassSeen>& groups);

// ---- the server's ways ----
// The answer to the removal of the only member.
Finding judge_last_member(const ldap::Result& result, const std::string& policy);
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
Finding judge_refint(ldap::ServerKind kind, const std::optional<std::vector<std::string>>& attributes);
// `values`: of olcSortVals; nullopt: not readable.
Finding judge_sort_values(const std::optional<std::vector<std::string>>& values);
// `values`: of olcDbIndex, or the attributes that 389 DS indexes for equality. `took`: a search for a member that
// nobody has.
Finding judge_member_index(ldap::ServerKind kind, const std::optional<std::vector<std::string>>& values,
                           milliseconds took);
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
