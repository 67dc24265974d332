// The effective settings: defaults, then an OktaLDAPAgent.conf, then a TOML file, then the environment, then flags;
// each knows where it came from.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings_schema.hpp"
#include "app/settings_value.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace dirbridge::app {

enum class Layer { fallback, okta_conf, file, environment, flag };

struct Given {
  Value value;
  Layer layer = Layer::fallback;
  std::string where;  // "hub.toml:12", "DIRBRIDGE_HUB_LISTEN", "--listen", "default"
};

struct FlagValue {
  const Setting* setting = nullptr;
  std::string flag;  // as typed: "--listen"
  Value value;
};

// What load() reads; all of it is in memory, so that a test needs no file.
struct Sources {
  std::string okta_name;  // of the OktaLDAPAgent.conf; empty: none
  std::string okta_text;
  std::string file_name;  // empty: no file
  std::string file_text;
  std::map<std::string, std::string> environment;  // variables that start with DIRBRIDGE_
  std::vector<FlagValue> flags;
};

// Everything that is wrong with a configuration, a line each.
class ProblemList {
 public:
  // `keys` are those the line is about.
  void add(std::string line, std::vector<std::string> keys = {});
  // The file could not be read: what it would have said is unknown, and so is whether anything else contradicts it.
  void add_unreadable(std::string line);
  // No line about `key`, but none is wanted either: another key was given that probably means it.
  void excuse(std::string key) { keys_.insert(std::move(key)); }
  bool names(std::string_view key) const { return keys_.contains(key); }
  bool is_complete() const { return complete_; }
  // errc::configuration with all the lines.
  result<void> verdict() const;

 private:
  std::string lines_;
  std::set<std::string, std::less<>> keys_;
  bool complete_ = true;
};

class Settings {
 public:
  // The defaults alone.
  Settings();
  // What is good comes into force. A line for every problem, with its place and key: unknown keys (with the nearest
  // known one), wrong types, values out of bounds, secrets where they do not belong. Contradictions between settings
  // are check_relations()'s business.
  static Settings read(const Sources& sources, ProblemList& problems);
  // The same, all or nothing.
  static result<Settings> load(const Sources& sources);

  // `name` is "section.key" and must be in the schema (a bug otherwise: std::logic_error).
  const Given& given(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  const std::vector<std::string>& list(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::int64_t number(std::string_view name) const;  // integers and sizes
  milliseconds duration(std::string_view name) const;
  net::ListenAddress address(std::string_view name) const;
  // The secret `name`: itself from the environment or the text of the file that `name`_file names, whichever was given
  // in the higher layer; one trailing line break is dropped. Empty if neither was given.
  result<Secret> secret(std::string_view name) const;

  // What the OktaLDAPAgent.conf says that nothing was made of, a line each, without its values; begins with the file.
  const std::vector<std::string>& unused() const { return unused_; }

  // TOML that means the same, with the origin of every value; secrets masked; what is unused as comments.
  std::string print(Role role) const;

 private:
  std::map<std::string, Given, std::less<>> given_;
  std::vector<std::string> unused_;
};

// Deadlines that contradict each other: one line per contradiction, naming both keys and where each was given. A
// relation between a hub's and an agent's setting is checked only where both were given; one with a key that has a
// problem already is not.
void check_relations(const Settings& settings, Role role, ProblemList& problems);

// The DIRBRIDGE_ part of the process's environment.
std::map<std::string, std::string> program_environment();
struct SettingsFiles {
  std::string config;  // TOML; empty: none
  std::string okta;    // OktaLDAPAgent.conf; empty: none
};
// Reads the files that are named, and everything else, and checks the relations.
Settings load_settings(const SettingsFiles& files, std::vector<FlagValue> flags, Role role, ProblemList& problems);

}  // namespace dirbridge::app
