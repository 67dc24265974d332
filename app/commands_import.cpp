// import: asks an agent to read the directory, and waits until the hub has applied it.
#include "app/commands.hpp"
#include "app/names.hpp"

namespace dirbridge::app {
namespace {

std::string counted(const json& import) {
  return printable(text_at(import, {"users"}) + " users, " + text_at(import, {"groups"}) + " groups");
}

}  // namespace

int run_import(const Invocation& invocation, Api& api, const Console& console) {
  const DirectoryName directory = find_directory(api, invocation.directory);
  const json started = api.post("/_dirbridge/v1/directories/" + directory.id + "/imports", json::object());
  const std::string target = "/_dirbridge/v1/imports/" + text_at(started, {"id"});
  // A person watching wants to see it move; a script wants few requests.
  const std::string wait = console.err_terminal && !console.json ? "?wait_ms=250" : "?wait_ms=10000";
  json import = started;
  while (text_at(import, {"state"}) == "running") {
    if (console.err_terminal && !console.json) {
      console.err << "\r\033[K"
                  << "reading " << printable(directory.name) << ": " << counted(import) << std::flush;
    }
    import = api.get(target + wait);
  }
  if (console.err_terminal && !console.json) console.err << "\r\033[K";
  const bool applied = text_at(import, {"state"}) == "applied";
  if (console.json) {
    console.out << import.dump(2) << '\n';
    return applied ? exit_done : exit_refused;
  }
  if (!applied) {
    throw CommandFailure(exit_refused, "the import of " + directory.name + " was not applied: " +
                                           text_at(import, {"reason"}) + "; what the hub knew before is unchanged");
  }
  console.out << styled(console, Style::good, "imported") << " " << printable(directory.name) << ": " << counted(import)
              << '\n';
  return exit_done;
}

}  // namespace dirbridge::app
