#include "proto/membership_change.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <unordered_set>

#include "base/text.hpp"

namespace dirbridge::proto {
namespace {

bool is_same_place(const MembershipChange& a, const MembershipChange& b) {
  return a.group.id == b.group.id && equals_ignore_case(a.attribute, b.attribute);
}

std::unordered_set<std::string_view> member_ids(const MembershipChange& change) {
  std::unordered_set<std::string_view> ids;
  ids.reserve(change.members.size());
  for (const auto& member : change.members) ids.insert(member.id);
  return ids;
}

// A request can have a megabyte of names, of which hardly one has such a byte: eight are looked at together.
bool has_escapes(std::uint64_t bytes) {
  constexpr std::uint64_t each = 0x0101010101010101u;
  constexpr std::uint64_t high = 0x80 * each;
  const auto any_below = [](std::uint64_t word, std::uint64_t limit) { return (word - limit * each) & ~word & high; };
  return (any_below(bytes, 0x20) | any_below(bytes ^ '"' * each, 1) | any_below(bytes ^ '\\' * each, 1)) != 0;
}

// As a JSON string, without its quotes.
std::size_t escaped_size(std::string_view text) {
  auto size = text.size();
  for (std::size_t i = 0; i < text.size();) {
    std::uint64_t bytes = 0;
    if (i + sizeof bytes <= text.size()) {
      std::memcpy(&bytes, text.data() + i, sizeof bytes);
      if (!has_escapes(bytes)) {
        i += sizeof bytes;
        continue;
      }
    }
    for (const auto end = std::min(i + sizeof bytes, text.size()); i < end; ++i) {
      if (text[i] == '"' || text[i] == '\\') size += 1;
      if (static_cast<unsigned char>(text[i]) < 0x20) size += 5;
    }
  }
  return size;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string_view to_text(Action action) { return action == Action::add ? "ADD" : "REMOVE"; }

bool is_attribute_description(std::string_view text) {
  if (text.empty() || text.size() > max_attribute_bytes) return false;
  if (!is_letter(text.front()) && !is_digit(text.front())) return false;
  const auto parts = split(text, ';');
  const bool is_oid = is_digit(text.front());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) return false;
    const bool fits = std::all_of(parts[i].begin(), parts[i].end(), [&](char c) {
      if (i == 0 && is_oid) return is_digit(c) || c == '.';
      return is_letter(c) || is_digit(c) || c == '-' || c == '_';  // some servers allow '_' against RFC 4512
    });
    if (!fits) return false;
  }
  return true;
}

bool is_equal_change(const MembershipChange& a, const MembershipChange& b) {
  if (a.action != b.action || a.members.size() != b.members.size() || !is_same_place(a, b)) return false;
  if (a.members.size() == 1) return a.members.front().id == b.members.front().id;
  return member_ids(a) == member_ids(b);
}

bool contradicts(const MembershipChange& a, const MembershipChange& b) {
  if (a.action == b.action || !is_same_place(a, b)) return false;
  const auto& few = a.members.size() < b.members.size() ? a : b;
  const auto& many = &few == &a ? b : a;
  if (few.members.size() == 1) {
    return std::any_of(many.members.begin(), many.members.end(),
                       [&](const ObjectRef& member) { return member.id == few.members.front().id; });
  }
  const auto ids = member_ids(few);
  return std::any_of(many.members.begin(), many.members.end(),
                     [&](const ObjectRef& member) { return ids.contains(member.id); });
}

std::size_t frame_bytes(const MembershipChange& change) {
  constexpr std::size_t keys = 64;    // {"id":"…","dn":"…","stable_id":"…"},
  constexpr std::size_t frame = 512;  // the job's own keys
  const auto size_of = [&](const ObjectRef& ref) {
    return keys + escaped_size(ref.id) + escaped_size(ref.dn) + escaped_size(ref.stable_id);
  };
  auto bytes = frame + size_of(change.group);
  for (const auto& member : change.members) bytes += size_of(member);
  return bytes;
}

}  // namespace dirbridge::proto
