// The paths of Okta's published API, served here or not: one that is not served is answered 501, not 404. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dirbridge::hub {

struct OktaPath {
  std::string text;          // "/api/v1/groups/rules/{}"
  std::size_t literals = 0;  // segments that are not placeholders: "groups/rules" is more of a match than "groups/{}"
};
// `segments` of a path, decoded. Of several that fit, the one with the most literals.
std::optional<OktaPath> find_okta_path(const std::vector<std::string>& segments);

}  // namespace dirbridge::hub
