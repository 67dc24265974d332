// Every setting of the program, one row each. From these rows come parsing, --help, --print-config and the tables of
// docs/configuration.md; a setting that is not here does not exist.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dirbridge::app {

enum class Kind {
  text,
  list,      // of texts; ';' separates them in the environment, a flag is repeated
  boolean,   // true | false
  integer,   // within [min, max]
  size,      // bytes: 4096, "256KiB", "16MiB"
  duration,  // "250ms", "20s", "5m", "1h"
  address,   // "host:port", "[::1]:port"; port 0: any free one
  file,      // path; relative ones are relative to the working folder
  url,
  secret,  // from the environment only; files name it by the key with _file
};
std::string_view to_text(Kind kind);

struct Setting {
  std::string_view section;
  std::string_view key;
  Kind kind;
  std::string_view fallback;  // the default, as the environment would spell it
  std::string_view help;      // one line
  std::int64_t min = 0;       // of integers and sizes; of durations in milliseconds
  std::int64_t max = 0;       // 0: unbounded

  std::string name() const;         // "hub.request_timeout"
  std::string environment() const;  // "DIRBRIDGE_HUB_REQUEST_TIMEOUT"
};

// In the order they are shown; rows of one section are neighbours.
std::span<const Setting> schema();
const Setting* find_setting(std::string_view section, std::string_view key);
std::vector<std::string_view> section_names();
std::string_view section_help(std::string_view section);

// The sections a command reads; the first one's flags carry no section: --request-timeout, but --queue-lease.
enum class Role { hub, agent };
std::span<const std::string_view> sections_of(Role role);
std::string flag_of(Role role, const Setting& setting);  // "--queue-lease"

// The candidate with the fewest edits, if they are few enough to be a slip of the finger.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

// The tables of docs/configuration.md, in Markdown.
std::string to_markdown();

}  // namespace dirbridge::app
