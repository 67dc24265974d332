// Judging what the account may do.
#include "doctor/judge.hpp"
#include "doctor/words.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

bool is_member_attribute(std::string_view name) {
  return equals_ignore_case(name, "member") || equals_ignore_case(name, "uniqueMember");
}

// 389 DS: "cn:rsc, member:rscwo, aci:none". w adds values, o takes them away.
void parse_attribute_rights(std::string_view text, SaidRights& said) {
  for (const auto part : split(text, ',')) {
    const auto one = trim(part);
    const auto colon = one.rfind(':');
    if (colon == std::string_view::npos) continue;
    const auto rights = one.substr(colon + 1);
    said.attributes.emplace_back(one.substr(0, colon));
    if (rights != "none" && rights.find_first_of("wo") != std::string_view::npos)
      said.writable.emplace_back(one.substr(0, colon));
  }
}

}  // namespace

Access access_of(ServerKind kind, const ldap::Result& result) {
  const bool is_ad = kind == ServerKind::active_directory;
  switch (result.code) {
    case 0:
    case 16:
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

Finding judge_member_rights(ServerKind kind, const std::vector<WriteTry>& tries) {
  if (tries.empty()) return {Check::member_rights, Severity::info, "no group to try it on"};
  std::vector<std::string> refused, read_only, unclear;
  for (const auto& one : tries) {
    const std::string line = one.dn + " (" + one.attribute + "): " + words_of(one.result);
    const auto access = access_of(kind, one.result);
    if (access == Access::refused) refused.push_back(line);
    if (access == Access::read_only) read_only.push_back(line);
    if (access == Access::unclear) unclear.push_back(line);
  }
  if (!read_only.empty())
    return {Check::member_rights, Severity::problem, "this server takes no changes: " + some_of(read_only),
            "name the primary in ldap.urls, or end the server's read-only state"};
  if (!refused.empty())
    return {Check::member_rights, Severity::problem, "may not change members of " + some_of(refused),
            "grant the account write on the member attribute: the access rules below"};
  if (!unclear.empty())
    return {Check::member_rights, Severity::warning, "not clear: " + some_of(unclear), "see the server's own log"};
  return {Check::member_rights, Severity::ok, "may change members of all " + std::to_string(tries.size()) + " groups"};
}

std::optional<SaidRights> parse_said_rights(ServerKind kind, const ldap::Entry& entry) {
  SaidRights said;
  said.dn = entry.dn;
  if (kind == ServerKind::ds389) {
    const auto entry_rights = entry.first("entryLevelRights");
    if (entry_rights.empty()) return std::nullopt;
    const auto has = [&](char right) {
      return entry_rights != "none" && entry_rights.find(right) != std::string::npos;
    };
    said.may_add = has('a');
    said.may_delete = has('d');
    said.may_rename = has('n');
    parse_attribute_rights(entry.first("attributeLevelRights"), said);
    said.may_grant = contains(said.writable, "aci");
    return said;
  }
  const auto values_of = [&](std::string_view name) {
    const auto* found = entry.find(name);
    return found == nullptr ? std::vector<std::string>{} : found->values;
  };
  // MS-ADTS 3.1.1.4.5.17 to 22. Always there, if this server makes it.
  const auto descriptor_rights = entry.first("sDRightsEffective");
  if (kind != ServerKind::active_directory || descriptor_rights.empty()) return std::nullopt;
  said.attributes = values_of("allowedAttributes");
  said.writable = values_of("allowedAttributesEffective");
  said.may_add = !values_of("allowedChildClassesEffective").empty();
  said.may_grant = descriptor_rights != "0";
  return said;
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
    for (const auto& name : one.writable)
      if (!is_member_attribute(name)) allowed.push_back("write " + name + " of " + one.dn);
  if (!allowed.empty())
    return {Check::other_rights, Severity::warning, "may do more than change members: " + some_of(allowed),
            "take these rights away: the access rules below are all that an agent needs"};
  std::string evidence = std::to_string(seen.tries.size() + seen.attempts.size()) + " other writes were refused";
  if (!seen.said.empty())
    evidence += "; of " + std::to_string(seen.said.size()) +
                " entries the server says that no other attribute may be written and nothing made in them" +
                (kind == ldap::ServerKind::active_directory
                     ? std::string{" (deleting, renaming and setting passwords it does not tell)"}
                     : std::string{});
  return {Check::other_rights, Severity::ok, evidence};
}

ClassSeen::Takes takes_of(const ldap::Result& result) {
  if (result.code == 65) return ClassSeen::Takes::no;
  return result.code == ldap::Attempt::would_be_done ? ClassSeen::Takes::yes : ClassSeen::Takes::unclear;
}

Finding judge_member_class(const std::vector<ClassSeen>& groups) {
  std::vector<std::string> wrong, unclear;
  for (const auto& group : groups) {
    const std::string line = group.dn + " (" + group.attribute + ")";
    if (group.takes == ClassSeen::Takes::no) wrong.push_back(line);
    if (group.takes == ClassSeen::Takes::unclear) unclear.push_back(line);
  }
  if (!wrong.empty())
    return {Check::member_class, Severity::problem, "no member attribute in the classes of " + some_of(wrong),
            "let import.group_filter match groups of DNs only: groupOfNames, groupOfUniqueNames, group"};
  if (!unclear.empty() || groups.empty())
    return {Check::member_class, Severity::info,
            groups.empty() ? "no group to try it on" : "not known without a write: " + some_of(unclear)};
  return {Check::member_class, Severity::ok,
          "the classes of " + std::to_string(groups.size()) + " groups allow the attribute"};
}

}  // namespace dirbridge::doctor
