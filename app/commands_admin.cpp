// directory, agent enrol-code, agents, token: what an operator sets up before the first change.
#include "app/commands.hpp"
#include "app/names.hpp"
#include "base/text.hpp"

namespace dirbridge::app {
namespace {

// A secret that is shown once, the text at `key` of what the hub answered: to a file of mode 0600, or on standard
// output alone so that a shell can catch it. With --json what else was answered is shown, the secret only if there is
// no file.
void hand_over(json answer, const char* key, const Invocation& invocation, const Console& console) {
  const auto secret = text_at(answer, {key});
  if (!invocation.out_file.empty()) answer.erase(key);
  if (console.json) {
    console.out << answer.dump(2) << '\n';
  } else if (invocation.out_file.empty()) {
    console.out << printable(secret) << '\n';
  }
  if (invocation.out_file.empty()) return;
  if (const auto written = write_file(invocation.out_file, secret + "\n", 0600); !written) {
    throw CommandFailure(exit_refused,
                         "made it, but cannot write it down: " + written.error().message() + "; make another one");
  }
  console.err << "written to " << invocation.out_file << '\n';
}

int list_directories(Api& api, const Console& console) {
  const auto directories = api.list("/_dirbridge/v1/directories");
  if (console.json) {
    console.out << json(directories).dump(2) << '\n';
    return exit_done;
  }
  Table table{{"ID", "NAME", "USERS", "GROUPS", "AGENTS", "IMPORTED"}};
  for (const std::size_t column : {2u, 3u, 4u}) table.align_right(column);
  for (const json& directory : directories) {
    const std::string agents = text_at(directory, {"agents_connected"});
    const std::string imported = short_time(text_at(directory, {"imported"}));
    table.add({text_at(directory, {"id"}), text_at(directory, {"name"}), text_at(directory, {"users"}),
               text_at(directory, {"groups"}), Cell{agents, agents == "0" ? Style::bad : Style::plain},
               imported.empty() ? Cell{"never", Style::doubtful} : Cell{imported}});
  }
  table.print(console, "No directory yet; make one: dirbridge directory create NAME");
  return exit_done;
}

int list_agents(const Invocation& invocation, Api& api, const Console& console) {
  std::string target = "/_dirbridge/v1/agents";
  if (!invocation.directory.empty()) target += "?directory=" + find_directory(api, invocation.directory).id;
  const auto agents = api.list(target);
  if (console.json) {
    console.out << json(agents).dump(2) << '\n';
    return exit_done;
  }
  Table table{{"ID", "NAME", "DIRECTORY", "LINK", "SINCE", "LDAP", "DETAIL"}};
  for (const json& agent : agents) {
    const bool connected = text_at(agent, {"connected"}) == "true";
    const bool revoked = text_at(agent, {"revoked"}) == "true";
    const std::string state = text_at(agent, {"directory_state"});
    table.add({text_at(agent, {"id"}), text_at(agent, {"name"}), text_at(agent, {"directory"}),
               Cell{revoked     ? "revoked"
                    : connected ? "connected"
                                : "away",
                    connected ? Style::good : Style::bad},
               short_time(text_at(agent, {"connected_since"})),
               Cell{state, state == "unhealthy" ? Style::bad : Style::plain}, text_at(agent, {"directory_detail"})});
  }
  table.print(console, "No agent yet; make a code for one: dirbridge agent enrol-code DIRECTORY");
  return exit_done;
}

}  // namespace

int run_directory_command(const Invocation& invocation, Api& api, const Console& console) {
  if (invocation.command == Command::directory_list) return list_directories(api, console);
  if (invocation.command == Command::agents) return list_agents(invocation, api, console);
  if (invocation.command == Command::directory_create) {
    const json directory = api.post("/_dirbridge/v1/directories", {{"name", invocation.name}});
    if (console.json) {
      console.out << directory.dump(2) << '\n';
    } else {
      console.out << printable(text_at(directory, {"id"})) << '\n';
      console.err << "Directory \"" << printable(invocation.name)
                  << "\" is there; enrol an agent for it: dirbridge agent enrol-code "
                  << printable(text_at(directory, {"id"})) << '\n';
    }
    return exit_done;
  }
  const DirectoryName directory = find_directory(api, invocation.directory);
  const json code = api.post("/_dirbridge/v1/directories/" + directory.id + "/enrol-codes", json::object());
  hand_over(code, "code", invocation, console);
  if (console.json) return exit_done;
  console.err << "Usable once, until " << printable(short_time(text_at(code, {"expires"})))
              << " UTC: give it to the agent as DIRBRIDGE_AGENT_ENROL_CODE or with --enrol-code-file\n";
  return exit_done;
}

int run_token_command(const Invocation& invocation, Api& api, const Console& console) {
  if (invocation.command == Command::token_revoke) {
    api.remove("/_dirbridge/v1/tokens/" + percent_encode(invocation.name));
    if (console.json) {
      console.out << json{{"id", invocation.name}, {"revoked", true}}.dump(2) << '\n';
    } else {
      console.out << "Token " << printable(invocation.name) << " is revoked\n";
    }
    return exit_done;
  }
  if (invocation.command == Command::token_create) {
    const json token = api.post("/_dirbridge/v1/tokens", {{"name", invocation.name}, {"scopes", invocation.scopes}});
    hand_over(token, "token", invocation, console);
    if (console.json) return exit_done;
    console.err << "Token " << printable(text_at(token, {"id"})) << "; it is not shown again\n";
    return exit_done;
  }
  const auto tokens = api.list("/_dirbridge/v1/tokens");
  if (console.json) {
    console.out << json(tokens).dump(2) << '\n';
    return exit_done;
  }
  Table table{{"ID", "NAME", "CREATED", "STATE", "SCOPES"}};
  for (const json& token : tokens) {
    std::string scopes;
    if (token.contains("scopes") && token["scopes"].is_array()) {
      for (const json& scope : token["scopes"]) {
        if (scope.is_string()) scopes += (scopes.empty() ? "" : " ") + scope.get<std::string>();
      }
    }
    const bool revoked = text_at(token, {"revoked"}) == "true";
    table.add({text_at(token, {"id"}), text_at(token, {"name"}), short_time(text_at(token, {"created"})),
               Cell{revoked ? "revoked" : "valid", revoked ? Style::dim : Style::good}, scopes});
  }
  table.print(console, "No token.");
  return exit_done;
}

}  // namespace dirbridge::app
