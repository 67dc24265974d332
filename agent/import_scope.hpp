// What an import reads: entries of these bases that match the filter.
#pragma once
#include <string>
#include <vector>

namespace dirbridge::agent {

struct ImportScope {
  std::vector<std::string> bases;
  std::string filter;  // RFC 4515
};

}  // namespace dirbridge::agent
