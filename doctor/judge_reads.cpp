// Judging what an import reads.
#include "doctor/judge.hpp"
#include "doctor/words.hpp"

namespace dirbridge::doctor {

bool ReadSeen::is_limited() const { return result.code == 4 || result.code == 3 || result.code == 11; }

Finding judge_read(Check check, const ReadSeen& seen) {
  const std::string key = check == Check::users ? "user" : "group";
  if (seen.lost.code) return {check, Severity::problem, seen.lost.message(), "see the directory's own log"};
  if (seen.result.code == 32)
    return {check, Severity::problem, "the base " + seen.base + " is not there, or may not be seen",
            "correct import." + key + "_bases, or let the account read there"};
  if (!seen.result.ok() && !seen.is_limited())
    return {check, Severity::problem, "reading " + seen.base + ": " + words_of(seen.result),
            remedy_of(seen.result, "let the account read there")};
  if (!seen.empty_bases.empty())
    return about(check, seen.entries == 0 || seen.hides_bases ? Severity::problem : Severity::warning,
                 "no " + seen.what + " below ", seen.empty_bases,
                 "correct import." + key + "_bases or import." + key + "_filter, or let the account read them");
  const std::string evidence = std::to_string(seen.entries) + " " + seen.what;
  if (seen.unusable > 0) {
    Finding finding{check, Severity::problem,
                    evidence + ", " + std::to_string(seen.unusable) + " of no use: " + seen.why_unusable,
                    "let the account read all attributes that the access rules below name"};
    finding.items = seen.unusable_names;
    return finding;
  }
  if (!seen.without_members.empty())
    return about(check, Severity::problem,
                 evidence + "; " + std::to_string(seen.without_members.size()) +
                     " show no member although their class demands one: ",
                 seen.without_members, "let the account read member and uniqueMember");
  if (!seen.not_found_by_id.empty())
    return {check, Severity::problem,
            evidence + "; a search for " + seen.not_found_by_id +
                " by its stable id finds nothing: whoever is renamed is taken for gone",
            "grant the account search on the stable id (OpenLDAP: entryUUID; 389 DS: nsUniqueId): the access rules "
            "below"};
  if (seen.unnameable > 0)
    return {
        check, Severity::warning,
        evidence + ", " + std::to_string(seen.unnameable) + " left out of every import: " + seen.why_unnameable,
        "rename or move them, give them a stable id of their kind, or let import." + key + "_filter leave them out"};
  return {check, Severity::ok, evidence};
}

std::optional<MemberSight> member_sight(const ldap::OwnRights& said, const std::string& attribute) {
  if (!contains(said.attributes, attribute)) return std::nullopt;
  return MemberSight{said.dn, attribute, contains(said.readable, attribute), contains(said.searchable, attribute)};
}

std::optional<Finding> judge_member_sight(const std::vector<MemberSight>& groups) {
  std::vector<std::string> unread, unsearched;
  for (const auto& group : groups) {
    const std::string line = group.dn + " (" + group.attribute + ")";
    if (!group.reads)
      unread.push_back(line);
    else if (!group.searches)
      unsearched.push_back(line);
  }
  const std::string remedy = "grant the account read and search on the member attribute: the access rules below";
  if (!unread.empty())
    return about(Check::groups, Severity::problem, "may not read members, and imports them as none, of ",
                 std::move(unread), remedy);
  if (!unsearched.empty())
    return about(Check::groups, Severity::problem,
                 "reads members and may not search for them, so that changes cannot be read back, of ",
                 std::move(unsearched), remedy);
  return std::nullopt;
}

Finding judge_limits(const std::vector<ReadSeen>& reads) {
  for (const auto& read : reads)
    if (read.is_limited())
      return {Check::limits, Severity::problem,
              "reading " + read.what + " ended after " + std::to_string(read.entries) + ": " + words_of(read.result),
              "raise the limit for the agent's account (OpenLDAP: olcLimits; 389 DS: nsSizeLimit, "
              "nsLookThroughLimit, nsPagedSizeLimit, nsPagedLookThroughLimit)"};
  for (const auto& read : reads)
    if (read.lost.code || !read.result.ok())
      return {Check::limits, Severity::info, "not known: " + read.what + " could not be read"};
  return {Check::limits, Severity::ok, "users and groups were read to the end"};
}

Finding judge_read_speed(const std::vector<ReadSeen>& reads) {
  std::size_t entries = 0;
  milliseconds took{};
  for (const auto& read : reads) {
    entries += read.entries;
    took += read.took;
  }
  return {Check::read_speed, Severity::info,
          std::to_string(entries) + " entries in " + std::to_string(took.count()) + " ms"};
}

}  // namespace dirbridge::doctor
