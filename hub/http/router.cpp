#include "hub/http/router.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "hub/http/okta_paths.hpp"

namespace dirbridge::hub {
namespace {

std::optional<std::vector<std::string>> segments_of(std::string_view path) {
  if (path.empty() || path.front() != '/') return std::nullopt;
  std::vector<std::string> segments;
  for (const auto part : split(path.substr(1), '/')) {
    auto decoded = percent_decode(part);
    if (!decoded || !is_utf8(*decoded)) return std::nullopt;
    segments.push_back(std::move(*decoded));
  }
  return segments;
}

bool is_placeholder(std::string_view segment) { return segment.size() > 2 && segment.front() == '{'; }

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, std::string_view scope, Endpoint endpoint,
                 Refused refused) {
  std::vector<std::string> segments;
  for (const auto part : split(pattern.substr(1), '/')) segments.emplace_back(part);
  const auto literals = segments.size() - static_cast<std::size_t>(std::ranges::count_if(segments, is_placeholder));
  routes_.push_back({std::string{method}, std::move(segments), literals, std::string{scope}, std::move(endpoint),
                     std::move(refused)});
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  const auto segments = segments_of(path);
  Match match{};
  match.kind = Match::Kind::no_path;
  if (!segments) return match;
  std::size_t literals = 0;  // of the pattern that fits best
  const auto wanted = method == "HEAD" ? std::string_view{"GET"} : method;
  for (const auto& route : routes_) {
    if (route.segments.size() != segments->size()) continue;
    std::map<std::string, std::string> values;
    bool same = true;
    for (std::size_t i = 0; same && i < segments->size(); ++i) {
      const auto& pattern = route.segments[i];
      if (is_placeholder(pattern)) {
        same = !(*segments)[i].empty();
        values[pattern.substr(1, pattern.size() - 2)] = (*segments)[i];
      } else {
        same = pattern == (*segments)[i];
      }
    }
    if (!same) continue;
    literals = std::max(literals, route.literals);
    if (match.kind == Match::Kind::found) continue;
    if (route.method == wanted) {
      match = {Match::Kind::found, &route.endpoint, &route.refused, route.scope, std::move(values), {}, false, {}};
      continue;
    }
    match.is_open = route.scope.empty() && (match.is_open || match.kind == Match::Kind::no_path);
    match.kind = Match::Kind::no_method;
    match.allow += (match.allow.empty() ? "" : ", ") + route.method + (route.method == "GET" ? ", HEAD" : "");
  }
  // A path without placeholders is nobody else's.
  if (literals == segments->size()) return match;
  const auto okta = find_okta_path(*segments);
  if (!okta || (match.kind != Match::Kind::no_path && okta->literals <= literals)) return match;
  match = {};
  match.kind = Match::Kind::not_served;
  match.okta_path = okta->text;
  return match;
}

}  // namespace dirbridge::hub
