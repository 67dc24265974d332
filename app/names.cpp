#include "app/names.hpp"

#include <algorithm>
#include <cctype>

#include "base/fold_case.hpp"
#include "base/text.hpp"

namespace dirbridge::app {
namespace {

constexpr std::size_t max_candidates = 10;

[[noreturn]] void ambiguous(const std::string& what, const std::vector<std::string>& candidates) {
  std::string sentence = what + " is ambiguous; use one of the ids:";
  for (std::size_t i = 0; i < candidates.size() && i < max_candidates; ++i) sentence += "\n  " + candidates[i];
  if (candidates.size() > max_candidates) {
    sentence += "\n  and " + std::to_string(candidates.size() - max_candidates) + " more";
  }
  throw CommandFailure(exit_refused, sentence);
}

// Only "404 not found" means that there is none; everything else is a failure of its own.
std::optional<json> get_if_found(Api& api, const std::string& target) {
  const net::HttpResponse response = api.call("GET", target);
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) throw CommandFailure(exit_refused, Api::explain(response));
  json parsed = json::parse(response.body, nullptr, false);
  if (!parsed.is_object())
    throw CommandFailure(exit_refused, "the hub answered GET " + target + " with something else than an object");
  return parsed;
}

// As the hub compares them: whatever the case, and however the letters are composed.
bool is_same_name(std::string_view a, std::string_view b) { return fold_case(a) == fold_case(b); }

// The literal of a filter.
std::string quoted(const std::string& text) { return json(text).dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

bool looks_like_id(std::string_view text, std::string_view prefix) {
  return text.size() == 20 && text.starts_with(prefix) &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0; });
}

DirectoryName find_directory(Api& api, const std::string& wanted) {
  std::vector<DirectoryName> found;
  std::vector<std::string> shown;
  for (const json& directory : api.list("/_dirbridge/v1/directories")) {
    DirectoryName candidate{text_at(directory, {"id"}), text_at(directory, {"name"})};
    if (!wanted.empty() && candidate.id != wanted && candidate.name != wanted) continue;
    shown.push_back(candidate.id + "  " + candidate.name);
    found.push_back(std::move(candidate));
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) ambiguous(wanted.empty() ? "which directory is meant" : "directory \"" + wanted + "\"", shown);
  if (wanted.empty())
    throw CommandFailure(exit_refused, "the hub has no directory yet; make one: dirbridge directory create NAME");
  throw CommandFailure(exit_refused, "there is no directory \"" + wanted + "\"; see `dirbridge directory list`");
}

GroupName to_group(const json& group) {
  GroupName name{.id = text_at(group, {"id"}),
                 .name = text_at(group, {"profile", "name"}),
                 .dn = text_at(group, {"profile", "dn"}),
                 .attribute = text_at(group, {"profile", "memberAttribute"}),
                 .directory = text_at(group, {"_links", "source", "href"})};
  name.directory.erase(0, name.directory.rfind('/') + 1);  // …/api/v1/apps/0oa…
  return name;
}

GroupName find_group(Api& api, const std::string& wanted, const std::string& directory) {
  if (looks_like_id(wanted, "00g")) {
    if (const auto group = get_if_found(api, "/api/v1/groups/" + wanted)) return to_group(*group);
  }
  const std::string only = directory.empty() ? std::string{} : find_directory(api, directory).id;
  std::vector<GroupName> exact;
  std::vector<std::string> shown;
  std::vector<std::string> near;
  for (const json& group : api.list("/api/v1/groups?limit=1000&q=" + percent_encode(wanted))) {
    GroupName candidate = to_group(group);
    if (!only.empty() && candidate.directory != only) continue;
    if (is_same_name(candidate.name, wanted)) {
      shown.push_back(candidate.id + "  " + candidate.name + "  " + candidate.dn);
      exact.push_back(std::move(candidate));
    } else if (near.size() < 3) {
      near.push_back("\"" + candidate.name + "\"");
    }
  }
  if (exact.size() == 1) return exact.front();
  if (exact.size() > 1) ambiguous("group \"" + wanted + "\"", shown);
  std::string sentence = "there is no group \"" + wanted + "\"";
  for (std::size_t i = 0; i < near.size(); ++i) sentence += (i ? ", " : "; names that start so: ") + near[i];
  throw CommandFailure(exit_refused,
                       sentence + "; see `dirbridge groups`, or import again if it is new: dirbridge import");
}

std::string find_user(Api& api, const std::string& wanted, const DirectoryName& directory) {
  if (looks_like_id(wanted, "00u")) return wanted;  // the hub says 404 if it is none
  std::vector<std::string> ids;
  std::vector<std::string> shown;
  const auto is_elsewhere = [&](const json& user) {
    const std::string provider = text_at(user, {"credentials", "provider", "name"});
    return !provider.empty() && !directory.name.empty() && provider != directory.name;
  };
  // By the index of logins: a change of thousands of users asks for each.
  for (const json& user : api.list("/api/v1/users?search=" + percent_encode("profile.login eq " + quoted(wanted)))) {
    if (is_elsewhere(user)) continue;
    ids.push_back(text_at(user, {"id"}));
    shown.push_back(ids.back() + "  " + text_at(user, {"profile", "login"}) + "  " + text_at(user, {"profile", "dn"}));
  }
  if (ids.size() == 1) return ids.front();
  if (ids.size() > 1) ambiguous("user \"" + wanted + "\"", shown);
  std::vector<std::string> near;
  for (const json& user : api.list("/api/v1/users?limit=200&q=" + percent_encode(wanted)))
    if (!is_elsewhere(user) && near.size() < 3) near.push_back(text_at(user, {"profile", "login"}));
  std::string sentence = "there is no user \"" + wanted + "\" in directory " + directory.name;
  for (std::size_t i = 0; i < near.size(); ++i) sentence += (i ? ", " : "; logins that start so: ") + near[i];
  throw CommandFailure(exit_refused, sentence + "; see `dirbridge users`");
}

}  // namespace dirbridge::app
