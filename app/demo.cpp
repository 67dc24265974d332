// dirbridge demo: the tour, and then a playground; or, with --check, the tour as a test.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <thread>

#include "app/console.hpp"
#include "app/demo_tour.hpp"
#include "app/program.hpp"

namespace dirbridge::app {
namespace {

namespace fs = std::filesystem;

// Widths of the table's columns: rows appear one by one, before the widest is known.
constexpr std::size_t title_width = 47;
constexpr std::size_t held_width = 27;

// A folder of the demo's own, or the one that was asked for. Removed at the end unless it was asked for or kept.
class Folder {
 public:
  explicit Folder(const std::string& wanted) : temporary_(wanted.empty()) {
    if (temporary_) {
      std::string path = (fs::temp_directory_path() / "dirbridge-demo-XXXXXX").string();
      if (!::mkdtemp(path.data()))
        throw CommandFailure(exit_refused, "cannot make a folder in " + fs::temp_directory_path().string());
      path_ = path;
      return;
    }
    path_ = fs::absolute(wanted).string();
    std::error_code problem;
    fs::create_directories(path_, problem);
    if (problem) throw CommandFailure(exit_usage, "--folder " + wanted + ": " + problem.message());
    if (!fs::is_directory(path_, problem)) throw CommandFailure(exit_usage, "--folder " + wanted + " is no folder");
    const bool is_empty = fs::is_empty(path_, problem);
    if (problem) throw CommandFailure(exit_usage, "--folder " + wanted + ": " + problem.message());
    if (!is_empty)
      throw CommandFailure(exit_usage, "--folder " + wanted + " is not empty; the demo starts from nothing");
    fs::permissions(path_, fs::perms::owner_all, problem);
    if (problem) throw CommandFailure(exit_usage, "--folder " + wanted + ": " + problem.message());
  }
  ~Folder() {
    std::error_code ignored;
    if (temporary_ && !kept_) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  void keep() { kept_ = true; }

 private:
  bool temporary_;
  bool kept_ = false;
  std::string path_;
};

std::string padded(std::string text, std::size_t width, bool right = false) {
  const std::size_t length = width_of(text);
  if (length >= width) return text;
  const std::string blanks(width - length, ' ');
  return right ? blanks + text : text + blanks;
}

void print_head(const Console& console) {
  console.out << styled(console, Style::bold,
                        "    " + padded("STEP", title_width) + " HTTP  " + padded("LDAP HELD BEFORE", held_width) +
                            "  " + padded("AND AFTERWARDS", held_width) + "     MS  ALSO")
              << '\n';
}

void print_step(const Console& console, const StepReport& report) {
  const bool passed = report.problems.empty();
  console.out << styled(console, passed ? Style::good : Style::bad, passed ? "ok  " : "NO  ")
              << padded(printable(report.title), title_width) << "  " << report.status << "  "
              << padded(printable(report.before), held_width) << "  " << padded(printable(report.after), held_width)
              << " " << padded(std::to_string(report.ms), 6, true) << "  " << printable(report.note) << '\n';
  for (const std::string& problem : report.problems)
    console.out << "      " << styled(console, Style::bad, printable(problem)) << '\n';
  console.out << std::flush;
}

json to_json(const std::vector<StepReport>& reports) {
  json all = json::array();
  for (const StepReport& report : reports) {
    all.push_back({{"step", report.title},
                   {"status", report.status},
                   {"before", report.before},
                   {"after", report.after},
                   {"ms", report.ms},
                   {"note", report.note},
                   {"job", report.job},
                   {"passed", report.problems.empty()},
                   {"problems", report.problems}});
  }
  return all;
}

void print_suggestions(const Console& console, Stage& stage) {
  std::string group_id = "00g…";
  for (const json& group : stage.api().list("/api/v1/groups?limit=1000")) {
    if (text_at(group, {"profile", "name"}) == "engineering") group_id = text_at(group, {"id"});
  }
  std::string user_id = "00u…";
  for (const json& user : stage.api().list("/api/v1/users?limit=200&q=victor")) user_id = text_at(user, {"id"});
  const auto heading = [&](const char* text) { console.out << '\n' << styled(console, Style::bold, text) << '\n'; };

  heading("Everything is left running until Ctrl-C. In another terminal:");
  console.out << "  export DIRBRIDGE_HUB=" << stage.url() << " DIRBRIDGE_TOKEN_FILE=" << stage.token_file() << '\n'
              << "  alias dirbridge=" << Stage::program() << '\n'
              << "  dirbridge groups\n"
              << "  dirbridge group add engineering victor xenia\n"
              << "  dirbridge group members engineering\n"
              << "  dirbridge jobs\n"
              << "  dirbridge agents\n";
  heading("The same with curl, as an Okta client would:");
  console.out << "  curl -si " << stage.url() << "/api/v1/directories/" << stage.directory() << "/groups/modify \\\n"
              << "    -H \"Authorization: SSWS $(cat " << stage.token_file()
              << ")\" -H 'Content-Type: application/json' \\\n"
              << "    -d '{\"id\":\"" << group_id
              << "\",\"parameters\":{\"action\":\"ADD\",\"attribute\":\"member\",\"values\":[\"" << user_id
              << "\"]}}'\n";
  heading("What the directory itself says:");
  console.out << "  ldapsearch -Q -LLL -Y EXTERNAL -H " << stage.slapd().ldapi_url() << " -b "
              << stage.organisation().group("engineering").dn << " member entryCSN\n";
  heading("Break something, and look again:");
  console.out << "  kill -STOP " << stage.agent().pid() << "    # freeze the agent;  -CONT thaws it\n"
              << "  kill -STOP " << stage.slapd().pid() << "    # freeze slapd\n"
              << "  tail -f " << stage.hub_log() << ' ' << stage.agent_log() << '\n'
              << std::flush;
}

// Until Ctrl-C, or until one of the three has ended.
int keep_running(const Console& console, Stage& stage) {
  const auto ended = [&]() -> std::optional<std::pair<std::string, std::string>> {
    if (!stage.hub().is_running()) return std::pair{"hub", stage.hub_log()};
    if (!stage.agent().is_running()) return std::pair{"agent", stage.agent_log()};
    if (!stage.slapd().is_running()) return std::pair{"slapd", stage.slapd_log()};
    return std::nullopt;
  };
  while (!ended() && !is_interrupted()) std::this_thread::sleep_for(milliseconds{100});  // Ctrl-C ends the sleep
  // A terminal's Ctrl-C reaches the children too; then their end is no news.
  const auto gone = ended();
  if (is_interrupted()) {
    console.out << "\nStopping agent, hub and slapd.\n";
    return exit_done;
  }
  console.err << "dirbridge demo: the " << gone->first << " has ended; its log: " << gone->second << '\n';
  return exit_refused;
}

int tour(const Invocation& invocation, const Console& console, Folder& folder) {
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::to_string(std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin).count());
  };
  Stage stage{folder.path()};
  stage.start();
  if (!console.json) {
    console.out << "slapd, hub and agent are ready after " << elapsed() << " ms (" << folder.path() << ")\n\n";
    print_head(console);
  }
  const auto reports = run_tour(stage, [&](const StepReport& report) {
    if (!console.json) print_step(console, report);
  });
  const auto failed = std::ranges::count_if(reports, [](const StepReport& report) { return !report.problems.empty(); });
  if (failed) folder.keep();
  if (console.json) {
    console.out << to_json(reports).dump(2) << std::endl;
  } else {
    console.out << '\n'
                << styled(console, failed ? Style::bad : Style::good,
                          std::to_string(reports.size() - static_cast<std::size_t>(failed)) + " of " +
                              std::to_string(reports.size()) + " steps as they should be")
                << " (" << elapsed() << " ms)\n";
  }
  if (failed) console.err << "The logs are in " << folder.path() << '\n';
  if (!invocation.check) {
    if (!console.json) print_suggestions(console, stage);
    return keep_running(console, stage);
  }
  return failed ? exit_refused : exit_done;
}

int stopped(const Console& console) {
  console.err << "\ninterrupted\n";
  return 130;
}

}  // namespace

int run_demo(const Invocation& invocation) {
  // The children inherit this environment; settings of the user's own hub are not meant for them.
  for (const auto& [name, text] : program_environment()) ::unsetenv(name.c_str());
  catch_interrupts();
  const Console console = system_console(invocation.client.color, invocation.client.json);
  Folder folder{invocation.folder};
  try {
    return tour(invocation, console, folder);
  } catch (const Interrupted&) {
    return stopped(console);
  } catch (const CommandFailure&) {
    // Ctrl-C reaches the children too: what failed then failed because of it.
    if (is_interrupted()) return stopped(console);
    folder.keep();
    console.err << "The logs are in " << folder.path() << '\n';
    throw;
  }
}

}  // namespace dirbridge::app
