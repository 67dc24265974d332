#include "app/settings.hpp"

#include <unistd.h>

#include <stdexcept>

#include "base/text.hpp"

namespace dirbridge::app {

void ProblemList::add(std::string line, std::vector<std::string> keys) {
  lines_ += (lines_.empty() ? "" : "\n") + line;
  for (std::string& key : keys) keys_.insert(std::move(key));
}

void ProblemList::add_unreadable(std::string line) {
  add(std::move(line));
  complete_ = false;
}

result<void> ProblemList::verdict() const {
  if (lines_.empty()) return {};
  return Error{errc::configuration, lines_};
}

Settings::Settings() {
  for (const Setting& setting : schema()) {
    Value value{std::string{setting.fallback}, {}};
    if (setting.kind == Kind::list) value.items = split_list(setting.fallback);
    given_[setting.name()] = Given{std::move(value), Layer::fallback, "default"};
  }
}

result<Settings> Settings::load(const Sources& sources) {
  ProblemList problems;
  Settings settings = read(sources, problems);
  if (const auto verdict = problems.verdict(); !verdict) return verdict.error();
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

namespace {

// A file that cannot be read counts as none.
void read_source(const std::string& path, std::string& name, std::string& text, ProblemList& problems) {
  if (path.empty()) return;
  auto read = read_file(path);
  if (!read) return problems.add_unreadable(read.error().message());
  name = path;
  text = std::move(*read);
}

}  // namespace

Settings load_settings(const SettingsFiles& files, std::vector<FlagValue> flags, Role role, ProblemList& problems) {
  Sources sources;
  sources.environment = program_environment();
  sources.flags = std::move(flags);
  read_source(files.okta, sources.okta_name, sources.okta_text, problems);
  read_source(files.config, sources.file_name, sources.file_text, problems);
  Settings settings = Settings::read(sources, problems);
  check_relations(settings, role, problems);
  return settings;
}

}  // namespace dirbridge::app
