// One event, one line, the same keys everywhere (job lease agent directory group op rc ms delivery request).
// spdlog stays in log.cpp. Any thread.
#pragma once
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/ids.hpp"

namespace dirbridge::log {

enum class Level { debug, info, warn, error, off };

// A key and its value as text; values with blanks are quoted, control characters escaped (a peer's text cannot forge a
// line).
struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  template <class Number>
  requires(std::integral<Number> || std::floating_point<Number>) Field(std::string_view k, Number v)
      : key(k), value(std::to_string(v)) {}
  template <class Tag>
  Field(std::string_view k, const Id<Tag>& v) : key(k), value(v.str()) {}
};
using Fields = std::initializer_list<Field>;

// Where lines go: standard error by default, a file if a path is given. Call once, at start-up.
void open(Level level, const std::string& path = {});
bool enabled(Level level);
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warn(std::string_view event, Fields fields = {}) { write(Level::warn, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

}  // namespace dirbridge::log
