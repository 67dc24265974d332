#include "doctor/judge.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "ldap/result.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

constexpr auto days_to_warn = 30;
constexpr auto days_to_alarm = 7;
constexpr auto skew_to_warn = std::chrono::seconds{60};
constexpr auto skew_to_alarm = std::chrono::minutes{5};  // Kerberos refuses from here on
constexpr std::size_t names_shown = 3;

std::string words_of(const ldap::Result& result) { return ldap::to_error(result).message(); }

// "a, b, c and 7 more"
std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), names_shown); ++i) text += (i == 0 ? "" : "; ") + names[i];
  if (names.size() > names_shown) text += " and " + std::to_string(names.size() - names_shown) + " more";
  return text;
}

bool names_word(const std::vector<std::string>& values, std::string_view wanted) {
  return std::ranges::any_of(values, [&](const std::string& value) {
    auto words = to_lower(value);
    std::ranges::replace(words, ',', ' ');
    const auto parts = split(words, ' ');
    return std::ranges::find(parts, wanted) != parts.end();
  });
}

}  // namespace

Finding judge_certificates(const std::vector<net::SeenCertificate>& chain, WallTime now) {
  if (chain.empty()) return {Check::certificate, Severity::problem, "the server showed no certificate"};
  const auto first_to_end = *std::ranges::min_element(chain, {}, &net::SeenCertificate::not_after);
  const auto left = std::chrono::floor<std::chrono::days>(first_to_end.not_after - now).count();
  const std::string evidence = std::to_string(chain.size()) + " shown; " + first_to_end.subject + ", issued by " +
                               first_to_end.issuer + ", is good until " +
                               to_iso8601(first_to_end.not_after).substr(0, 10);
  const std::string remedy = "renew the directory's certificate before that day; afterwards no agent can connect";
  if (left < days_to_alarm) return {Check::certificate, Severity::problem, evidence, remedy};
  if (left < days_to_warn) return {Check::certificate, Severity::warning, evidence, remedy};
  return {Check::certificate, Severity::ok, evidence};
}

Finding judge_transport(const Wire& wire) {
  if (wire.is_protected) return {Check::transport, Severity::ok, "TLS or a local socket"};
  if (wire.is_sealed) return {Check::transport, Severity::ok, "signed and sealed by Kerberos"};
  if (!wire.has_password) return {Check::transport, Severity::info, "in clear, without a password"};
  return {Check::transport, Severity::warning,
          std::string{"the password and all that is read travel in clear"} +
              (wire.is_loopback ? " (within this machine)" : ""),
          "use ldaps:// in ldap.urls, or set ldap.starttls"};
}

std::optional<WallTime> parse_generalized_time(std::string_view text) {
  if (text.size() < 15 || text.back() != 'Z') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) -> std::optional<int> {
    int value = 0;
    const auto [end, ec] = std::from_chars(text.data() + at, text.data() + at + length, value);
    if (ec != std::errc{} || end != text.data() + at + length) return std::nullopt;
    return value;
  };
  const auto y = number(0, 4), mo = number(4, 2), d = number(6, 2), h = number(8, 2), mi = number(10, 2),
             s = number(12, 2);
  if (!y || !mo || !d || !h || !mi || !s) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*mo)},
                                        std::chrono::day{static_cast<unsigned>(*d)}};
  if (!day.ok() || *h < 0 || *h > 23 || *mi < 0 || *mi > 59 || *s < 0 || *s > 60) return std::nullopt;
  return std::chrono::sys_days{day} + std::chrono::hours{*h} + std::chrono::minutes{*mi} + std::chrono::seconds{*s};
}

Finding judge_clock(std::optional<WallTime> server, WallTime ours) {
  if (!server) return {Check::clock, Severity::info, "this server shows no time without a write"};
  const auto skew = std::chrono::duration_cast<std::chrono::seconds>(*server - ours);
  const auto size = std::chrono::abs(skew);
  const std::string evidence = "the server's clock is " + std::to_string(size.count()) + " s " +
                               (skew.count() < 0 ? "behind" : "ahead of") + " ours";
  const std::string remedy = "let both machines follow the same time source (NTP)";
  if (size > skew_to_alarm) return {Check::clock, Severity::problem, evidence, remedy};
  if (size > skew_to_warn) return {Check::clock, Severity::warning, evidence, remedy};
  return {Check::clock, Severity::ok, evidence};
}

bool ReadSeen::is_limited() const { return result.code == 4 || result.code == 3 || result.code == 11; }

Finding judge_identity(const ldap::Result& result, const std::string& identity, bool is_anonymous) {
  if (!result.ok())
    return {Check::identity, Severity::info, "the server does not say: " + ldap::to_error(result).message()};
  if (!identity.empty() && identity != "dn:") return {Check::identity, Severity::ok, identity};
  if (is_anonymous) return {Check::identity, Severity::ok, "nobody"};
  return {Check::identity, Severity::problem, "nobody, although the bind succeeded",
          "look at the server's identity mapping (authz-regexp, EXTERNAL) for this account"};
}

Finding judge_read(Check check, const ReadSeen& seen) {
  const std::string key = check == Check::users ? "user" : "group";
  if (seen.lost.code) return {check, Severity::problem, seen.lost.message(), "see the directory's own log"};
  if (seen.result.code == 32)
    return {check, Severity::problem, "the base " + seen.base + " is not there, or may not be seen",
            "correct import." + key + "_bases, or let the account read there"};
  if (!seen.result.ok() && !seen.is_limited())
    return {check, Severity::problem, "reading " + seen.base + ": " + words_of(seen.result),
            "let the account read there"};
  if (seen.entries == 0)
    return {check, Severity::problem, "no " + seen.what + " below " + seen.base,
            "correct import." + key + "_bases or import." + key + "_filter, or let the account read them"};
  const std::string evidence = std::to_string(seen.entries) + " " + seen.what;
  if (seen.unusable > 0)
    return {check, Severity::problem,
            evidence + ", " + std::to_string(seen.unusable) + " of no use: " + seen.why_unusable,
            "let the account read all attributes that the access rules below name"};
  if (seen.without_members > 0)
    return {check, Severity::problem,
            evidence + "; " + std::to_string(seen.without_members) + " show no member although their class demands one",
            "let the account read member and uniqueMember"};
  return {check, Severity::ok, evidence};
}

Finding judge_limits(const std::vector<ReadSeen>& reads) {
  for (const auto& read : reads)
    if (read.is_limited())
      return {Check::limits, Severity::problem,
              "reading " + read.what + " ended after " + std::to_string(read.entries) + ": " + words_of(read.result),
              "raise the limit for the agent's account (OpenLDAP: olcLimits; 389 DS: nsSizeLimit, nsLookThroughLimit)"};
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

Access access_of(ServerKind kind, const ldap::Result& result) {
  const bool is_ad = kind == ServerKind::active_directory;
  switch (result.code) {
    case 0:
    case 16: return Access::allowed;
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

Finding judge_other_rights(ServerKind kind, const std::vector<WriteTry>& tries) {
  std::vector<std::string> allowed;
  for (const auto& one : tries)
    if (access_of(kind, one.result) == Access::allowed) allowed.push_back(one.attribute + " of " + one.dn);
  if (!allowed.empty())
    return {Check::other_rights, Severity::warning, "may write more than members: " + some_of(allowed),
            "take these rights away: the access rules below are all that an agent needs"};
  return {Check::other_rights, Severity::ok, std::to_string(tries.size()) + " other writes were refused"};
}

Finding judge_last_member(const ldap::Result& result, const std::string& policy) {
  if (result.ok()) return {Check::last_member, Severity::ok, "a group may be empty"};
  if (result.code != 65) return {Check::last_member, Severity::warning, "not clear: " + words_of(result)};
  return {Check::last_member, Severity::info,
          "the class demands a member (65); agent.last_member is \"" + policy + "\""};
}

Finding judge_change_feeds(const ldap::Entry& root_dse) {
  static constexpr std::pair<std::string_view, std::string_view> feeds[] = {
      {"1.3.6.1.4.1.4203.1.9.1.1", "content synchronisation (RFC 4533)"},
      {"2.16.840.1.113730.3.4.3", "persistent search"},
      {"1.2.840.113556.1.4.841", "DirSync"},
      {"1.2.840.113556.1.4.528", "change notification"}};
  std::string found;
  const auto* controls = root_dse.find("supportedControl");
  for (const auto& [oid, name] : feeds)
    if (controls != nullptr && std::ranges::find(controls->values, oid) != controls->values.end())
      found += (found.empty() ? "" : ", ") + std::string{name};
  if (root_dse.find("changelog") != nullptr) found += (found.empty() ? "" : ", ") + std::string{"retro changelog"};
  return {Check::change_feed, Severity::info, found.empty() ? "none announced" : "announced, not tried: " + found};
}

Finding judge_sort_values(const std::optional<std::vector<std::string>>& values) {
  if (!values) return {Check::sort_values, Severity::info, "cn=config may not be read with this account"};
  if (names_word(*values, "member")) return {Check::sort_values, Severity::ok, "members are kept sorted"};
  return {Check::sort_values, Severity::warning, "members are not kept sorted: each change of a large group is slow",
          "olcSortVals: member uniqueMember on olcDatabase={-1}frontend,cn=config"};
}

Finding judge_member_index(const std::optional<std::vector<std::string>>& values, milliseconds took) {
  const std::string measured = "a search for a member that nobody has took " + std::to_string(took.count()) + " ms";
  if (!values) return {Check::member_index, Severity::info, "cn=config may not be read with this account; " + measured};
  if (names_word(*values, "member")) return {Check::member_index, Severity::ok, "indexed; " + measured};
  return {Check::member_index, Severity::warning, "no index of member; " + measured,
          "olcDbIndex: member,uniqueMember eq"};
}

}  // namespace dirbridge::doctor
