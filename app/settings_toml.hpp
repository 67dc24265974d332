// A configuration file as a flat list of what it says and where. toml++ stays in settings_toml.cpp.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "app/settings_value.hpp"
#include "base/error.hpp"

namespace dirbridge::app {

enum class TomlType { string, integer, boolean, strings, other };
std::string_view to_text(TomlType type);

struct TomlEntry {
  std::string section;  // empty: a key outside every section
  std::string key;
  TomlType type{};
  Value value;
  unsigned line = 0;
};

// In the order of their lines. `file` is only for messages. The error of a syntax mistake is "file:line: what".
result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& file);

}  // namespace dirbridge::app
