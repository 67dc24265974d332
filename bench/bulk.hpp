// `--directories`: large requests and many small ones on each directory server, beside the ldapmodify program and
// libldap on the same server.
#pragma once
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "bench/bulk_servers.hpp"
#include "bench/report.hpp"
#include "json/json.hpp"

namespace dirbridge::bench {

// Seconds of each side. "Large": one request with all values; ldapmodify and libldap send them in chunks, one after the
// other. "Small": as many requests as values, all at once; libldap sends one modify each, one after the other.
struct BulkRound {
  struct Times {
    double large_add = 0, large_remove = 0, small_add = 0, small_remove = 0;
  };
  Times tool;  // ldapmodify; large only
  Times raw;   // libldap on a connection that is open and bound
  Times full;
  Times hub_cpu, agent_cpu;  // seconds of processor time during `full`
  double look = 0;           // libldap: one base search for each value of the large request, `look_window` at a time
};

struct BulkResult {
  BulkServer::Kind kind;
  std::size_t values = 0;
  std::size_t singles = 0;
  double setup_seconds = 0;
  std::vector<BulkRound> rounds;
};

struct BulkReport {
  std::string machine;
  std::vector<BulkResult> results;
};

// Runs one server after the other. After each step the group is read over LDAP; a group that contradicts the answers
// is a std::runtime_error, as is an answer other than 200. `program`: path of `dirbridge`.
BulkReport run_bulk(const BulkPlan& plan, const std::vector<std::string>& servers, const std::string& folder,
                    const std::string& program, const std::function<void(const std::string&)>& progress);

// Medians over the rounds of each round's own ratio.
std::vector<Measure> measures(const BulkReport& report);
void print_table(std::ostream& out, const BulkReport& report);
nlohmann::json to_json(const BulkReport& report);

}  // namespace dirbridge::bench
