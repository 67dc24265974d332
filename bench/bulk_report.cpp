#include <algorithm>
#include <cstdio>

#include "bench/bulk.hpp"

namespace dirbridge::bench {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

using Time = double BulkRound::Times::*;

struct Step {
  Time time;
  const char* name;
  const char* what;
  bool is_large;
};
constexpr Step steps[] = {{&BulkRound::Times::large_add, "large_add", "one request", true},
                          {&BulkRound::Times::large_remove, "large_remove", "one request", true},
                          {&BulkRound::Times::small_add, "small_add", "requests at once", false},
                          {&BulkRound::Times::small_remove, "small_remove", "requests at once", false}};

constexpr double large_target = 2;
// Merging must at least not lose against one modify after the other.
constexpr double small_target = 1;

std::vector<double> over_rounds(const BulkResult& result, BulkRound::Times BulkRound::*side, Time time) {
  std::vector<double> values;
  for (const auto& round : result.rounds) values.push_back(round.*side.*time);
  return values;
}

std::string count_of(std::size_t values, const char* what) { return std::to_string(values) + " " + what; }

// `a` over `b`, round by round.
Measure ratio(std::string name, std::string what, const std::vector<double>& a, const std::vector<double>& b,
              Measure::Wanted wanted, double target = 0) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  const auto [low, high] = std::ranges::minmax(ratios);
  return {std::move(name), std::move(what), median(ratios), low, high, wanted, target};
}

// Large: Dirbridge's time over ldapmodify's, and over libldap's; small is good. Small: libldap's over Dirbridge's, the
// gain of merging.
void add_measures(const BulkResult& result, const Step& step, std::vector<Measure>& all) {
  const auto side = [&](BulkRound::Times BulkRound::*which) { return over_rounds(result, which, step.time); };
  const auto name = std::string{result.kind.name} + "_" + step.name;
  const auto full = side(&BulkRound::full);
  const auto raw = side(&BulkRound::raw);
  if (step.is_large) {
    const auto what = count_of(result.values, "values in one request, over ");
    const auto chunks = " in chunks of " + std::to_string(result.kind.chunk);
    all.push_back(ratio(name + "_ratio", what + "ldapmodify" + chunks, full, side(&BulkRound::tool),
                        Measure::Wanted::at_most, large_target));
    all.push_back(ratio(name + "_over_libldap", what + "libldap" + chunks, full, raw, Measure::Wanted::shown));
  } else {
    all.push_back(ratio(name + "_gain", count_of(result.singles, "requests on one group, over one modify each"), raw,
                        full, Measure::Wanted::at_least, small_target));
  }
}

std::vector<double> looks_of(const BulkResult& result) {
  std::vector<double> seconds;
  for (const auto& round : result.rounds) seconds.push_back(round.look);
  return seconds;
}

}  // namespace

std::vector<Measure> measures(const BulkReport& report) {
  std::vector<Measure> all;
  for (const auto& result : report.results) {
    if (result.rounds.empty()) continue;
    for (const auto& step : steps) add_measures(result, step, all);
  }
  return all;
}

void print_table(std::ostream& out, const BulkReport& report) {
  out << report.machine << "\n\n";
  for (const auto& result : report.results) {
    char line[200];
    std::snprintf(line, sizeof line, "%s: started and filled in %.0f s\n", result.kind.title, result.setup_seconds);
    out << line;
    for (const auto& step : steps) {
      const auto of = [&](BulkRound::Times BulkRound::*side) { return median(over_rounds(result, side, step.time)); };
      std::snprintf(line, sizeof line, "  %-13s %6zu values, %-17s", step.name,
                    step.is_large ? result.values : result.singles, step.what);
      out << line;
      if (step.is_large) {
        std::snprintf(line, sizeof line, "ldapmodify %8.3f s   ", of(&BulkRound::tool));
        out << line;
      }
      std::snprintf(line, sizeof line, "libldap %8.3f s   Dirbridge %8.3f s (CPU: hub %.2f s, agent %.2f s)\n",
                    of(&BulkRound::raw), of(&BulkRound::full), of(&BulkRound::hub_cpu), of(&BulkRound::agent_cpu));
      out << line;
    }
    std::snprintf(line, sizeof line, "  one base search for each of %zu values by libldap: %.3f s\n", result.values,
                  median(looks_of(result)));
    out << line;
    out << '\n';
  }
  print_measures(out, measures(report));
}

nlohmann::json to_json(const BulkReport& report) {
  nlohmann::json servers = nlohmann::json::object();
  for (const auto& result : report.results) {
    nlohmann::json times = nlohmann::json::object();
    for (const auto& step : steps) {
      auto& one = times[step.name] = {{"libldap_s", over_rounds(result, &BulkRound::raw, step.time)},
                                      {"dirbridge_s", over_rounds(result, &BulkRound::full, step.time)},
                                      {"hub_cpu_s", over_rounds(result, &BulkRound::hub_cpu, step.time)},
                                      {"agent_cpu_s", over_rounds(result, &BulkRound::agent_cpu, step.time)}};
      if (step.is_large) one["ldapmodify_s"] = over_rounds(result, &BulkRound::tool, step.time);
    }
    servers[result.kind.name] = {{"values", result.values},        {"chunk", result.kind.chunk},
                                 {"requests", result.singles},     {"setup_s", result.setup_seconds},
                                 {"searches_s", looks_of(result)}, {"steps", times}};
  }
  return {{"machine", report.machine}, {"measures", to_json(measures(report))}, {"servers", servers}};
}

}  // namespace dirbridge::bench
