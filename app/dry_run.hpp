// What `dirbridge group add|remove --dry-run` says.
#pragma once
#include <map>
#include <string>

#include "app/api_client.hpp"
#include "app/console.hpp"
#include "app/invocation.hpp"

namespace dirbridge::app {

// The answer of …/groups/preview as one LDIF file: the change records, and everything else in comments, a line for each
// user. `names`: what a person called each id; `what`: "2 users to be added to Staff (member)". Exit code: what the
// change itself would end with, exit_done or exit_refused; exit_unknown where reads do not tell. With --json the answer
// as it is.
int print_dry_run(const json& answer, const std::string& what, const std::map<std::string, std::string>& names,
                  const Console& console);

}  // namespace dirbridge::app
