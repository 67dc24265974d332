#include "hub/cursor.hpp"

#include "base/crypto.hpp"

namespace dirbridge::hub {
namespace {

constexpr std::size_t seal_bytes = 12;
constexpr std::size_t max_cursor_bytes = 16 * 1024;  // a key may be a DN

std::string seal(const std::string& question, std::string_view key) {
  return sha256("list cursor 1\n" + question + "\n" + std::string{key}).substr(0, seal_bytes);
}

}  // namespace

std::string to_cursor(const std::string& question, std::string_view key) {
  return to_base64url(seal(question, key) + std::string{key});
}

std::optional<std::string> from_cursor(std::string_view cursor, const std::string& question) {
  if (cursor.size() > max_cursor_bytes) return std::nullopt;
  const auto bytes = from_base64url(cursor);
  if (!bytes || bytes->size() <= seal_bytes) return std::nullopt;
  auto key = bytes->substr(seal_bytes);
  if (bytes->substr(0, seal_bytes) != seal(question, key)) return std::nullopt;
  return key;
}

}  // namespace dirbridge::hub
