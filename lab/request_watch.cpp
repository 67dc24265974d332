#include "lab/request_watch.hpp"

#include <algorithm>
#include <optional>

namespace dirbridge::lab {
namespace {

constexpr unsigned char sequence = 0x30;
constexpr unsigned char integer = 0x02;
constexpr unsigned char modify_request = 0x66;  // [APPLICATION 6], constructed

struct Message {
  unsigned char operation;
  std::uint64_t size;  // with its header
};

// What the first bytes of a message say; nullopt: too few. `is_foreign` if they are of no LDAP message.
std::optional<Message> read(std::string_view head, bool& is_foreign) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(head[at]); };
  if (head.size() < 2) {
    is_foreign = !head.empty() && byte(0) != sequence;
    return std::nullopt;
  }
  const std::size_t length_bytes = byte(1) < 0x80 ? 0 : byte(1) & 0x7f;
  const std::size_t content = 2 + length_bytes;
  is_foreign = byte(0) != sequence || length_bytes > 4 || (byte(1) >= 0x80 && length_bytes == 0);
  if (is_foreign || head.size() < content + 2) return std::nullopt;
  std::uint64_t length = length_bytes == 0 ? byte(1) : 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | byte(2 + i);
  const std::size_t operation = content + 2 + byte(content + 1);
  is_foreign = byte(content) != integer || byte(content + 1) > 4 || content + length <= operation;
  if (is_foreign || head.size() <= operation) return std::nullopt;
  return Message{byte(operation), content + length};
}

}  // namespace

bool RequestWatch::sees_modify(std::string_view bytes) {
  bool seen = false;
  while (!bytes.empty() && !is_foreign_) {
    if (rest_ > 0) {
      const auto passed = std::min<std::uint64_t>(rest_, bytes.size());
      rest_ -= passed;
      bytes.remove_prefix(passed);
      continue;
    }
    head_ += bytes.front();
    bytes.remove_prefix(1);
    const auto message = read(head_, is_foreign_);
    if (!message) continue;
    seen |= message->operation == modify_request;
    rest_ = message->size - head_.size();
    head_.clear();
  }
  return seen;
}

}  // namespace dirbridge::lab
