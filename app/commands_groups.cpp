// groups, users, and the changes of one group.
#include <chrono>

#include "app/commands.hpp"
#include "app/dry_run.hpp"
#include "app/names.hpp"
#include "base/text.hpp"

namespace dirbridge::app {
namespace {

// The hub answers by its own request_timeout; this bound is only for a hub that is gone.
constexpr milliseconds patience{15 * 60'000};

int list_groups(const Invocation& invocation, Api& api, const Console& console) {
  const std::string only = invocation.directory.empty() ? std::string{} : find_directory(api, invocation.directory).id;
  std::vector<json> groups;
  for (json& group : api.list("/api/v1/groups?limit=1000", only.empty() ? invocation.limit : 0)) {
    if (!only.empty() && to_group(group).directory != only) continue;
    if (invocation.limit != 0 && groups.size() == invocation.limit) break;
    groups.push_back(std::move(group));
  }
  if (console.json) {
    console.out << json(groups).dump(2) << '\n';
    return exit_done;
  }
  Table table{{"ID", "NAME", "ATTRIBUTE", "DN"}};
  for (const json& group : groups) {
    const GroupName name = to_group(group);
    table.add({name.id, name.name, name.attribute, name.dn});
  }
  table.print(console, "No groups; read them from the directory: dirbridge import");
  return exit_done;
}

void print_users(const std::vector<json>& users, const Console& console, std::string_view empty) {
  if (console.json) {
    console.out << json(users).dump(2) << '\n';
    return;
  }
  Table table{{"ID", "LOGIN", "NAME", "E-MAIL", "DN"}};
  for (const json& user : users) {
    std::string name = text_at(user, {"profile", "displayName"});
    if (name.empty()) name = text_at(user, {"profile", "firstName"}) + " " + text_at(user, {"profile", "lastName"});
    table.add({text_at(user, {"id"}), text_at(user, {"profile", "login"}), name, text_at(user, {"profile", "email"}),
               text_at(user, {"profile", "dn"})});
  }
  table.print(console, empty);
}

// A table or JSON, and the exit code: what this call came to.
int report(const net::HttpResponse& response, const std::string& job, std::chrono::milliseconds took,
           const std::string& done, const std::map<std::string, std::string>& names, const Console& console) {
  const Exit exit_code = response.status == 200 ? exit_done : response.status == 504 ? exit_unknown : exit_refused;
  if (console.json) {
    json out{{"status", response.status}, {"ms", took.count()}, {"job", job}};
    const json body = json::parse(response.body, nullptr, false);
    if (!body.is_discarded()) out["error"] = body;
    console.out << out.dump(2) << '\n';
    return exit_code;
  }
  if (exit_code == exit_done) {
    console.out << styled(console, Style::good, "done") << ": " << printable(done) << " (" << took.count() << " ms"
                << (job.empty() ? "" : ", job " + printable(job)) << ")\n";
    return exit_done;
  }
  std::string sentence = Api::explain(response, names);
  if (exit_code == exit_unknown) {
    sentence = "no word from the directory in time (504): it may or may not have happened; the truth: dirbridge job " +
               (job.empty() ? std::string{"ID"} : job);
  }
  throw CommandFailure(exit_code, sentence);
}

// Of a dry run that was not told: the same codes as the change itself, but nothing can have happened.
int dry_run(const net::HttpResponse& response, const std::string& what, const std::map<std::string, std::string>& names,
            const Console& console) {
  const json body = json::parse(response.body, nullptr, false);
  if (response.status == 200 && body.is_object()) return print_dry_run(body, what, names, console);
  const Exit exit_code = response.status == 504 || response.status == 503 ? exit_unknown : exit_refused;
  if (console.json) {
    json out{{"status", response.status}};
    if (!body.is_discarded()) out["error"] = body;
    console.out << out.dump(2) << '\n';
    return exit_code;
  }
  throw CommandFailure(exit_code, Api::explain(response, names) + "; nothing was changed: a dry run only reads");
}

int change_group(const Invocation& invocation, Api& api, const Console& console) {
  const bool add = invocation.command == Command::group_add;
  const GroupName group = find_group(api, invocation.name, invocation.directory);
  if (group.directory.empty() || group.attribute.empty()) {
    throw CommandFailure(exit_refused, "group \"" + invocation.name + "\" (" + group.id + ") is of no directory");
  }
  DirectoryName directory{group.directory, {}};
  bool by_login = false;
  for (const std::string& user : invocation.users) by_login = by_login || !looks_like_id(user, "00u");
  if (by_login) directory = find_directory(api, group.directory);
  std::vector<std::string> ids;
  std::map<std::string, std::string> names;
  for (const std::string& user : invocation.users) {
    const std::string id = find_user(api, user, directory);
    if (names.emplace(id, user).second) ids.push_back(id);  // one who is named twice is one user
  }

  const json body{
      {"id", group.id},
      {"parameters", {{"action", add ? "ADD" : "REMOVE"}, {"attribute", group.attribute}, {"values", ids}}}};
  const std::string count = ids.size() == 1 ? invocation.users.front() : std::to_string(ids.size()) + " users";
  if (invocation.dry_run) {
    const std::string what =
        count + (add ? " to be added to " : " to be removed from ") + group.name + " (" + group.attribute + ")";
    const net::HttpResponse told =
        api.call("POST", "/_dirbridge/v1/directories/" + group.directory + "/groups/preview", body.dump(), patience);
    return dry_run(told, what, names, console);
  }
  const auto start = std::chrono::steady_clock::now();
  const net::HttpResponse response =
      api.call("POST", "/api/v1/directories/" + group.directory + "/groups/modify", body.dump(), patience);
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
  std::string job;
  if (const auto header = response.headers.find("X-Dirbridge-Job"); header != response.headers.end())
    job = header->second;
  return report(response, job, took, count + (add ? " in " : " out of ") + group.name + " (" + group.attribute + ")",
                names, console);
}

}  // namespace

int run_group_command(const Invocation& invocation, Api& api, const Console& console) {
  switch (invocation.command) {
    case Command::groups: return list_groups(invocation, api, console);
    case Command::users: {
      const std::string query = invocation.name.empty() ? "" : "&q=" + percent_encode(invocation.name);
      print_users(api.list("/api/v1/users?limit=200" + query, invocation.limit), console,
                  "No users; read them from the directory: dirbridge import");
      return exit_done;
    }
    case Command::group_members: {
      const GroupName group = find_group(api, invocation.name, invocation.directory);
      print_users(api.list("/api/v1/groups/" + group.id + "/users?limit=1000"), console,
                  "No members that were imported as users.");
      return exit_done;
    }
    default: return change_group(invocation, api, console);
  }
}

}  // namespace dirbridge::app
