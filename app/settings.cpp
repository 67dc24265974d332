#include "app/settings.hpp"

#include <unistd.h>

#include <charconv>
#include <set>
#include <stdexcept>

#include "app/settings_toml.hpp"
#include "base/text.hpp"

namespace dirbridge::app {
namespace {

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

std::string unknown_key(const TomlEntry& entry) {
  std::vector<std::string> sections;
  bool known_section = false;
  for (const std::string_view name : section_names()) {
    sections.emplace_back(name);
    known_section = known_section || name == entry.section;
  }
  if (entry.section.empty()) {
    return "\"" + entry.key + "\" stands outside every section" + did_you_mean(nearest(entry.key, sections));
  }
  if (!known_section) return "unknown section [" + entry.section + "]" + did_you_mean(nearest(entry.section, sections));
  const std::vector<std::string> keys = keys_of(entry.section);
  std::string problem = "unknown key \"" + entry.section + "." + entry.key + "\"";
  if (find_setting(entry.section, entry.key + "_file")) {
    return problem + "; a secret stands in a file of its own, which \"" + entry.key + "_file\" names";
  }
  if (const auto near = nearest(entry.key, keys)) return problem + did_you_mean(near);
  for (const Setting& setting : schema()) {
    if (setting.key == entry.key) return problem + "; it belongs into section [" + std::string{setting.section} + "]";
  }
  return problem;
}

std::string secret_refused(const Setting& setting) {
  return setting.name() +
         " is a secret and does not belong into a configuration file: put it into a file of its own and set " +
         std::string{setting.key} + "_file, or use the environment variable " + setting.environment();
}

// The one place where a value enters: checked, or a problem is noted.
class Loader {
 public:
  explicit Loader(std::map<std::string, Given, std::less<>>& given) : given_(given) {}

  void problem(const std::string& where, const std::string& what) {
    if (!problems_.empty()) problems_ += '\n';
    problems_ += where + ": " + what;
  }

  void put(const Setting& setting, Value value, Layer layer, std::string where) {
    if (const auto checked = check_value(setting, value); !checked) {
      std::string shown = setting.kind == Kind::secret ? std::string{} : ", not \"" + value.text + "\"";
      problem(where, setting.name() + " " + checked.error().detail + shown);
      return;
    }
    given_[setting.name()] = Given{std::move(value), layer, std::move(where)};
  }

  void read_file(const Sources& sources) {
    const auto entries = parse_toml(sources.file_text, sources.file_name);
    if (!entries) {
      if (!problems_.empty()) problems_ += '\n';
      problems_ += entries.error().detail;
      return;
    }
    for (const TomlEntry& entry : *entries) {
      const std::string where = sources.file_name + ":" + std::to_string(entry.line);
      if (entry.key.empty() && !section_help(entry.section).empty()) continue;  // an empty section says nothing
      const Setting* setting = find_setting(entry.section, entry.key);
      if (!setting) {
        problem(where, unknown_key(entry));
      } else if (setting->kind == Kind::secret) {
        problem(where, secret_refused(*setting));
      } else if (setting->kind == Kind::duration && entry.type == TomlType::integer) {
        problem(where,
                setting->name() + " needs a unit: \"" + entry.value.text + "s\" or \"" + entry.value.text + "ms\"");
      } else if (!fits(setting->kind, entry.type)) {
        problem(where,
                setting->name() + " must be " + expected(setting->kind) + ", not " + std::string{to_text(entry.type)});
      } else {
        Value value = entry.value;
        if (setting->kind == Kind::list && entry.type == TomlType::string) value.items = {value.text};
        put(*setting, std::move(value), Layer::file, where);
      }
    }
  }

  void read_environment(const std::map<std::string, std::string>& environment) {
    std::vector<std::string> names;
    for (const Setting& setting : schema()) names.push_back(setting.environment());
    for (const auto& [name, text] : environment) {
      if (client_variables.contains(name) || is_service_link(name)) continue;
      const Setting* setting = nullptr;
      for (const Setting& candidate : schema()) {
        if (candidate.environment() == name) setting = &candidate;
      }
      if (!setting) {
        problem("environment variable " + name, "unknown" + did_you_mean(nearest(name, names)));
        continue;
      }
      Value value{text, {}};
      if (setting->kind == Kind::list) value.items = split_list(text);
      put(*setting, std::move(value), Layer::environment, name);
    }
  }

  result<void> finish() {
    if (problems_.empty()) return {};
    return Error{errc::configuration, std::move(problems_)};
  }

 private:
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
  std::string problems_;
};

}  // namespace

Settings::Settings() {
  for (const Setting& setting : schema()) {
    Value value{std::string{setting.fallback}, {}};
    if (setting.kind == Kind::list) value.items = split_list(setting.fallback);
    given_[setting.name()] = Given{std::move(value), Layer::fallback, "default"};
  }
}

result<Settings> Settings::load(const Sources& sources) {
  Settings settings;
  Loader loader{settings.given_};
  if (!sources.file_name.empty()) loader.read_file(sources);
  loader.read_environment(sources.environment);
  for (const FlagValue& flag : sources.flags) loader.put(*flag.setting, flag.value, Layer::flag, flag.flag);
  if (auto finished = loader.finish(); !finished) return finished.error();
  return settings;
}

const Given& Settings::given(std::string_view name) const {
  const auto found = given_.find(name);
  if (found == given_.end()) throw std::logic_error("no such setting: " + std::string{name});
  return found->second;
}
const std::string& Settings::text(std::string_view name) const { return given(name).value.text; }
const std::vector<std::string>& Settings::list(std::string_view name) const { return given(name).value.items; }
bool Settings::flag(std::string_view name) const { return text(name) == "true"; }
std::int64_t Settings::number(std::string_view name) const { return parse_size(text(name)).value(); }
milliseconds Settings::duration(std::string_view name) const { return parse_duration(text(name)).value(); }
net::ListenAddress Settings::address(std::string_view name) const { return parse_address(text(name)).value(); }

result<Secret> Settings::secret(std::string_view name) const {
  const Given& direct = given(name);
  const std::string file_key = std::string{name} + "_file";
  const Given& file = given(file_key);
  if (file.layer == Layer::fallback || direct.layer > file.layer) return Secret{direct.value.text};
  auto read = dirbridge::read_file(file.value.text, 64 << 10);
  if (!read) return Error{errc::configuration, file.where + ": " + file_key + ": " + read.error().message()};
  std::string text = std::move(*read);
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty())
    return Error{errc::configuration, file.where + ": " + file_key + ": " + file.value.text + " is empty"};
  return Secret{std::move(text)};
}

std::map<std::string, std::string> program_environment() {
  std::map<std::string, std::string> found;
  for (char** variable = environ; variable && *variable; ++variable) {
    const std::string_view line{*variable};
    const auto equals = line.find('=');
    if (line.starts_with("DIRBRIDGE_") && equals != std::string_view::npos) {
      found.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
  }
  return found;
}

result<Settings> load_settings(const std::string& config_file, std::vector<FlagValue> flags, Role role) {
  Sources sources{
      .file_name = config_file, .file_text = {}, .environment = program_environment(), .flags = std::move(flags)};
  if (!config_file.empty()) {
    auto text = read_file(config_file);
    if (!text) return Error{errc::configuration, text.error().message()};
    sources.file_text = std::move(*text);
  }
  auto settings = Settings::load(sources);
  if (!settings) return settings.error();
  if (auto checked = check_relations(*settings, role); !checked) return checked.error();
  return settings;
}

}  // namespace dirbridge::app
