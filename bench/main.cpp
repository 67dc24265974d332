// dirbridge-bench: Dirbridge and raw libldap side by side on one private slapd. See docs/benchmarks.md.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "base/ids.hpp"
#include "bench/bulk.hpp"
#include "bench/process_use.hpp"
#include "bench/scenarios.hpp"
#include "bench/surroundings.hpp"
#include "lab/private_slapd.hpp"

namespace dirbridge::bench {
namespace {

enum Exit : int { exit_done = 0, exit_wrong = 1, exit_usage = 2, exit_missed = 3 };

struct Options {
  Plan plan;
  double seconds = 2;
  std::string folder = "/var/tmp";  // unlike /tmp not in memory
  std::string program;
  std::vector<std::string> only;
  bool directories = false;
  std::vector<std::string> servers;
  std::size_t values = 0;
  std::size_t chunk = 0;
  bool json = false;
  bool strict = false;
  bool keep = false;
};

void progress(const std::string& text) {
  if (isatty(STDERR_FILENO)) std::cerr << "\r\033[K" << text << std::flush;
}

Report measure(const Options& options) {
  const double load_before = load_average();
  const WorkFolder work{options.folder, options.keep};
  progress("starting slapd, hub and agent");
  const Organisation organisation{options.plan.callers};
  const Secret agent_password{random_id("", 20)};
  lab::SlapdOptions server;
  server.folder = work.path() + "/slapd";
  server.suffix = organisation.suffix();
  server.seed_ldif = organisation.ldif(agent_password);
  server.access = organisation.access();
  server.fsync = true;
  server.threads = 4;
  auto slapd = lab::PrivateSlapd::start(server);
  if (!slapd) throw std::runtime_error(slapd.error().message());

  RawLdap raw{slapd->ldap_url(), organisation.agent(), agent_password};
  asio::io_context loop{1};
  FullPath full{loop,
                {.program = options.program,
                 .folder = work.path(),
                 .ldap_url = slapd->ldap_url(),
                 .bind_dn = organisation.agent(),
                 .password = agent_password,
                 .user_base = organisation.people(),
                 .group_base = organisation.groups()}};

  Report report;
  report.machine = describe_machine(work.path(), load_before) + "; slapd with fsync and 4 threads, " +
                   std::to_string(options.plan.rounds) + " rounds of " + std::to_string(options.seconds).substr(0, 4) +
                   " s for each side";
  Stage stage{loop, raw, full, organisation, slapd->pid(), progress};
  for (const std::string& name : options.only.empty() ? scenario_names() : options.only) {
    report.scenarios.push_back(run_scenario(name, options.plan, stage));
  }
  report.memory = {memory_of(full.agent(), "agent"), memory_of(full.hub(), "hub")};
  progress("");
  return report;
}

BulkReport measure_directories(const Options& options) {
  const double load_before = load_average();
  const WorkFolder work{options.folder, options.keep};
  BulkPlan plan;
  plan.rounds = options.plan.rounds;
  plan.values = options.values;
  plan.chunk = options.chunk;
  BulkReport report = run_bulk(plan, options.servers, work.path(), options.program, progress);
  report.machine = describe_machine(work.path(), load_before) + "; " + std::to_string(plan.rounds) + " rounds";
  progress("");
  return report;
}

template <class AnyReport>
int show(const AnyReport& report, const Options& options) {
  if (options.json) {
    std::cout << to_json(report).dump(2) << '\n';
  } else {
    print_table(std::cout, report);
  }
  if (options.strict) {
    for (const Measure& one : measures(report)) {
      if (!one.is_met()) return exit_missed;
    }
  }
  return exit_done;
}

int run(const Options& options) {
  return options.directories ? show(measure_directories(options), options) : show(measure(options), options);
}

}  // namespace
}  // namespace dirbridge::bench

int main(int argc, char** argv) {
  using namespace dirbridge::bench;
  Options options;
  CLI::App app{"Measures Dirbridge against raw libldap on one private slapd, in turn, and prints ratios.",
               "dirbridge-bench"};
  app.add_option("--rounds", options.plan.rounds, "Rounds of each scenario; the figures are medians over them [5]")
      ->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds, "Length of each side of a round [2]")->check(CLI::Range(0.1, 60.0));
  app.add_option("--dir", options.folder, "Where to put the data, on a real file system [/var/tmp]")
      ->type_name("FOLDER")
      ->check(CLI::ExistingDirectory);
  app.add_option("--only", options.only, "Only this scenario; may be repeated")
      ->type_name("NAME")
      ->check(CLI::IsMember(scenario_names()));
  auto* directories = app.add_flag("--directories", options.directories,
                                   "Instead: requests of 10,000 values and 1,000 requests at once, on each directory "
                                   "server; --rounds holds, --seconds does not");
  std::vector<std::string> servers;
  for (const auto& kind : BulkServer::kinds()) servers.emplace_back(kind.name);
  app.add_option("--server", options.servers, "With --directories: only this server; may be repeated")
      ->type_name("NAME")
      ->needs(directories)
      ->check(CLI::IsMember(servers));
  app.add_option("--values", options.values, "With --directories: values of the large request")
      ->needs(directories)
      ->check(CLI::Range(1, 10'000));
  app.add_option("--chunk", options.chunk,
                 "With --directories: values in each modify of ldapmodify and libldap (default: the server's best)")
      ->needs(directories)
      ->check(CLI::Range(1, 10'000));
  app.add_option("--callers", options.plan.callers, "Concurrent callers and groups of distinct and merge [256]")
      ->check(CLI::Range(1, 1000));
  app.add_option("--window", options.plan.window, "Modifies under way on the raw connection [64]")
      ->check(CLI::Range(1, 900));
  app.add_option("--dirbridge", options.program, "The program to measure (default: the one built beside this)")
      ->type_name("PATH")
      ->check(CLI::ExistingFile);
  app.add_flag("--json", options.json, "Print JSON");
  app.add_flag("--strict", options.strict, "Exit with 3 when a target is missed");
  app.add_flag("--keep", options.keep, "Leave the data and the logs behind");
  app.footer(
      "Exit codes: 0 measured, 1 failed or an answer of 200 was not true, 2 wrong usage, 3 --strict and a target "
      "missed.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  try {
    options.plan.length = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options.seconds));
    check_folder(options.folder);
    options.program = options.program.empty() ? find_program() : std::filesystem::canonical(options.program).string();
    return run(options);
  } catch (const std::invalid_argument& error) {
    std::cerr << "dirbridge-bench: " << error.what() << '\n';
    return exit_usage;
  } catch (const std::exception& error) {
    std::cerr << "dirbridge-bench: " << error.what() << '\n';
    return exit_wrong;
  }
}
