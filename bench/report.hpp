// What was measured, beside what was wanted: a table for people, JSON for scripts.
#pragma once
#include <ostream>
#include <string>
#include <vector>

#include "bench/workload.hpp"
#include "json/json.hpp"

namespace dirbridge::bench {

// CPU time that one process used during the rounds of one side.
struct CpuUse {
  std::string process;  // "hub", "agent", "slapd", "bench" (the callers, or libldap's loop)
  Duration used{};
};

struct Side {
  Sample sample;
  std::vector<CpuUse> cpu;
};
// Raw libldap and the full path, one after the other within seconds: the machine's drift hits both.
struct Round {
  Side raw;
  Side full;
};

struct Scenario {
  std::string name;  // "latency", "distinct", "merge"
  std::string what;  // one line
  std::vector<Round> rounds;
  std::uint64_t groups_checked = 0;  // group reads over LDAP that bore the answers out
};

// One figure; but for the ones that are only shown, with a target.
struct Measure {
  enum class Wanted { at_most, at_least, shown };
  std::string name;
  std::string what;
  double value = 0;
  double low = 0;  // smallest and largest over the rounds
  double high = 0;
  Wanted wanted{};
  double target = 0;

  bool is_met() const {
    return wanted == Wanted::shown || (wanted == Wanted::at_most ? value <= target : value >= target);
  }
};

// VmRSS and VmHWM of one process, in MiB.
struct Memory {
  std::string process;
  double rss = 0;
  double peak = 0;
};

struct Report {
  std::string machine;  // "2 CPUs, ext4, …"
  std::vector<Scenario> scenarios;
  std::vector<Memory> memory;
};

// The figures of whatever ran: medians over the rounds of each round's own ratio.
std::vector<Measure> measures(const Report& report);
void print_table(std::ostream& out, const Report& report);
nlohmann::json to_json(const Report& report);

// The part that every report ends with.
void print_measures(std::ostream& out, const std::vector<Measure>& measures);
nlohmann::json to_json(const std::vector<Measure>& measures);

}  // namespace dirbridge::bench
