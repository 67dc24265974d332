// dirbridge-bench: Dirbridge and raw libldap side by side on one private slapd. See docs/benchmarks.md.
#include <sys/vfs.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <thread>

#include "base/ids.hpp"
#include "bench/process_use.hpp"
#include "bench/scenarios.hpp"
#include "lab/private_slapd.hpp"

namespace dirbridge::bench {
namespace {

namespace fs = std::filesystem;

enum Exit : int { exit_done = 0, exit_wrong = 1, exit_usage = 2, exit_missed = 3 };

struct Options {
  Plan plan;
  double seconds = 2;
  std::string folder = "/var/tmp";  // unlike /tmp not in memory
  std::string program;
  std::vector<std::string> only;
  bool json = false;
  bool strict = false;
  bool keep = false;
};

// A folder of our own, gone at the end of a good run.
class WorkFolder {
 public:
  WorkFolder(const std::string& parent, bool keep) : keep_(keep) {
    std::string pattern = fs::absolute(parent) / "dirbridge-bench-XXXXXX";
    if (!mkdtemp(pattern.data())) throw std::runtime_error(parent + ": " + std::strerror(errno));
    path_ = pattern;
  }
  ~WorkFolder() {
    if (keep_ || std::uncaught_exceptions() != exceptions_) {
      std::cerr << "data and logs are left in " << path_ << '\n';
      return;
    }
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  bool keep_;
  int exceptions_ = std::uncaught_exceptions();
  std::string path_;
};

struct FileSystem {
  std::string name;
  bool in_memory = false;
};
FileSystem file_system_of(const std::string& path) {
  // statfs(2) has numbers only; those of linux/magic.h that a build machine is likely to have.
  struct Known {
    unsigned long magic;
    FileSystem what;
  };
  static const Known known[] = {{0x01021994, {"tmpfs", true}},  {0x858458f6, {"ramfs", true}},
                                {0xef53, {"ext4", false}},      {0x58465342, {"xfs", false}},
                                {0x9123683e, {"btrfs", false}}, {0x794c7630, {"overlayfs", false}},
                                {0x2fc12fc1, {"zfs", false}},   {0xf2f52010, {"f2fs", false}}};
  struct statfs found {};
  if (statfs(path.c_str(), &found) != 0) throw std::runtime_error(path + ": " + std::strerror(errno));
  const auto magic = static_cast<unsigned long>(found.f_type) & 0xffffffffUL;
  for (const Known& one : known) {
    if (one.magic == magic) return one.what;
  }
  return {"another file system", false};
}

// The program built beside this one: build/<preset>/app/dirbridge.
std::string find_program() {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& candidate : {here / "../app/dirbridge", here / "dirbridge"}) {
    if (fs::exists(candidate)) return fs::canonical(candidate);
  }
  throw std::runtime_error("no program dirbridge beside " + here.string() + "; name it with --dirbridge PATH");
}

void check_folder(const std::string& folder) {
  const FileSystem on = file_system_of(folder);
  if (on.in_memory) {
    throw std::invalid_argument(folder + " is on " + on.name +
                                ", which is memory: a commit there costs nothing, and the ratios would mean nothing. "
                                "Name a folder on a disk with --dir");
  }
}

// Runnable processes over the last minute. Other work on the machine widens the ratios' spread; it should be near zero.
double load_average() {
  double one = 0;
  std::ifstream{"/proc/loadavg"} >> one;
  return one;
}

Report measure(const Options& options) {
  const double load_before = load_average();
  const WorkFolder work{options.folder, options.keep};
  const auto progress = [&](const std::string& text) {
    if (isatty(STDERR_FILENO)) std::cerr << "\r\033[K" << text << std::flush;
  };
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
  report.machine = std::to_string(std::thread::hardware_concurrency()) + " CPUs, " + file_system_of(work.path()).name +
                   ", slapd with fsync and 4 threads, " + std::to_string(options.plan.rounds) + " rounds of " +
                   std::to_string(options.seconds).substr(0, 4) + " s for each side";
  if (load_before > 0.5) {
    report.machine += ". BUSY: load average " + std::to_string(load_before).substr(0, 4) +
                      " before the start; for figures that hold, wait, or run at real-time priority (chrt -r 10)";
  }
  Stage stage{loop, raw, full, organisation, slapd->pid(), progress};
  for (const std::string& name : options.only.empty() ? scenario_names() : options.only) {
    report.scenarios.push_back(run_scenario(name, options.plan, stage));
  }
  report.memory = {memory_of(full.agent(), "agent"), memory_of(full.hub(), "hub")};
  progress("");
  return report;
}

int run(const Options& options) {
  const Report report = measure(options);
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
