#include "hub/http/rate_limits.hpp"

#include <algorithm>

namespace dirbridge::hub {

Bucket bucket_of(std::string_view path) {
  if (path.starts_with("/oauth2/")) return Bucket::oauth;
  if (path.starts_with("/_dirbridge/") || path == "/healthz" || path == "/readyz") return Bucket::own;
  if (path == "/api/v1/groups") return Bucket::groups;
  if (path == "/api/v1/users") return Bucket::users;
  if (path == "/api/v1/logs") return Bucket::logs;
  constexpr std::string_view one_group = "/api/v1/groups/";
  if (path.starts_with(one_group) && path.find('/', one_group.size()) == path.npos) return Bucket::group;
  return Bucket::api;
}

std::optional<Plan> to_plan(std::string_view name) {
  const auto found = std::ranges::find(plan_names, name);
  if (found == plan_names.end()) return std::nullopt;
  return static_cast<Plan>(found - plan_names.begin());
}

int published_limit(Plan plan, Bucket bucket) {
  // Nothing is published of the authorization server's bucket: it has the figure of the rest of the API.
  constexpr std::array<int, 4> rest{100, 600, 600, 1200};
  constexpr std::array<int, 4> groups{100, 600, 600, 500};
  constexpr std::array<int, 4> group{100, 600, 600, 1000};
  constexpr std::array<int, 4> users{100, 600, 600, 600};
  constexpr std::array<int, 4> logs{20, 50, 50, 120};
  const auto column = static_cast<std::size_t>(plan);
  switch (bucket) {
    case Bucket::groups: return groups[column];
    case Bucket::group: return group[column];
    case Bucket::users: return users[column];
    case Bucket::logs: return logs[column];
    case Bucket::api:
    case Bucket::oauth:
    case Bucket::own: break;
  }
  return rest[column];
}

RateBook::RateBook(const RateSettings& settings)
    : settings_(settings), plan_(to_plan(settings.plan).value_or(Plan::workforce)) {}

RateState RateBook::count(std::string_view who, Bucket bucket, WallTime now) {
  if (windows_.size() >= max_windows) make_room(now);
  auto& window = windows_[{std::string{who}, bucket}];
  if (window.ends <= now) window = {now + settings_.window, 0};
  const int limit = settings_.limit > 0 ? settings_.limit : published_limit(plan_, bucket);
  const bool over = window.used >= limit;
  if (!over) ++window.used;
  return {limit, limit - window.used, window.ends, over};
}

void RateBook::make_room(WallTime now) {
  std::erase_if(windows_, [&](const auto& one) { return one.second.ends <= now; });
  if (windows_.size() >= max_windows) windows_.clear();
}

long long reset_seconds(WallTime reset) {
  return std::chrono::ceil<std::chrono::seconds>(reset.time_since_epoch()).count();
}

}  // namespace dirbridge::hub
