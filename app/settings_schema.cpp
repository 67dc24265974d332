#include "app/settings_schema.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace dirbridge::app {
namespace {

struct Section {
  std::string_view name;
  std::string_view help;
};
constexpr std::array sections = {
    Section{"hub", "The cloud half: API, job queue, agents' sockets."},
    Section{"queue", "How the hub hands jobs to agents."},
    Section{"http", "Bounds of the hub's HTTP and WebSocket server."},
    Section{"agent", "The on-premises half: its link to the hub and how it writes."},
    Section{"ldap", "The directory the agent changes."},
    Section{"import", "What an import reads from the directory."},
    Section{"log", "Log lines, of hub and agent."},
    Section{"process", "The event loop's guards, of hub and agent."},
};

constexpr std::string_view hub_sections[] = {"hub", "queue", "http", "log", "process"};
constexpr std::string_view agent_sections[] = {"agent", "ldap", "import", "log", "process"};

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::string_view to_text(Kind kind) {
  switch (kind) {
    case Kind::text: return "text";
    case Kind::list: return "list of texts";
    case Kind::boolean: return "true or false";
    case Kind::integer: return "integer";
    case Kind::size: return "size";
    case Kind::duration: return "duration";
    case Kind::address: return "host:port";
    case Kind::file: return "path";
    case Kind::url: return "URL";
    case Kind::secret: return "secret";
  }
  return "";
}

std::string Setting::name() const { return std::string{section} + "." + std::string{key}; }
std::string Setting::environment() const { return "DIRBRIDGE_" + upper(section) + "_" + upper(key); }

const Setting* find_setting(std::string_view section, std::string_view key) {
  for (const Setting& setting : schema()) {
    if (setting.section == section && setting.key == key) return &setting;
  }
  return nullptr;
}

std::vector<std::string_view> section_names() {
  std::vector<std::string_view> names;
  for (const Section& section : sections) names.push_back(section.name);
  return names;
}

std::string_view section_help(std::string_view section) {
  const auto found = std::ranges::find(sections, section, &Section::name);
  return found == sections.end() ? std::string_view{} : found->help;
}

std::span<const std::string_view> sections_of(Role role) {
  if (role == Role::hub) return hub_sections;
  return agent_sections;
}

std::string flag_of(Role role, const Setting& setting) {
  std::string flag = "--";
  if (setting.section != sections_of(role).front()) flag.append(setting.section).append("-");
  flag += setting.key;
  std::ranges::replace(flag, '_', '-');
  return flag;
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  const std::string* best = nullptr;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edits(word, candidate);
    if (distance < least) {
      least = distance;
      best = &candidate;
    }
  }
  // "password_file" for "bind_password_file": many edits, but one is plainly a part of the other.
  for (const std::string& candidate : candidates) {
    if (!best && word.size() >= 4 && candidate.find(word) != std::string::npos) best = &candidate;
  }
  if (!best) return std::nullopt;
  return *best;
}

std::string to_markdown() {
  std::string out;
  for (const Section& section : sections) {
    out.append("### [").append(section.name).append("]\n\n").append(section.help).append("\n\n");
    out += "| key | kind | default | what it does |\n|---|---|---|---|\n";
    for (const Setting& setting : schema()) {
      if (setting.section != section.name) continue;
      out.append("| `").append(setting.key).append("` | ").append(to_text(setting.kind)).append(" | ");
      if (!setting.fallback.empty()) {
        // A filter's '|' would end the table cell.
        std::string value{setting.fallback};
        for (std::size_t i = 0; (i = value.find('|', i)) != std::string::npos; i += 2) value.insert(i, 1, '\\');
        out.append("`").append(value).append("`");
      }
      out.append(" | ").append(setting.help);
      if (setting.kind == Kind::secret) out.append(" Environment only: `").append(setting.environment()).append("`.");
      out += " |\n";
    }
    out += "\n";
  }
  return out;
}

}  // namespace dirbridge::app
