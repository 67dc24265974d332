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
#include "net/certificate_look.hpp"

namespace dirbridge::doctor {

// ---- the way there ----
Finding judge_certificates(const std::vector<net::SeenCertificate>& chain, WallTime now);
struct Wire {
  bool is_protected = false;  // TLS, StartTLS or a local socket
  bool is_loopback = false;
  bool has_password = false;
  bool is_sealed = false;  // by Kerberos
};
Finding judge_transport(const Wire& wire);
// `server`: nullopt where it shows no time.
Finding judge_clock(std::optional<WallTime> server, WallTime ours);
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
Finding judge_other_rights(ldap::ServerKind kind, const std::vector<WriteTry>& tries);

// ---- the server's ways ----
// The answer to the removal of the only member.
Finding judge_last_member(const ldap::Result& result, const std::string& policy);
Finding judge_change_feeds(const ldap::Entry& root_dse);
// `values`: of olcSortVals; nullopt: not readable.
Finding judge_sort_values(const std::optional<std::vector<std::string>>& values);
// `values`: of olcDbIndex. `took`: a search for a member that nobody has.
Finding judge_member_index(const std::optional<std::vector<std::string>>& values, milliseconds took);

}  // namespace dirbridge::doctor
