// The three stories of the bench, each told by raw libldap and by the full path in turn on the same groups.
#pragma once
#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <vector>

#include "bench/full_path.hpp"
#include "bench/organisation.hpp"
#include "bench/raw_ldap.hpp"
#include "bench/report.hpp"

namespace dirbridge::bench {

struct Plan {
  int rounds = 5;
  Duration length = std::chrono::seconds{2};  // of each side in each round
  std::size_t callers = 256;
  std::size_t window = 64;  // changes under way on the raw connection
};

// All of it is alive during the call. `slapd` is the server's process.
struct Stage {
  asio::io_context& loop;
  RawLdap& raw;
  FullPath& full;
  const Organisation& organisation;
  pid_t slapd = -1;
  std::function<void(const std::string&)> progress;
};

const std::vector<std::string>& scenario_names();
// `name` is one of scenario_names(). After every round of the full path each changed group is read over LDAP; a
// group that contradicts the last answer of a caller is a std::runtime_error (earlier answers leave no trace in it).
Scenario run_scenario(const std::string& name, const Plan& plan, Stage& stage);

}  // namespace dirbridge::bench
