// What the doctor found: one finding per check, and the table of the checks. Pure.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace dirbridge::doctor {

// `info`: something that could not be found out, or is worth knowing; nothing to do.
enum class Severity { ok, info, warning, problem };
std::string_view to_text(Severity severity);

enum class Check {
  connection,
  certificate,
  transport,
  bind,
  identity,
  server,
  clock,
  users,
  groups,
  limits,
  member_class,
  member_rights,
  other_rights,
  last_member,
  member_of,
  refint,
  sort_values,
  member_index,
  ranged_reads,
  change_feed,
  read_speed,
  modify_speed,
};

struct CheckInfo {
  Check check;
  std::string_view id;    // in --json and docs/doctor.md
  std::string_view what;  // what is tried
};
// In the order in which they are made and shown. docs/doctor.md is compared with it by a test.
inline constexpr std::array checks{
    CheckInfo{Check::connection, "connection", "A connection, and TLS with it, to each of `ldap.urls`"},
    CheckInfo{Check::certificate, "certificate",
              "The chain the server shows over ldaps:// or StartTLS, and when it expires"},
    CheckInfo{Check::transport, "transport", "Whether the password, or all of it, travels in clear"},
    CheckInfo{Check::bind, "bind", "The bind as the agent makes it"},
    CheckInfo{Check::identity, "identity", "Whom the server takes us for, if it says so (RFC 4532, `tokenGroups`)"},
    CheckInfo{Check::server, "server",
              "Which server this is, and its version where that is shown: root DSE, `cn=Monitor`"},
    CheckInfo{Check::clock, "clock",
              "The server's clock against ours: Active Directory shows it, others in the scratch group"},
    CheckInfo{Check::users, "users", "The import's read of users, with the settings' bases and filter"},
    CheckInfo{Check::groups, "groups", "The import's read of groups: members and stable ids must be visible"},
    CheckInfo{Check::limits, "limits", "Whether a size, time or look-through limit cut those reads short"},
    CheckInfo{Check::member_class, "member_class", "Whether each group's classes allow the attribute that is changed"},
    CheckInfo{
        Check::member_rights, "member_rights",
        "Deleting a member that is not there from each group; OpenLDAP: also adding one, under the No-Op control"},
    CheckInfo{Check::other_rights, "other_rights",
              "What an agent does not need: other writes on groups, users and the bases, members of groups outside of "
              "`groups.bases`, reading passwords, acting as others (proxied authorization), replicating a domain's "
              "secrets: all refused"},
    CheckInfo{Check::last_member, "last_member", "Removing the only member of the scratch group, and putting it back"},
    CheckInfo{Check::member_of, "member_of", "Whether a member's entry names its groups in `memberOf`"},
    CheckInfo{Check::refint, "refint",
              "Whether groups lose the members whose entries are deleted, where the configuration may be read"},
    CheckInfo{Check::sort_values, "sort_values", "OpenLDAP: `olcSortVals` of the frontend, where it may be read"},
    CheckInfo{Check::member_index, "member_index", "An index of the member attribute, where it may be read"},
    CheckInfo{Check::ranged_reads, "ranged_reads", "Active Directory: one value of a group by `member;range=0-0`"},
    CheckInfo{Check::change_feed, "change_feed", "Each way to follow changes: offered, and allowed for this account"},
    CheckInfo{Check::read_speed, "read_speed", "How fast the import's read was"},
    CheckInfo{Check::modify_speed, "modify_speed", "Single-value changes of the scratch group, one after the other"},
};
const CheckInfo& info_of(Check check);

struct Finding {
  Check check{};
  Severity severity = Severity::ok;
  std::string evidence;  // what was seen
  std::string remedy{};  // what to do; empty if there is nothing to do
  // All that the evidence is about (groups, attributes), where it may name only the first of them.
  std::vector<std::string> items{};
};
using Findings = std::vector<Finding>;

// The gravest first, those of one severity in the order of the checks: what a person reads.
Findings by_severity(Findings findings);
// The gravest; ok if there is none.
Severity worst_of(const Findings& findings);
// The table of docs/doctor.md.
std::string to_markdown();

}  // namespace dirbridge::doctor
