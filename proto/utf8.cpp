#include "proto/utf8.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace dirbridge::proto {
namespace {

// Length of the well-formed sequence at the start of `text`, 0 if there is none. One table: base::is_utf8.
std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return length <= text.size() && is_utf8(text.substr(0, length)) ? length : 0;
}

}  // namespace

std::string repair_utf8(std::string_view text, std::string_view replacement) {
  if (is_utf8(text)) return std::string{text};
  std::string repaired;
  repaired.reserve(text.size() + replacement.size());
  while (!text.empty()) {
    const auto length = sequence_length(text);
    repaired += length > 0 ? text.substr(0, length) : replacement;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return repaired;
}

std::string clip(std::string_view text, std::size_t max_bytes) {
  static constexpr std::string_view ellipsis = "\xE2\x80\xA6";
  // Only a little more than the limit is looked at: a diagnostic message can be megabytes. Repairing never shortens.
  const bool long_input = text.size() > max_bytes;
  std::string clipped = repair_utf8(long_input ? text.substr(0, max_bytes) : text);
  for (std::size_t at; (at = clipped.find('\0')) != std::string::npos;) clipped.replace(at, 1, "\xEF\xBF\xBD");
  if (!long_input && clipped.size() <= max_bytes) return clipped;
  std::size_t end = std::min(clipped.size(), max_bytes - ellipsis.size());
  while (end > 0 && end < clipped.size() && (static_cast<unsigned char>(clipped[end]) & 0xC0) == 0x80) --end;
  clipped.resize(end);
  return clipped.append(ellipsis);
}

bool has_invisible(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
    if (byte(i) == 0xC2 && byte(i + 1) < 0xA0) return true;   // U+0080 to U+009F
    if (byte(i) == 0xD8 && byte(i + 1) == 0x9C) return true;  // U+061C
    if (byte(i) != 0xE2) continue;
    const auto last = byte(i + 2);
    // U+200B to U+200F, U+2028 to U+202E; U+2060 to U+2069
    if (byte(i + 1) == 0x80 && ((last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE))) return true;
    if (byte(i + 1) == 0x81 && last >= 0xA0 && last <= 0xA9) return true;
  }
  return false;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

}  // namespace dirbridge::proto
