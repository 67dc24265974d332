#include "hub/object_time.hpp"

#include <cstdio>

namespace dirbridge::hub {

std::optional<WallTime> from_iso8601(std::string_view text) {
  const std::string copy{text};
  // sscanf would pass over blanks before a number, and take a sign.
  constexpr std::size_t without_zone = 19;
  if (copy.substr(0, without_zone).find_first_of(" \t\n\v\f\r+") != std::string::npos) return std::nullopt;
  int year = 0, hour = 0, minute = 0, second = 0, used = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &used) != 3 || used != 10) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok() || year < 1970) return std::nullopt;
  auto time = std::chrono::time_point_cast<milliseconds>(std::chrono::sys_days{date});
  auto rest = std::string_view{copy}.substr(10);
  if (rest.empty()) return time;
  if (rest.size() < 9 || std::sscanf(rest.data(), "T%2d:%2d:%2d%n", &hour, &minute, &second, &used) != 3 || used != 9 ||
      hour > 23 || minute > 59 || second > 60 || hour < 0 || minute < 0 || second < 0)
    return std::nullopt;
  time += std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
  rest.remove_prefix(9);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    int scale = 100, digits = 0;
    for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1), ++digits, scale /= 10)
      time += milliseconds{(rest.front() - '0') * scale};
    if (digits == 0 || digits > 9) return std::nullopt;
  }
  if (rest == "Z") return time;
  int hours = 0, minutes = 0;
  // In a query '+' is read as a blank.
  const bool ahead = rest.starts_with('+') || rest.starts_with(' ');
  if (rest.size() != 6 || (!ahead && !rest.starts_with('-')) ||
      std::sscanf(rest.data() + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || used != 5 || hours > 23 ||
      minutes > 59)
    return std::nullopt;
  const auto offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return ahead ? time - offset : time + offset;
}

}  // namespace dirbridge::hub
