#include "app/program.hpp"

#include <cerrno>
#include <csignal>
#include <iostream>

#include "app/commands.hpp"
#include "app/commands_doctor.hpp"
#include "app/commands_tls.hpp"
#include "app/service_loop.hpp"
#include "app/service_settings.hpp"
#include "base/log.hpp"

namespace dirbridge::app {
namespace {

int run_service_command(const Invocation& invocation) {
  const Role role = invocation.command == Command::hub ? Role::hub : Role::agent;
  const std::string who = role == Role::hub ? "dirbridge hub: " : "dirbridge agent: ";
  ProblemList problems;
  const Settings settings = load_settings({.config = invocation.config_file, .okta = invocation.okta_conf},
                                          invocation.settings, role, problems);
  // What is shown may be incomplete: that is what it is looked at for.
  if (!invocation.print_config) check_service(settings, role, problems);
  if (const auto verdict = problems.verdict(); !verdict) {
    std::cerr << who << "the configuration is wrong\n";
    print_lines(std::cerr, {}, verdict.error().detail);
    return exit_usage;
  }
  if (invocation.print_config) {
    std::cout << settings.print(role);
    return exit_done;
  }
  if (const auto opened = open_log(settings); !opened) {
    print_lines(std::cerr, who, opened.error().message());
    return exit_usage;
  }
  for (const std::string& line : settings.unused()) log::warn("config.unused", {{"reason", line}});
  return role == Role::hub ? run_hub(invocation, settings) : run_agent(invocation, settings);
}

int run(const Invocation& invocation) {
  switch (invocation.command) {
    case Command::hub:
    case Command::agent: return run_service_command(invocation);
    case Command::demo: return run_demo(invocation);
    case Command::version: std::cout << version_text() << '\n'; return exit_done;
    case Command::settings_reference: std::cout << to_markdown(); return exit_done;
    default: break;
  }
  const Console console = system_console(invocation.client.color, invocation.client.json);
  if (invocation.command == Command::ledger_verify) return verify_ledger(invocation.name, console);
  if (invocation.command == Command::tls_init) return run_tls_init(invocation, console);
  if (invocation.command == Command::doctor) return run_doctor(invocation, console);
  Secret token = load_token(invocation.client);
  const auto http = make_http(invocation.client.hub, invocation.client.ca_file);
  return run_client_command(invocation, *http, std::move(token), console);
}

}  // namespace

std::string version_text() { return "dirbridge " DIRBRIDGE_VERSION; }

int run_program(const std::vector<std::string>& arguments) {
  // A reader that went away (`dirbridge jobs | head`) is an error of that write, not the end of a hub.
  std::signal(SIGPIPE, SIG_IGN);
  auto parsed = parse_command_line(arguments, program_environment());
  if (const auto* answered = std::get_if<Answered>(&parsed)) {
    (answered->exit_code == 0 ? std::cout : std::cerr) << answered->text;
    return answered->exit_code;
  }
  try {
    const int code = run(std::get<Invocation>(parsed));
    std::cout.flush();
    if (std::cout || code != exit_done) return code;
    // Who went away before the end (`dirbridge jobs | head`) has what he wanted.
    if (errno != EPIPE) std::cerr << "dirbridge: standard output could not be written: what it was to say is lost\n";
    return exit_refused;
  } catch (const CommandFailure& failure) {
    print_lines(std::cerr, "dirbridge: ", failure.what());
    return failure.code;
  } catch (const std::exception& bug) {
    print_lines(std::cerr, "dirbridge: internal error: ", bug.what());
    return exit_refused;
  }
}

}  // namespace dirbridge::app
