// The results of a conformance run, from the process of one server to the test of the table. In the working folder.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "integration/directories/conformance_cases.hpp"

namespace dirbridge::directories {

using Results = std::map<std::string, Cell>;  // by the case's id

// conformance-<server>.json
void write_results(Server server, const Results& results);
std::optional<Results> read_results(Server server);

// The table of docs/directories.md: situation × server → codes → verdicts. Markdown.
std::string table_of(const std::map<Server, Results>& results);

}  // namespace dirbridge::directories
