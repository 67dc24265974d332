// Okta's rate limits (contract B4): requests of one principal in one bucket within a window that begins with the first
// of them. Counted always, shown in X-Rate-Limit-*; whether one too many is refused is a setting. Pure.
#pragma once
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace dirbridge::hub {

enum class Bucket { api, groups, group, users, logs, oauth, own };
// Of a path without its query. `own` is what Okta has not: /healthz and /_dirbridge/…, never refused.
Bucket bucket_of(std::string_view path);

// The last published table: requests per minute by plan.
enum class Plan { integrator, one_app, enterprise, workforce };
inline constexpr std::array<std::string_view, 4> plan_names{"integrator", "one_app", "enterprise", "workforce"};
std::optional<Plan> to_plan(std::string_view name);
int published_limit(Plan plan, Bucket bucket);

struct RateSettings {
  std::string plan = "workforce";
  int limit = 0;  // in every bucket, instead of the plan's; 0: the plan's
  milliseconds window{60'000};
  bool enforce = false;
};

struct RateState {
  int limit = 0;
  int remaining = 0;  // after this request
  WallTime reset;     // when the window ends
  bool over = false;  // this request is one too many
};

class RateBook {
 public:
  static constexpr std::size_t max_windows = 8192;  // more principals: ended windows go first, then all

  explicit RateBook(const RateSettings& settings);
  RateState count(std::string_view who, Bucket bucket, WallTime now);
  std::size_t size() const { return windows_.size(); }

 private:
  struct Window {
    WallTime ends;
    int used = 0;
  };
  void make_room(WallTime now);

  RateSettings settings_;
  Plan plan_;
  std::map<std::pair<std::string, Bucket>, Window> windows_;
};

// X-Rate-Limit-Reset: seconds since 1970, rounded up, so that who waits until then finds the window ended.
long long reset_seconds(WallTime reset);

}  // namespace dirbridge::hub
