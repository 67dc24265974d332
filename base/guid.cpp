#include "base/guid.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace dirbridge {
namespace {

// Which byte each pair of digits shows.
constexpr std::array<std::size_t, guid_bytes> order{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

int hex_digit(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

}  // namespace

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

std::string guid_text(std::string_view bytes) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < guid_bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<unsigned char>(bytes[order[i]]);
    text += {hex[byte >> 4], hex[byte & 15]};
  }
  return text;
}

std::string guid_from_text(std::string_view text) {
  std::string digits;
  std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != '-'; });
  std::string bytes(guid_bytes, '\0');
  for (std::size_t i = 0; i < guid_bytes; ++i)
    bytes[order[i]] = static_cast<char>(hex_digit(digits[2 * i]) << 4 | hex_digit(digits[2 * i + 1]));
  return bytes;
}

}  // namespace dirbridge
