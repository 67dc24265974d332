// What is wrong with a set of settings: everything at once, each problem with its key, so that whoever knows where a
// key was given can say so.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace dirbridge {

struct Problem {
  std::string key;   // as the configuration file spells it: "agent.hub_url"
  std::string what;  // "must begin with wss:// (or ws://)"
};
using Problems = std::vector<Problem>;

// errc::configuration with a line "key: what" for each; good if there is none.
inline result<void> to_result(const Problems& problems) {
  if (problems.empty()) return {};
  std::string text;
  for (const Problem& problem : problems) text += (text.empty() ? "" : "\n") + problem.key + ": " + problem.what;
  return Error{errc::configuration, std::move(text)};
}

}  // namespace dirbridge
