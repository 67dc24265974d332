#include "app/settings_toml.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace dirbridge::app {
namespace {

unsigned line_of(const toml::node& node) { return static_cast<unsigned>(node.source().begin.line); }

TomlEntry to_entry(std::string section, std::string_view key, unsigned line, const toml::node& node) {
  TomlEntry entry{
      .section = std::move(section), .key = std::string{key}, .type = TomlType::other, .value = {}, .line = line};
  if (const auto* text = node.as_string()) {
    entry.type = TomlType::string;
    entry.value.text = text->get();
  } else if (const auto* number = node.as_integer()) {
    entry.type = TomlType::integer;
    entry.value.text = std::to_string(number->get());
  } else if (const auto* boolean = node.as_boolean()) {
    entry.type = TomlType::boolean;
    entry.value.text = boolean->get() ? "true" : "false";
  } else if (const auto* array = node.as_array()) {
    entry.type = TomlType::strings;
    for (const toml::node& item : *array) {
      const auto* item_text = item.as_string();
      if (!item_text) {
        entry.type = TomlType::other;
        break;
      }
      entry.value.items.push_back(item_text->get());
    }
  }
  return entry;
}

}  // namespace

std::string_view to_text(TomlType type) {
  switch (type) {
    case TomlType::string: return "a string";
    case TomlType::integer: return "an integer";
    case TomlType::boolean: return "a boolean";
    case TomlType::strings: return "an array of strings";
    case TomlType::other: break;
  }
  return "of another type";
}

result<std::vector<TomlEntry>> parse_toml(std::string_view text, const std::string& file) {
  std::vector<TomlEntry> entries;
  try {
    const toml::table document = toml::parse(text, file);
    for (const auto& [name, node] : document) {
      // The key's own place, not the value's: a multi-line array starts where its key stands.
      const auto line = static_cast<unsigned>(name.source().begin.line);
      const toml::table* section = node.as_table();
      if (!section) {
        entries.push_back(to_entry({}, name.str(), line, node));
        continue;
      }
      if (section->empty()) {
        entries.push_back(
            {.section = std::string{name.str()}, .key = {}, .type = TomlType::other, .value = {}, .line = line});
      }
      for (const auto& [key, value] : *section) {
        const auto key_line = static_cast<unsigned>(key.source().begin.line);
        entries.push_back(to_entry(std::string{name.str()}, key.str(), key_line ? key_line : line_of(value), value));
      }
    }
  } catch (const toml::parse_error& error) {
    std::ostringstream where;
    where << file << ':' << error.source().begin.line << ": " << error.description();
    return Error{errc::configuration, where.str()};
  }
  // The library hands them out by name; a person reads the file from its top.
  std::ranges::stable_sort(entries, {}, &TomlEntry::line);
  return entries;
}

}  // namespace dirbridge::app
