// jobs and job: what was asked, what was answered, and what is true now.
#include "app/commands.hpp"
#include "app/names.hpp"
#include "base/text.hpp"

namespace dirbridge::app {
namespace {

constexpr std::size_t page = 500;
constexpr std::size_t default_limit = 50;
constexpr std::size_t shown_members = 100;  // of one job; --json has them all

std::size_t size_at(const json& job, std::string_view key) {
  const auto found = job.find(key);
  return found != job.end() && found->is_array() ? found->size() : 0;
}

std::string state_of(const json& job) {
  const std::string disposition = text_at(job, {"disposition"});
  return disposition == "open" ? text_at(job, {"state"}) : disposition;
}

int list_jobs(const Invocation& invocation, Api& api, const Console& console) {
  const std::size_t limit = invocation.limit ? invocation.limit : default_limit;
  std::string query = invocation.open_only ? "&state=open" : "";
  if (!invocation.directory.empty()) query += "&directory=" + find_directory(api, invocation.directory).id;
  std::vector<json> jobs;
  std::string before;
  while (jobs.size() < limit) {
    const std::size_t wanted = std::min(page, limit - jobs.size());
    const json part = api.get("/_dirbridge/v1/jobs?limit=" + std::to_string(wanted) + query +
                              (before.empty() ? "" : "&before=" + percent_encode(before)));
    if (!part.is_array()) throw CommandFailure(exit_refused, "the hub answered with something that is no list of jobs");
    jobs.insert(jobs.end(), part.begin(), part.end());
    if (part.size() < wanted) break;
    before = text_at(jobs.back(), {"id"});
  }
  if (console.json) {
    console.out << json(jobs).dump(2) << '\n';
    return exit_done;
  }
  Table table{{"ID", "ACCEPTED (UTC)", "ACTION", "VALUES", "GROUP", "ANSWER", "OUTCOME"}};
  table.align_right(3);
  for (const json& job : jobs) {
    table.add({text_at(job, {"id"}), short_time(text_at(job, {"accepted"})), text_at(job, {"action"}),
               std::to_string(size_at(job, "members")), text_at(job, {"group", "dn"}), text_at(job, {"answer"}),
               Cell{state_of(job), style_of(text_at(job, {"disposition"}))}});
  }
  table.print(console, invocation.open_only ? "No open jobs." : "No jobs yet.");
  return exit_done;
}

void print_line(const Console& console, std::string_view name, const std::string& text, Style style = Style::plain) {
  if (text.empty()) return;
  std::string label{name};
  label.resize(12, ' ');
  console.out << styled(console, Style::dim, label) << styled(console, style, printable(text)) << '\n';
}

void print_members(const json& job, const Console& console) {
  console.out << '\n';
  Table table{{"USER", "VERDICT", "EVIDENCE", "DN", "THE DIRECTORY'S WORDS"}};
  std::size_t shown = 0;
  std::string before;
  for (const json& member : job["members"]) {
    if (++shown > shown_members) break;
    const std::string verdict = text_at(member, {"verdict"});
    std::string words = text_at(member, {"code"});
    for (const std::string_view key : {"diagnostic", "advice"}) {
      const std::string text = text_at(member, {key});
      if (!text.empty()) words += (words.empty() ? "" : ": ") + text;
    }
    // A whole request is mostly refused for one reason, and the advice is long.
    const bool repeated = words == before && words.size() > 40;
    before = words;
    if (repeated) words = "as above";
    const Style style = verdict == "applied" || verdict == "already" ? Style::good
                        : verdict == "refused"                       ? Style::bad
                                                                     : Style::doubtful;
    table.add({text_at(member, {"id"}), Cell{verdict.empty() ? "-" : verdict, style}, text_at(member, {"evidence"}),
               text_at(member, {"dn"}), words});
  }
  table.print(console);
  if (size_at(job, "members") > shown_members) {
    console.out << "… and " << size_at(job, "members") - shown_members << " more; all of them with --json\n";
  }
}

int show_job(const Invocation& invocation, Api& api, const Console& console) {
  const json job = api.get("/_dirbridge/v1/jobs/" + percent_encode(invocation.name));
  const std::string disposition = text_at(job, {"disposition"});
  if (console.json) {
    console.out << job.dump(2) << '\n';
    return exit_of(disposition);
  }
  const std::string state = state_of(job);
  console.out << styled(console, Style::bold, "Job " + printable(text_at(job, {"id"}))) << ": "
              << styled(console, style_of(disposition), printable(state)) << '\n'
              << printable(text_at(job, {"explanation"})) << "\n\n";
  print_line(console, "asked",
             text_at(job, {"action"}) + " " + std::to_string(size_at(job, "members")) + " of " +
                 text_at(job, {"attribute"}) + " in " + text_at(job, {"group", "dn"}));
  print_line(console, "answered", text_at(job, {"answer"}));
  print_line(console, "accepted", text_at(job, {"accepted"}));
  print_line(console, "deadline", text_at(job, {"deadline"}));
  print_line(console, "closed", text_at(job, {"closed"}));
  print_line(console, "agent", text_at(job, {"agent"}));
  print_line(console, "sent", text_at(job, {"operation"}));
  if (size_at(job, "requests") > 0) {
    for (const json& request : job["requests"]) {
      if (request.is_string()) print_line(console, "request", request.get<std::string>());
    }
  }
  if (size_at(job, "members") > 0) print_members(job, console);
  if (size_at(job, "story") > 0) {
    console.out << '\n';
    Table story{{"TIME (UTC)", "WHAT HAPPENED"}};
    for (const json& event : job["story"]) story.add({text_at(event, {"at"}), text_at(event, {"what"})});
    story.print(console);
  }
  if (size_at(job, "evidence") > 0) {
    console.out << '\n';
    Table evidence{{"LATER REPORT", "LEASE", "BY", "VERDICT"}};
    for (const json& late : job["evidence"]) {
      evidence.add(
          {text_at(late, {"status"}), text_at(late, {"lease"}), text_at(late, {"agent"}), text_at(late, {"verdict"})});
    }
    evidence.print(console);
  }
  return exit_of(disposition);
}

}  // namespace

int run_job_command(const Invocation& invocation, Api& api, const Console& console) {
  return invocation.command == Command::jobs ? list_jobs(invocation, api, console) : show_job(invocation, api, console);
}

}  // namespace dirbridge::app
