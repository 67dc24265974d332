// The kinds of setting values: their spelling, checked and read back. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "app/settings_schema.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/http_server.hpp"

namespace dirbridge::app {

// "250ms" "20s" "5m" "1h" "2d"; whole numbers. The error says what a duration looks like.
result<milliseconds> parse_duration(std::string_view text);
std::string format_duration(milliseconds duration);  // the largest unit that is exact
// "4096" "256KiB" "16MiB" "1GiB".
result<std::int64_t> parse_size(std::string_view text);
result<net::ListenAddress> parse_address(std::string_view text);
// Split at ';' that no backslash precedes: ';' inside a DN is written "\;".
std::vector<std::string> split_list(std::string_view text);

// A value as a person spelled it: `items` for lists, `text` for every other kind.
struct Value {
  std::string text;
  std::vector<std::string> items;
};
// Does `value` have the setting's kind and lie within its bounds? The error names no key: the caller knows where it is
// from.
result<void> check_value(const Setting& setting, const Value& value);

}  // namespace dirbridge::app
