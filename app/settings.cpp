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

Settings load_settings(const std::string& config_file, std::vector<FlagValue> flags, Role role, ProblemList& problems) {
  Sources sources{
      .file_name = config_file, .file_text = {}, .environment = program_environment(), .flags = std::move(flags)};
  if (!config_file.empty()) {
    if (auto text = read_file(config_file)) {
      sources.file_text = std::move(*text);
    } else {
      problems.add_unreadable(text.error().message());
      sources.file_name.clear();
    }
  }
  Settings settings = Settings::read(sources, problems);
  check_relations(settings, role, problems);
  return settings;
}

}  // namespace dirbridge::app
