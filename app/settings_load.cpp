// From files, environment and flags to settings: every value is checked where it enters, and every problem is kept.
#include <set>

#include "app/okta_conf.hpp"
#include "app/settings.hpp"
#include "app/settings_toml.hpp"
#include "base/text.hpp"

namespace dirbridge::app {
namespace {

constexpr std::string_view variable_prefix = "DIRBRIDGE_";
// Variables of the client commands; they are no settings.
const std::set<std::string, std::less<>> client_variables = {"DIRBRIDGE_HUB", "DIRBRIDGE_TOKEN", "DIRBRIDGE_TOKEN_FILE",
                                                             "DIRBRIDGE_CA", "DIRBRIDGE_CONFIG"};

// Kubernetes and old container links invent such variables for a service called "dirbridge-hub".
bool is_service_link(std::string_view name) {
  return name.find("_SERVICE_HOST") != std::string_view::npos || name.find("_SERVICE_PORT") != std::string_view::npos ||
         name.ends_with("_PORT") || name.find("_PORT_") != std::string_view::npos;
}

bool fits(Kind kind, TomlType type) {
  switch (kind) {
    case Kind::boolean: return type == TomlType::boolean;
    case Kind::integer: return type == TomlType::integer;
    case Kind::size: return type == TomlType::integer || type == TomlType::string;
    case Kind::list: return type == TomlType::strings || type == TomlType::string;
    case Kind::text:
    case Kind::duration:
    case Kind::address:
    case Kind::file:
    case Kind::url:
    case Kind::secret: return type == TomlType::string;
  }
  return false;
}

std::vector<std::string> keys_of(std::string_view section) {
  std::vector<std::string> keys;
  for (const Setting& setting : schema()) {
    if (setting.section == section && setting.kind != Kind::secret) keys.emplace_back(setting.key);
  }
  return keys;
}

std::string did_you_mean(const std::optional<std::string>& word) {
  return word ? "; did you mean \"" + *word + "\"?" : std::string{};
}

// What is wrong with a key that is not in the schema, and the setting that was probably meant.
struct Unknown {
  std::string what;
  std::vector<std::string> meant;
};

Unknown unknown_key(const TomlEntry& entry) {
  std::vector<std::string> sections;
  bool known_section = false;
  for (const std::string_view name : section_names()) {
    sections.emplace_back(name);
    known_section = known_section || name == entry.section;
  }
  if (entry.section.empty())
    return {"\"" + entry.key + "\" stands outside every section" + did_you_mean(nearest(entry.key, sections)), {}};
  if (!known_section)
    return {"unknown section [" + entry.section + "]" + did_you_mean(nearest(entry.section, sections)), {}};
  const std::string problem = "unknown key \"" + entry.section + "." + entry.key + "\"";
  if (const Setting* file = find_setting(entry.section, entry.key + "_file"))
    return {problem + "; a secret stands in a file of its own, which \"" + entry.key + "_file\" names", {file->name()}};
  if (const auto near = nearest(entry.key, keys_of(entry.section)))
    return {problem + did_you_mean(near), {entry.section + "." + *near}};
  for (const Setting& setting : schema()) {
    if (setting.key == entry.key)
      return {problem + "; it belongs into section [" + std::string{setting.section} + "]", {setting.name()}};
  }
  return {problem, {}};
}

// A variable's name holds its section: a key of that section is meant rather than one that is spelled alike elsewhere.
Unknown unknown_variable(std::string_view name) {
  const std::string rest = to_lower(name.substr(variable_prefix.size()));
  for (const std::string_view section : section_names()) {
    if (!rest.starts_with(std::string{section} + "_")) continue;
    const std::string key = rest.substr(section.size() + 1);
    if (const auto near = nearest(key, keys_of(section))) {
      const Setting& meant = *find_setting(section, *near);
      return {"unknown" + did_you_mean(meant.environment()), {meant.name()}};
    }
    for (const Setting& setting : schema()) {
      if (setting.key == key) return {"unknown" + did_you_mean(setting.environment()), {setting.name()}};
    }
    return {"section [" + std::string{section} + "] has no key \"" + key + "\"", {}};
  }
  std::vector<std::string> names;
  for (const std::string& variable : client_variables)
    names.push_back(to_lower(variable.substr(variable_prefix.size())));
  for (const Setting& setting : schema())
    names.push_back(to_lower(setting.environment().substr(variable_prefix.size())));
  const auto near = nearest(rest, names);
  if (!near) return {"unknown", {}};
  std::string meant{variable_prefix};
  for (const char c : *near) meant += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return {"unknown" + did_you_mean(meant), {}};
}

std::string secret_refused(const Setting& setting) {
  return setting.name() +
         " is a secret and does not belong into a configuration file: put it into a file of its own and set " +
         std::string{setting.key} + "_file, or use the environment variable " + setting.environment();
}

// The one place where a value enters: checked, or a problem is noted.
class Loader {
 public:
  Loader(std::map<std::string, Given, std::less<>>& given, ProblemList& problems)
      : given_(given), problems_(problems) {}

  void put(const Setting& setting, Value value, Layer layer, std::string where) {
    if (const auto checked = check_value(setting, value); !checked) {
      std::string shown = setting.kind == Kind::secret ? std::string{} : ", not \"" + value.text + "\"";
      wrong(setting, where, setting.name() + " " + checked.error().detail + shown);
      return;
    }
    given_[setting.name()] = Given{std::move(value), layer, std::move(where)};
  }

  std::vector<std::string> read_okta_conf(const Sources& sources) {
    auto conf = parse_okta_conf(sources.okta_text, sources.okta_name);
    if (!conf) {
      problems_.add_unreadable(conf.error().detail);
      return {};
    }
    for (auto& entry : conf->settings) {
      const auto dot = entry.name.find('.');
      put(*find_setting(entry.name.substr(0, dot), entry.name.substr(dot + 1)), std::move(entry.value),
          Layer::okta_conf, sources.okta_name + ":" + std::to_string(entry.line));
    }
    return std::move(conf->unused);
  }

  void read_file(const Sources& sources) {
    const auto entries = parse_toml(sources.file_text, sources.file_name);
    if (!entries) {
      problems_.add_unreadable(entries.error().detail);
      return;
    }
    std::set<std::string> unknown_sections;
    for (const TomlEntry& entry : *entries) {
      const std::string where = sources.file_name + ":" + std::to_string(entry.line);
      if (entry.key.empty() && !section_help(entry.section).empty()) continue;  // an empty section says nothing
      const Setting* setting = find_setting(entry.section, entry.key);
      if (!setting) {
        const bool strange = section_help(entry.section).empty() && !entry.section.empty();
        if (strange && !unknown_sections.insert(entry.section).second) continue;  // said once is enough
        auto [what, meant] = unknown_key(entry);
        problems_.add(where + ": " + what);
        meant_.insert(meant_.end(), meant.begin(), meant.end());
      } else if (setting->kind == Kind::secret) {
        wrong(*setting, where, secret_refused(*setting));
      } else if (setting->kind == Kind::duration && entry.type == TomlType::integer) {
        wrong(*setting, where,
              setting->name() + " needs a unit: \"" + entry.value.text + "s\" or \"" + entry.value.text + "ms\"");
      } else if (!fits(setting->kind, entry.type)) {
        wrong(*setting, where,
              setting->name() + " must be " + expected(setting->kind) + ", not " + std::string{to_text(entry.type)});
      } else {
        Value value = entry.value;
        if (setting->kind == Kind::list && entry.type == TomlType::string) value.items = {value.text};
        put(*setting, std::move(value), Layer::file, where);
      }
    }
  }

  void read_environment(const std::map<std::string, std::string>& environment) {
    for (const auto& [name, text] : environment) {
      if (client_variables.contains(name) || is_service_link(name)) continue;
      const Setting* setting = nullptr;
      for (const Setting& candidate : schema()) {
        if (candidate.environment() == name) setting = &candidate;
      }
      if (!setting) {
        auto [what, meant] = unknown_variable(name);
        problems_.add("environment variable " + name + ": " + what);
        meant_.insert(meant_.end(), meant.begin(), meant.end());
        continue;
      }
      Value value{text, {}};
      if (setting->kind == Kind::list) value.items = split_list(text);
      put(*setting, std::move(value), Layer::environment, name);
    }
  }

  // A misspelled key must not be told a second time as one that is not set.
  void finish() {
    for (const std::string& name : meant_)
      if (given_.find(name)->second.layer == Layer::fallback) problems_.excuse(name);
  }

 private:
  void wrong(const Setting& setting, const std::string& where, const std::string& what) {
    problems_.add(where + ": " + what, {setting.name()});
  }

  static std::string expected(Kind kind) {
    switch (kind) {
      case Kind::boolean: return "true or false";
      case Kind::integer: return "an integer";
      case Kind::list: return "an array of strings";
      case Kind::size: return "a number of bytes";
      case Kind::duration: return "a duration such as \"20s\"";
      default: return "a string";
    }
  }

  std::map<std::string, Given, std::less<>>& given_;
  ProblemList& problems_;
  std::vector<std::string> meant_;  // by keys that are not in the schema
};

}  // namespace

Settings Settings::read(const Sources& sources, ProblemList& problems) {
  Settings settings;
  Loader loader{settings.given_, problems};
  if (!sources.okta_name.empty()) settings.unused_ = loader.read_okta_conf(sources);
  if (!sources.file_name.empty()) loader.read_file(sources);
  loader.read_environment(sources.environment);
  for (const FlagValue& flag : sources.flags) loader.put(*flag.setting, flag.value, Layer::flag, flag.flag);
  loader.finish();
  return settings;
}

}  // namespace dirbridge::app
