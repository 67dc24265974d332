#include "bench/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>

namespace dirbridge::bench {
namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::vector<double> over_rounds(const Scenario& scenario, const std::function<double(const Round&)>& figure) {
  std::vector<double> values;
  for (const Round& round : scenario.rounds) values.push_back(figure(round));
  return values;
}

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

struct Figure {
  const char* scenario;
  const char* name;
  const char* what;
  Measure::Wanted wanted;
  double target;
  double (*of)(const Round&);
};
constexpr Figure figures[] = {
    {"latency", "latency_ratio_p50", "POST to answer over ldap_modify_ext_s, group of 10, idle",
     Measure::Wanted::at_most, 2.5,
     [](const Round& r) { return ratio(r.full.sample.latency_ms(0.5), r.raw.sample.latency_ms(0.5)); }},
    {"distinct", "distinct_ratio", "256 groups of 10 at once, over libldap with 64 under way",
     Measure::Wanted::at_least, 0.8,
     [](const Round& r) { return ratio(r.full.sample.per_second(), r.raw.sample.per_second()); }},
    {"merge", "merge_gain", "256 callers, one group of 1,000, over one modify per change", Measure::Wanted::at_least, 8,
     [](const Round& r) { return ratio(r.full.sample.per_second(), r.raw.sample.per_second()); }},
};
constexpr double agent_rss_target = 20;
constexpr double hub_rss_target = 30;

// CPU microseconds per change, process by process, over all rounds of one side.
std::vector<std::pair<std::string, double>> cpu_per_change(const Scenario& scenario, Side Round::*side) {
  std::vector<std::pair<std::string, double>> uses;
  double changes = 0;
  for (const Round& round : scenario.rounds) {
    changes += static_cast<double>((round.*side).sample.changes);
    for (const CpuUse& use : (round.*side).cpu) {
      auto found = std::ranges::find(uses, use.process, &std::pair<std::string, double>::first);
      if (found == uses.end()) found = uses.insert(uses.end(), {use.process, 0.0});
      found->second += std::chrono::duration<double, std::micro>(use.used).count();
    }
  }
  for (auto& [process, used] : uses) used = ratio(used, changes);
  return uses;
}

struct Summary {
  double per_second, p50, p90, p99;
};
Summary summarize(const Scenario& scenario, Side Round::*side) {
  const auto figure = [&](auto of) {
    return median(over_rounds(scenario, [&](const Round& round) { return of((round.*side).sample); }));
  };
  return {figure([](const Sample& s) { return s.per_second(); }),
          figure([](const Sample& s) { return s.latency_ms(0.5); }),
          figure([](const Sample& s) { return s.latency_ms(0.9); }),
          figure([](const Sample& s) { return s.latency_ms(0.99); })};
}

std::map<std::string, int> failures(const Scenario& scenario) {
  std::map<std::string, int> all;
  for (const Round& round : scenario.rounds) {
    for (const auto& [said, times] : round.full.sample.failures) all[said] += times;
  }
  return all;
}

void print_side(std::ostream& out, const char* label, const Scenario& scenario, Side Round::*side) {
  const Summary summary = summarize(scenario, side);
  out << format("  %-9s %9.0f changes/s", label, summary.per_second);
  if (summary.p50 > 0) {
    out << format("   p50 %7.3f  p90 %7.3f  p99 %7.3f ms", summary.p50, summary.p90, summary.p99);
  } else {
    out << format("%46s", "");
  }
  out << "   CPU µs/change:";
  for (const auto& [process, used] : cpu_per_change(scenario, side)) out << format(" %s %.0f", process.c_str(), used);
  out << '\n';
}

}  // namespace

std::vector<Measure> measures(const Report& report) {
  std::vector<Measure> all;
  for (const Figure& figure : figures) {
    const auto scenario = std::ranges::find(report.scenarios, figure.scenario, &Scenario::name);
    if (scenario == report.scenarios.end() || scenario->rounds.empty()) continue;
    const auto values = over_rounds(*scenario, figure.of);
    const auto [low, high] = std::ranges::minmax(values);
    all.push_back({figure.name, figure.what, median(values), low, high, figure.wanted, figure.target});
  }
  for (const Memory& memory : report.memory) {
    all.push_back({memory.process + "_rss_mib", "resident at the end; the range's end is the peak", memory.rss,
                   memory.rss, memory.peak, Measure::Wanted::at_most,
                   memory.process == "agent" ? agent_rss_target : hub_rss_target});
  }
  return all;
}

void print_table(std::ostream& out, const Report& report) {
  out << report.machine << "\n\n";
  for (const Scenario& scenario : report.scenarios) {
    out << scenario.name << ": " << scenario.what << '\n';
    print_side(out, "libldap", scenario, &Round::raw);
    print_side(out, "Dirbridge", scenario, &Round::full);
    out << "  " << scenario.groups_checked << " group reads over LDAP afterwards: each caller's last 200 was true\n";
    for (const auto& [said, times] : failures(scenario)) out << "  answered " << times << " times: " << said << '\n';
    out << '\n';
  }
  print_measures(out, measures(report));
}

void print_measures(std::ostream& out, const std::vector<Measure>& measures) {
  std::size_t width = 18;
  for (const Measure& measure : measures) width = std::max(width, measure.name.size());
  const int column = static_cast<int>(width);
  out << format("%-*s %9s %19s %9s  %s\n", column, "measure", "value", "over the rounds", "target", "verdict");
  for (const Measure& measure : measures) {
    const std::string range = format("%.2f … %.2f", measure.low, measure.high);
    if (measure.wanted == Measure::Wanted::shown) {
      out << format("%-*s %9.2f %21s %9s  %s   %s\n", column, measure.name.c_str(), measure.value, range.c_str(), "",
                    "      ", measure.what.c_str());
      continue;
    }
    // "…" is three bytes and one column.
    out << format("%-*s %9.2f %21s %3s %5.1f  %s   %s\n", column, measure.name.c_str(), measure.value, range.c_str(),
                  measure.wanted == Measure::Wanted::at_most ? "<=" : ">=", measure.target,
                  measure.is_met() ? "met   " : "MISSED", measure.what.c_str());
  }
}

nlohmann::json to_json(const std::vector<Measure>& measures) {
  nlohmann::json results = nlohmann::json::object();
  for (const Measure& measure : measures) {
    auto& one = results[measure.name] = {{"value", measure.value}, {"low", measure.low}, {"high", measure.high}};
    if (measure.wanted == Measure::Wanted::shown) continue;
    one["wanted"] = measure.wanted == Measure::Wanted::at_most ? "<=" : ">=";
    one["target"] = measure.target;
    one["met"] = measure.is_met();
  }
  return results;
}

nlohmann::json to_json(const Report& report) {
  const auto side_json = [](const Scenario& scenario, Side Round::*side) {
    const Summary summary = summarize(scenario, side);
    nlohmann::json rounds = nlohmann::json::array();
    for (const Round& round : scenario.rounds) {
      rounds.push_back({{"changes_per_second", (round.*side).sample.per_second()},
                        {"p50_ms", (round.*side).sample.latency_ms(0.5)}});
    }
    nlohmann::json cpu = nlohmann::json::object();
    for (const auto& [process, used] : cpu_per_change(scenario, side)) cpu[process] = used;
    return nlohmann::json{{"changes_per_second", summary.per_second},
                          {"p50_ms", summary.p50},
                          {"p90_ms", summary.p90},
                          {"p99_ms", summary.p99},
                          {"cpu_us_per_change", cpu},
                          {"rounds", rounds}};
  };
  nlohmann::json scenarios = nlohmann::json::object();
  for (const Scenario& scenario : report.scenarios) {
    scenarios[scenario.name] = {{"what", scenario.what},
                                {"libldap", side_json(scenario, &Round::raw)},
                                {"dirbridge", side_json(scenario, &Round::full)},
                                {"failures", failures(scenario)},
                                {"groups_checked", scenario.groups_checked}};
  }
  return {{"machine", report.machine}, {"measures", to_json(measures(report))}, {"scenarios", scenarios}};
}

}  // namespace dirbridge::bench
