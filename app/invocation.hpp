// What a person asked for on the command line, as a value. CLI11 stays in command_line.cpp.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/settings.hpp"

namespace dirbridge::app {

enum class Command {
  hub,
  agent,
  demo,
  directory_create,
  directory_list,
  agent_enrol_code,
  token_create,
  token_list,
  token_revoke,
  app_create,
  app_list,
  app_rotate_key,
  app_revoke,
  groups,
  group_members,
  group_add,
  group_remove,
  users,
  jobs,
  job,
  import,
  agents,
  ledger_verify,
  tls_init,
  doctor,
  settings_reference,
  version,
};

// Exit codes of every command.
enum Exit : int {
  exit_done = 0,     // the directory did it, or what was asked is shown
  exit_refused = 1,  // refused, failed, not found or ambiguous: the hub was asked, and nothing was done
  exit_usage = 2,    // the command line or the configuration is wrong: nothing was asked
  exit_unknown = 3,  // no answer in time: it may still happen; `dirbridge job ID` knows
  exit_warned = 4,   // doctor: warnings, and no problem
};

// Of the client commands.
struct ClientOptions {
  std::string hub = "http://127.0.0.1:8080";
  std::string token_file;
  std::string ca_file;
  bool json = false;
  bool color = true;
};

struct Invocation {
  Command command = Command::version;
  ClientOptions client;

  // hub, agent
  std::string config_file;
  std::string okta_conf;  // of the agent
  std::vector<FlagValue> settings;
  bool print_config = false;
  bool print_ready = false;
  std::optional<int> ready_fd;

  // client commands
  std::string name;  // directory, group, token, job, path: the command's one object
  std::vector<std::string> users;
  std::vector<std::string> scopes;
  std::string directory;         // --directory, or the argument of import and enrol-code
  std::string out_file;          // token create, enrol-code: write the secret there instead of showing it
  std::string key_type = "rsa";  // app: rsa (RSA-2048) or ec (P-256)
  bool dpop = false;             // app create: tokens are bound to the key
  bool keep_old = false;         // app rotate-key: the keys before stay good for a day
  bool open_only = false;
  bool dry_run = false;  // group add, remove: only say what would be done
  std::size_t limit = 0;

  // tls init
  std::vector<std::string> hosts;
  bool force = false;

  // demo; tls init: where the files go
  bool check = false;
  std::string folder;
};

// The command line is answered already: --help, --version, or a mistake.
struct Answered {
  int exit_code = 0;
  std::string text;
};

// `environment` gives DIRBRIDGE_HUB, DIRBRIDGE_TOKEN_FILE, DIRBRIDGE_CA and DIRBRIDGE_CONFIG. Secrets offered as
// arguments are refused with the remedy.
std::variant<Invocation, Answered> parse_command_line(const std::vector<std::string>& arguments,
                                                      const std::map<std::string, std::string>& environment);

}  // namespace dirbridge::app
