// Judging what the account may do.
#include "doctor/judge.hpp"
#include "doctor/words.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

bool is_member_attribute(std::string_view name) {
  return equals_ignore_case(name, "member") || equals_ignore_case(name, "uniqueMember");
}

}  // namespace

Access access_of(ServerKind kind, const ldap::Result& result) {
  const bool is_ad = kind == ServerKind::active_directory;
  switch (result.code) {
    case 0:
    case 16:
    case 20:  // what was to be added is there
    case ldap::Attempt::would_be_done: return Access::allowed;
    case 53: return is_ad ? Access::allowed : Access::read_only;
    case 10: return Access::read_only;
    case 1: return is_ad ? Access::refused : Access::unclear;  // "without authentication"
    case 8:
    case 32:
    case 50: return Access::refused;
    default: return Access::unclear;
  }
}

Finding judge_member_rights(ServerKind kind, const std::vector<WriteTry>& tries, std::size_t all) {
  constexpr auto check = Check::member_rights;
  if (tries.empty()) return {check, Severity::info, "no group to try it on"};
  std::vector<std::string> refused, read_only, unclear, demands_tls;
  for (const auto& one : tries) {
    const std::string line = one.dn + " (" + one.attribute + "): " + words_of(one.result);
    const auto access = access_of(kind, one.result);
    if (access == Access::refused) refused.push_back(line);
    if (access == Access::read_only) read_only.push_back(line);
    if (access == Access::unclear) (one.result.code == 13 ? demands_tls : unclear).push_back(line);
  }
  const std::string tried = seen_of(tries.size(), all, "groups");
  if (!read_only.empty())
    return about(check, Severity::problem, "this server takes no changes (" + tried + "): ", std::move(read_only),
                 "name the primary in ldap.urls, or end the server's read-only state");
  if (!demands_tls.empty())
    return about(check, Severity::problem, "changes are not taken without TLS: ", std::move(demands_tls),
                 std::string{wants_tls});
  const std::string count = std::to_string(refused.size());  // before they are moved away
  if (!refused.empty())
    return about(check, Severity::problem, "of " + tried + " may not change members of " + count + ": ",
                 std::move(refused), "grant the account write on the member attribute: the access rules below");
  if (!unclear.empty())
    return about(check, Severity::warning, "not clear: ", std::move(unclear), "see the server's own log");
  return {check, Severity::ok, "may change members of " + tried};
}

Finding judge_copy(const std::string& copy, const std::string& primary) {
  return {Check::member_rights, Severity::info,
          copy + " takes no changes, as a copy does not: they go to " + primary + ", which was asked instead"};
}

Finding judge_other_rights(ServerKind kind, const OtherRights& seen) {
  std::vector<std::string> allowed;
  for (const auto& one : seen.attempts)
    if (access_of(kind, one.result) == Access::allowed) allowed.push_back(one.what);
  for (const auto& dn : seen.with_password) allowed.push_back("read userPassword of " + dn);
  for (const auto& one : seen.said) {
    if (one.may_grant) allowed.push_back("change the access rules of " + one.dn);
    if (one.may_delete) allowed.push_back("delete " + one.dn);
    if (one.may_rename) allowed.push_back("rename " + one.dn);
    if (one.may_add) allowed.push_back("add entries below " + one.dn);
  }
  for (const auto& one : seen.tries)
    if (access_of(kind, one.result) == Access::allowed) allowed.push_back("write " + one.attribute + " of " + one.dn);
  for (const auto& one : seen.said)
    for (const auto& name : one.writable())
      if (!is_member_attribute(name)) allowed.push_back("write " + name + " of " + one.dn);
  for (const auto& what : seen.granted) allowed.push_back(what);
  for (const auto& one : seen.outside)
    if (access_of(kind, one.result) == Access::allowed)
      allowed.push_back("change members of " + one.dn + ", which groups.bases do not hold");
  const std::string looked = "looked at " + seen_of(seen.seen_groups, seen.all_groups, "groups") + " and " +
                             seen_of(seen.seen_users, seen.all_users, "users") +
                             (seen.outside.empty() ? ""
                                                   : " and " + seen_of(seen.outside.size(), seen.all_outside,
                                                                       "groups outside of groups.bases"));
  if (!allowed.empty())
    return about(Check::other_rights, Severity::warning,
                 "may do more than change members (" + looked + "): ", std::move(allowed),
                 "take these rights away: the access rules below are all that an agent needs");
  std::size_t refused = 0, unclear = 0;
  const auto count = [&](const ldap::Result& result) {
    ++(access_of(kind, result) == Access::refused ? refused : unclear);
  };
  for (const auto& one : seen.tries) count(one.result);
  for (const auto& one : seen.attempts) count(one.result);
  for (const auto& one : seen.outside) count(one.result);
  std::string evidence = std::to_string(refused) + " other writes were refused";
  if (unclear > 0) evidence += ", and " + std::to_string(unclear) + " for reasons that say nothing of rights";
  if (!seen.said.empty())
    evidence += "; of " + std::to_string(seen.said.size()) +
                " entries the server says that no other attribute may be written and nothing made in them";
  if (kind == ServerKind::active_directory)
    evidence += seen.descriptors == 0
                    ? "; deleting, renaming and setting passwords is not known: no security descriptor may be read"
                    : "; " + std::to_string(seen.descriptors) +
                          " security descriptors allow no deleting, taking over or setting of passwords";
  return {Check::other_rights, Severity::ok, evidence + "; " + looked};
}

ClassSeen::Takes takes_of(const ldap::Result& result) {
  if (result.code == 65) return ClassSeen::Takes::no;
  return result.code == ldap::Attempt::would_be_done ? ClassSeen::Takes::yes : ClassSeen::Takes::unclear;
}

Finding judge_member_class(const std::vector<ClassSeen>& groups, std::size_t all) {
  constexpr auto check = Check::member_class;
  std::vector<std::string> wrong, unclear;
  for (const auto& group : groups) {
    const std::string line = group.dn + " (" + group.attribute + ")";
    if (group.takes == ClassSeen::Takes::no) wrong.push_back(line);
    if (group.takes == ClassSeen::Takes::unclear) unclear.push_back(line);
  }
  if (!wrong.empty())
    return about(check, Severity::problem, "no member attribute in the classes of ", std::move(wrong),
                 "let import.group_filter match groups of DNs only: groupOfNames, groupOfUniqueNames, group");
  if (groups.empty()) return {check, Severity::info, "no group to try it on"};
  if (!unclear.empty()) return about(check, Severity::info, "not known without a write: ", std::move(unclear));
  return {check, Severity::ok, "the classes of " + seen_of(groups.size(), all, "groups") + " allow the attribute"};
}

}  // namespace dirbridge::doctor
