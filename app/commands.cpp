#include "app/commands.hpp"

#include "ledger/ledger.hpp"

#include <filesystem>

namespace dirbridge::app {

int run_client_command(const Invocation& invocation, Http& http, Secret token, const Console& console) {
  Api api{http, std::move(token), invocation.client.hub};
  switch (invocation.command) {
    case Command::directory_create:
    case Command::directory_list:
    case Command::agent_enrol_code:
    case Command::agents: return run_directory_command(invocation, api, console);
    case Command::token_create:
    case Command::token_list:
    case Command::token_revoke: return run_token_command(invocation, api, console);
    case Command::app_create:
    case Command::app_list:
    case Command::app_rotate_key:
    case Command::app_revoke: return run_app_command(invocation, api, console);
    case Command::groups:
    case Command::group_members:
    case Command::group_add:
    case Command::group_remove:
    case Command::users: return run_group_command(invocation, api, console);
    case Command::jobs:
    case Command::job: return run_job_command(invocation, api, console);
    case Command::import: return run_import(invocation, api, console);
    default: break;
  }
  throw std::logic_error("not a client command");
}

int verify_ledger(const std::string& path, const Console& console) {
  const bool is_folder = std::filesystem::is_directory(path);
  const std::string file = is_folder ? (std::filesystem::path{path} / "ledger.sqlite").string() : path;
  const auto verification = ledger::verify_sqlite_ledger(file);
  if (!verification) {
    const std::string words = verification.error().message();
    throw CommandFailure(exit_refused, words.starts_with(file) ? words : file + ": " + words);
  }
  const bool equal = verification->differences.empty();
  if (console.json) {
    console.out << json{{"path", file},
                        {"records", verification->records},
                        {"rows", verification->rows},
                        {"differences", verification->differences}}
                       .dump(2)
                << '\n';
    return equal ? exit_done : exit_refused;
  }
  console.out << printable(file) << ": " << verification->records << " records, " << verification->rows
              << " rows in the views: "
              << styled(console, equal ? Style::good : Style::bad, equal ? "they agree" : "they differ") << '\n';
  for (const std::string& difference : verification->differences) console.out << "  " << printable(difference) << '\n';
  return equal ? exit_done : exit_refused;
}

std::string short_time(const std::string& iso8601) {
  if (iso8601.size() != 24 || iso8601[10] != 'T' || iso8601.back() != 'Z') return iso8601;
  return iso8601.substr(0, 10) + " " + iso8601.substr(11, 8);
}

Style style_of(std::string_view disposition) {
  if (disposition == "applied" || disposition == "applied_late" || disposition == "already") return Style::good;
  if (disposition == "refused" || disposition == "refused_late" || disposition == "parked") return Style::bad;
  return Style::doubtful;
}

Exit exit_of(std::string_view disposition) {
  if (disposition == "applied" || disposition == "applied_late") return exit_done;
  if (disposition == "open") return exit_unknown;
  return exit_refused;
}

}  // namespace dirbridge::app
