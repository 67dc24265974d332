// Sentences about what was seen. Internal to doctor/.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "ldap/result.hpp"

namespace dirbridge::doctor {

inline std::string words_of(const ldap::Result& result) { return ldap::to_error(result).message(); }

// "a; b; c and 7 more"
inline std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), shown); ++i) text += (i == 0 ? "" : "; ") + names[i];
  if (names.size() > shown) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
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
