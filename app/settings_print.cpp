// --print-config: TOML that would give the same settings again, each with its origin.
#include <algorithm>

#include "app/settings.hpp"

namespace dirbridge::app {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  static constexpr std::string_view digits = "0123456789abcdef";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7f) {
      out += "\\u00";
      out += digits[c >> 4];
      out += digits[c & 15];
    } else {
      out += static_cast<char>(c);
    }
  }
  return out + '"';
}

// Credentials inside a URL (http://user:password@proxy) are as secret as elsewhere.
std::string without_credentials(const std::string& url) {
  const auto scheme = url.find("://");
  const auto at = scheme == std::string::npos ? std::string::npos : url.substr(0, url.find('/', scheme + 3)).rfind('@');
  return at == std::string::npos ? url : url.substr(0, scheme + 3) + "********" + url.substr(at);
}

std::string spell(const Setting& setting, const Value& value) {
  switch (setting.kind) {
    case Kind::boolean:
    case Kind::integer: return value.text;
    case Kind::size:
      return value.text.find_first_not_of("0123456789") == std::string::npos ? value.text : quoted(value.text);
    case Kind::url: return quoted(without_credentials(value.text));
    case Kind::list: {
      std::string out = "[";
      for (const std::string& item : value.items) {
        out += (out.size() > 1 ? ", " : "") + quoted(setting.key == "urls" ? without_credentials(item) : item);
      }
      return out + "]";
    }
    default: return quoted(value.text);
  }
}

}  // namespace

std::string Settings::print(Role role) const {
  std::string out;
  for (const std::string& line : unused_) out += "# not used: " + line + "\n";
  for (const std::string_view section : sections_of(role)) {
    out += (out.empty() ? "[" : "\n[") + std::string{section} + "]\n";
    for (const Setting& setting : schema()) {
      if (setting.section != section) continue;
      const Given& value = given(setting.name());
      std::string line;
      if (setting.kind == Kind::secret) {
        // A comment: the key is not allowed in a file.
        if (value.value.text.empty()) continue;
        line = "# " + std::string{setting.key} + " = \"********\"";
      } else {
        line = std::string{setting.key} + " = " + spell(setting, value.value);
      }
      line.resize(std::max<std::size_t>(line.size(), 46), ' ');
      out += line + "  # " + value.where + "\n";
    }
  }
  return out;
}

}  // namespace dirbridge::app
