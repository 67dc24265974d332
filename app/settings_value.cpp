#include "app/settings_value.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace dirbridge::app {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::array durations = {Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                                  Unit{"ms", 1}};
constexpr std::array sizes = {Unit{"GiB", 1 << 30}, Unit{"MiB", 1 << 20}, Unit{"KiB", 1 << 10}, Unit{"", 1}};

template <std::size_t N>
std::optional<std::int64_t> with_unit(std::string_view text, const std::array<Unit, N>& units) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units) {
    if (suffix != unit.name) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

result<void> check_range(const Setting& setting, std::int64_t number) {
  const bool too_large = setting.max != 0 && number > setting.max;
  if (number >= setting.min && !too_large) return {};
  const auto spell = [&](std::int64_t n) {
    return setting.kind == Kind::duration ? format_duration(milliseconds{n}) : std::to_string(n);
  };
  if (too_large) return Error{errc::configuration, "must be at most " + spell(setting.max)};
  return Error{errc::configuration, "must be at least " + spell(setting.min)};
}

}  // namespace

result<milliseconds> parse_duration(std::string_view text) {
  if (const auto number = with_unit(text, durations)) return milliseconds{*number};
  return Error{errc::configuration, "must be a duration such as \"20s\" or \"250ms\" (units: ms s m h d)"};
}

std::string format_duration(milliseconds duration) {
  for (const Unit& unit : durations) {
    if (duration.count() >= unit.factor && duration.count() % unit.factor == 0) {
      return std::to_string(duration.count() / unit.factor).append(unit.name);
    }
  }
  return std::to_string(duration.count()) + "ms";
}

result<std::int64_t> parse_size(std::string_view text) {
  if (const auto number = with_unit(text, sizes)) return *number;
  return Error{errc::configuration, "must be a number of bytes such as 4096, \"256KiB\" or \"16MiB\""};
}

result<net::ListenAddress> parse_address(std::string_view text) {
  const Error wrong{errc::configuration, "must be host:port, such as \"127.0.0.1:8080\" or \"[::1]:8080\""};
  std::string_view host;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find("]:");
    if (end == std::string_view::npos) return wrong;
    host = text.substr(1, end - 1);
    port = text.substr(end + 2);
  } else {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return wrong;
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  const auto number = whole_number(port);
  if (host.empty() || !number || *number < 0 || *number > 65535) return wrong;
  return net::ListenAddress{std::string{host}, static_cast<std::uint16_t>(*number)};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  std::string item;
  const auto finish = [&] {
    const auto first = item.find_first_not_of(" \t\n");
    if (first != std::string::npos) items.push_back(item.substr(first, item.find_last_not_of(" \t\n") - first + 1));
    item.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      item += text[i];
      item += text[++i];
    } else if (text[i] == ';') {
      finish();
    } else {
      item += text[i];
    }
  }
  finish();
  return items;
}

result<void> check_value(const Setting& setting, const Value& value) {
  switch (setting.kind) {
    case Kind::text:
    case Kind::file:
    case Kind::secret:
    case Kind::list: break;
    case Kind::boolean:
      if (value.text != "true" && value.text != "false") return Error{errc::configuration, "must be true or false"};
      break;
    case Kind::integer: {
      const auto number = whole_number(value.text);
      if (!number) return Error{errc::configuration, "must be a whole number"};
      return check_range(setting, *number);
    }
    case Kind::size: {
      const auto number = parse_size(value.text);
      if (!number) return number.error();
      return check_range(setting, *number);
    }
    case Kind::duration: {
      const auto duration = parse_duration(value.text);
      if (!duration) return duration.error();
      return check_range(setting, duration->count());
    }
    case Kind::address: {
      const auto address = parse_address(value.text);
      if (!address) return address.error();
      break;
    }
    case Kind::url:
      if (!value.text.empty() && value.text.find("://") == std::string::npos) {
        return Error{errc::configuration, "must be a URL with a scheme, such as \"https://hub.example.org:8443\""};
      }
      break;
  }
  return {};
}

}  // namespace dirbridge::app
