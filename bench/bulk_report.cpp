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

// Large: Dirbridge's time over libldap's, small is good. Small: libldap's over Dirbridge's, the gain of merging.
Measure measure_of(const BulkResult& result, const Step& step) {
  std::vector<double> ratios;
  for (const auto& round : result.rounds) {
    const double raw = round.raw.*step.time;
    const double full = round.full.*step.time;
    ratios.push_back(step.is_large ? full / raw : raw / full);
  }
  const auto [low, high] = std::ranges::minmax(ratios);
  const std::string name = std::string{result.kind.name} + "_" + step.name + (step.is_large ? "_ratio" : "_gain");
  const std::string what = step.is_large
                               ? std::to_string(result.values) + " values in one request, over libldap in chunks of " +
                                     std::to_string(result.kind.chunk)
                               : std::to_string(result.singles) + " requests on one group, over one modify each";
  return {name,
          what,
          median(ratios),
          low,
          high,
          step.is_large ? Measure::Wanted::at_most : Measure::Wanted::at_least,
          step.is_large ? large_target : small_target};
}

}  // namespace

std::vector<Measure> measures(const BulkReport& report) {
  std::vector<Measure> all;
  for (const auto& result : report.results) {
    if (result.rounds.empty()) continue;
    for (const auto& step : steps) all.push_back(measure_of(result, step));
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
      const double raw = median(over_rounds(result, &BulkRound::raw, step.time));
      const double full = median(over_rounds(result, &BulkRound::full, step.time));
      std::snprintf(line, sizeof line, "  %-13s %6zu values, %-17s libldap %8.3f s   Dirbridge %8.3f s\n", step.name,
                    step.is_large ? result.values : result.singles, step.what, raw, full);
      out << line;
    }
    out << '\n';
  }
  print_measures(out, measures(report));
}

nlohmann::json to_json(const BulkReport& report) {
  nlohmann::json servers = nlohmann::json::object();
  for (const auto& result : report.results) {
    nlohmann::json times = nlohmann::json::object();
    for (const auto& step : steps) {
      times[step.name] = {{"libldap_s", over_rounds(result, &BulkRound::raw, step.time)},
                          {"dirbridge_s", over_rounds(result, &BulkRound::full, step.time)}};
    }
    servers[result.kind.name] = {{"values", result.values},
                                 {"chunk", result.kind.chunk},
                                 {"requests", result.singles},
                                 {"setup_s", result.setup_seconds},
                                 {"steps", times}};
  }
  return {{"machine", report.machine}, {"measures", to_json(measures(report))}, {"servers", servers}};
}

}  // namespace dirbridge::bench
