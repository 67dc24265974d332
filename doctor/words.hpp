// Sentences about what was seen. Internal to doctor/.
#pragma once
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "doctor/finding.hpp"
#include "ldap/result.hpp"

namespace dirbridge::doctor {

inline constexpr std::string_view wants_tls = "the server wants TLS: use ldaps:// in ldap.urls, or set ldap.starttls";

inline constexpr std::string_view see_its_log = "see the server's own log";

// What to do about an operation that was refused, if its code says it; otherwise `usual`.
inline std::string remedy_of(const ldap::Result& result, std::string usual) {
  if (result.code == 8 || result.code == 13) return std::string{wants_tls};
  return usual;
}

// The same for a change of members.
inline std::string remedy_of_change(const ldap::Result& result) {
  switch (result.code) {
    case 10:
    case 53: return "this server takes no changes: name the primary in ldap.urls, or end its read-only state";
    case 50: return "grant the account write on the member attribute: the access rules below";
    case 16:
    case 17:
    case 65: return "name a group of DNs, whose classes have member or uniqueMember";
    default: return remedy_of(result, std::string{see_its_log});
  }
}

inline std::string words_of(const ldap::Result& result) { return ldap::to_error(result).message(); }

// "a; b; c and 7 more"
inline std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), shown); ++i) text += (i == 0 ? "" : "; ") + names[i];
  if (names.size() > shown) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

// "all 3 groups", "50 of 1200 groups"
inline std::string seen_of(std::size_t seen, std::size_t all, std::string_view what) {
  return (seen >= all ? "all " : std::to_string(seen) + " of ") + std::to_string(std::max(seen, all)) + " " +
         std::string{what};
}

// A finding about many: the first few of them as evidence behind `words`, all of them as items, each once.
inline Finding about(Check check, Severity severity, const std::string& words, std::vector<std::string> items,
                     std::string remedy = {}) {
  std::set<std::string> seen;
  std::erase_if(items, [&](const std::string& item) { return !seen.insert(item).second; });
  Finding finding{check, severity, words + some_of(items), std::move(remedy)};
  finding.items = std::move(items);
  return finding;
}

inline bool contains(const std::vector<std::string>& values, std::string_view wanted) {
  return std::ranges::any_of(values, [&](const auto& value) { return equals_ignore_case(value, wanted); });
}

// `wanted`, in lower case, among the words of the values: "member,uniqueMember eq" has three.
inline bool names_word(const std::vector<std::string>& values, std::string_view wanted) {
  return std::ranges::any_of(values, [&](const std::string& value) {
    auto words = to_lower(value);
    std::ranges::replace(words, ',', ' ');
    const auto parts = split(words, ' ');
    return std::ranges::find(parts, wanted) != parts.end();
  });
}

}  // namespace dirbridge::doctor
