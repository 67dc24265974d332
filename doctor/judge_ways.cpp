// Judging how the server goes about things.
#include "doctor/judge.hpp"
#include "doctor/words.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

constexpr std::string_view config_is_hidden = "cn=config may not be read with this account";

template <class Has>
std::vector<std::string> without(const std::vector<std::string>& names, Has has) {
  std::vector<std::string> missing;
  for (const auto& name : names)
    if (!has(name)) missing.push_back(name);
  return missing;
}

// "member,uniqueMember eq,pres" of OpenLDAP, where a line without kinds has those of the line "default eq". 389 DS's
// are names, of those indexed for equality.
bool is_indexed(ServerKind kind, const std::vector<std::string>& lines, const std::string& attribute) {
  const auto is_of = [](const std::string& line, const std::string& name) {
    return names_word({line.substr(0, line.find(' '))}, name);
  };
  const auto is_for_equality = [](const std::string& line) {
    const auto blank = line.find(' ');
    return blank != std::string::npos && names_word({line.substr(blank + 1)}, "eq");
  };
  const bool by_default = std::ranges::any_of(
      lines, [&](const std::string& line) { return is_of(line, "default") && is_for_equality(line); });
  return std::ranges::any_of(lines, [&](const std::string& line) {
    if (!is_of(line, to_lower(attribute))) return false;
    const bool has_kinds = line.find(' ') != std::string::npos;
    return kind == ServerKind::ds389 || is_for_equality(line) || (!has_kinds && by_default);
  });
}

}  // namespace

Finding judge_last_member(const ldap::Result& result, const std::string& policy) {
  if (result.ok()) return {Check::last_member, Severity::ok, "a group may be empty"};
  if (result.code != 65)
    return {Check::last_member, Severity::warning, "not clear: " + words_of(result), remedy_of_change(result)};
  return {Check::last_member, Severity::info,
          "the class demands a member (65); agent.last_member is \"" + policy + "\""};
}

Finding judge_stand_in(ServerKind kind, const std::string& name, const ldap::Result& result, bool found) {
  constexpr auto check = Check::last_member;
  if (found) return {check, Severity::ok, "the entry of agent.last_member, " + name + ", is there"};
  const bool takes_any_name = kind != ServerKind::active_directory;
  return {check, takes_any_name ? Severity::warning : Severity::problem,
          "agent.last_member names " + name + ", and there is no such entry that this account may see" +
              (result.ok() || result.code == 32 ? std::string{} : ": " + words_of(result)),
          "correct agent.last_member, or make the entry; \"placeholder\" needs none"};
}

std::optional<Finding> judge_member_of(const MemberOfSeen& seen) {
  constexpr auto check = Check::member_of;
  const std::string repair =
      "let the server keep memberOf (OpenLDAP: the memberof overlay; 389 DS: the MemberOf plug-in), and rebuild what "
      "is "
      "there (389 DS: dsconf INSTANCE plugin memberof fixup SUFFIX)";
  if (seen.tried) {
    const auto& user = seen.tried->user;
    if (seen.tried->after_add && !seen.tried->after_removal)
      return Finding{check, Severity::ok,
                     "kept: " + user + " named the scratch group in memberOf while it was a member, and no longer"};
    if (seen.tried->after_removal)
      return Finding{check, Severity::warning, user + " still names the scratch group after it was taken out", repair};
    if (seen.shows_some)
      return Finding{check, Severity::warning,
                     "not kept: " + seen.member + " shows memberOf, but " + user +
                         " did not name the scratch group after it was put in: what is there is old",
                     repair};
    return Finding{check, Severity::info, "not kept, or not to be read; an agent needs none"};
  }
  if (seen.member.empty()) return std::nullopt;
  if (!seen.shows_some) return Finding{check, Severity::info, seen.member + " shows no memberOf; an agent needs none"};
  return Finding{check, Severity::ok,
                 seen.member +
                     " names its groups; only seen, not tried: whether the server keeps it shows in a scratch "
                     "group (--group)"};
}

Finding judge_feed(const FeedTry& seen) {
  const auto found = [&](Severity severity, const std::string& what, const std::string& remedy = {}) {
    return Finding{Check::change_feed, severity, seen.name + ": " + what, remedy};
  };
  switch (seen.result.code) {
    case 0:
    case 4:  // a size limit of one: the first entry was enough
      if (seen.has_shown) return found(Severity::ok, "works" + (seen.note.empty() ? "" : "; " + seen.note));
      return found(Severity::info, "shows nothing to this account", seen.to_allow);
    case 12: return found(Severity::info, "not offered by this server");
    case 8:
    case 32:
    case 48:
    case 50: return found(Severity::info, "not allowed for this account: " + words_of(seen.result), seen.to_allow);
    default: return found(Severity::info, "not clear: " + words_of(seen.result));
  }
}

Finding judge_refint(ServerKind kind, const std::optional<std::vector<std::string>>& attributes, const Used& used) {
  if (kind == ServerKind::active_directory)
    return {Check::refint, Severity::ok, "members are linked values: they go and are renamed with their entries"};
  if (!attributes)
    return {Check::refint, Severity::info,
            kind == ServerKind::generic
                ? "cannot be known without deleting an entry, which is not tried"
                : std::string{config_is_hidden} +
                      "; otherwise it cannot be known without deleting an entry, which is not tried"};
  const auto missing = without(used, [&](const std::string& name) { return contains(*attributes, name); });
  if (missing.empty()) return {Check::refint, Severity::ok, "kept for " + some_of(*attributes)};
  return {Check::refint, Severity::warning, "groups keep the names of deleted and renamed users in " + some_of(missing),
          kind == ServerKind::ds389
              ? "enable cn=referential integrity postoperation,cn=plugins,cn=config for member and uniqueMember"
              : "add the refint overlay with olcRefintAttribute: member uniqueMember"};
}

Finding judge_sort_values(const std::optional<std::vector<std::string>>& values, const Used& used) {
  if (!values) return {Check::sort_values, Severity::info, std::string{config_is_hidden}};
  const auto missing = without(used, [&](const std::string& name) { return names_word(*values, to_lower(name)); });
  if (missing.empty()) return {Check::sort_values, Severity::ok, "members are kept sorted"};
  return {Check::sort_values, Severity::warning,
          "values of " + some_of(missing) + " are not kept sorted: each change of a large group is slow",
          "olcSortVals: member uniqueMember on olcDatabase={-1}frontend,cn=config"};
}

Finding judge_member_index(ServerKind kind, const std::optional<std::vector<std::string>>& values, milliseconds took,
                           const Used& used) {
  const std::string measured = "a search for a member that nobody has took " + std::to_string(took.count()) + " ms";
  if (kind == ServerKind::active_directory)
    return {Check::member_index, Severity::ok, "linked values are always indexed; " + measured};
  if (!values || kind == ServerKind::generic)
    return {Check::member_index, Severity::info, std::string{config_is_hidden} + "; " + measured};
  const auto missing = without(used, [&](const std::string& name) { return is_indexed(kind, *values, name); });
  if (missing.empty()) return {Check::member_index, Severity::ok, "indexed; " + measured};
  return {Check::member_index, Severity::warning, "no index of " + some_of(missing) + " for equality; " + measured,
          kind == ServerKind::ds389
              ? "dsconf INSTANCE backend index add --attr " + missing.front() + " --index-type eq --reindex BACKEND"
              : "olcDbIndex: member,uniqueMember eq"};
}

Finding judge_ranged_reads(const std::optional<RangeSeen>& seen) {
  if (!seen) return {Check::ranged_reads, Severity::info, "not tried: no group has two members"};
  const std::string plain = "a read without a range " +
                            (seen->is_cut ? "was cut after " + std::to_string(seen->plain) + " members of "
                                          : "showed all " + std::to_string(seen->plain) + " members of ") +
                            seen->dn;
  if (seen->result.ok() && seen->values == 1 && to_lower(seen->name).ends_with(";range=0-0"))
    return {Check::ranged_reads, Severity::ok, "one value came when one was asked for; " + plain};
  const std::string came = seen->result.ok() ? std::to_string(seen->values) + " values came as \"" + seen->name + "\""
                                             : words_of(seen->result);
  return {Check::ranged_reads, seen->is_cut ? Severity::problem : Severity::warning,
          "one value was asked for, and " + came + "; " + plain,
          "groups of more members than the server shows at once cannot be imported whole"};
}

}  // namespace dirbridge::doctor
