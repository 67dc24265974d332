#include "doctor/descriptor.hpp"

#include <algorithm>

#include "doctor/access_advice.hpp"

namespace dirbridge::doctor {
namespace {

// Little-endian reads that never leave the bytes.
class Bytes {
 public:
  explicit Bytes(std::string_view all) : all_(all) {}
  std::optional<std::uint32_t> number(std::size_t at, std::size_t length) const {
    if (at > all_.size() || length > all_.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = length; i-- > 0;) value = value << 8 | static_cast<unsigned char>(all_[at + i]);
    return value;
  }
  std::optional<std::string_view> part(std::size_t at, std::size_t length) const {
    if (at > all_.size() || length > all_.size() - at) return std::nullopt;
    return all_.substr(at, length);
  }
  // The SID that begins there, as text.
  std::optional<std::string> sid(std::size_t at) const {
    const auto count = number(at + 1, 1);
    if (!count) return std::nullopt;
    const auto bytes = part(at, 8 + 4U * *count);
    if (!bytes) return std::nullopt;
    return sid_text(*bytes);
  }

 private:
  std::string_view all_;
};

// ACCESS_ALLOWED_ACE, ACCESS_DENIED_ACE and their object forms.
enum AceType { allowed = 0, denied = 1, allowed_object = 5, denied_object = 6 };
constexpr std::uint32_t inherit_only = 0x08;
constexpr std::uint32_t object_type_present = 0x1;
constexpr std::uint32_t inherited_type_present = 0x2;
constexpr std::size_t guid_size = 16;

// MS-ADTS 5.1.3.2: what the generic rights stand for in a directory.
std::uint32_t specific(std::uint32_t mask) {
  if ((mask & 0x10000000U) != 0) mask |= 0xF01FFU;
  if ((mask & 0x40000000U) != 0) mask |= 0x20028U;
  if ((mask & 0x80000000U) != 0) mask |= 0x20094U;
  return mask;
}

// nullopt: broken. Entries of other kinds (audit, callback) and those for what is below are passed over.
std::optional<std::optional<AccessEntry>> parse_entry(const Bytes& bytes, std::size_t at) {
  const auto type = bytes.number(at, 1), flags = bytes.number(at + 1, 1), mask = bytes.number(at + 4, 4);
  if (!type || !flags || !mask) return std::nullopt;
  const bool is_object = *type == allowed_object || *type == denied_object;
  if ((*type != allowed && *type != denied && !is_object) || (*flags & inherit_only) != 0)
    return std::optional<AccessEntry>{};
  AccessEntry entry;
  entry.denies = *type == denied || *type == denied_object;
  entry.mask = specific(*mask);
  std::size_t sid_at = at + 8;
  if (is_object) {
    const auto present = bytes.number(at + 8, 4);
    if (!present) return std::nullopt;
    sid_at += 4;
    if ((*present & object_type_present) != 0) {
      const auto object = bytes.part(sid_at, guid_size);
      if (!object) return std::nullopt;
      entry.object = *object;
      sid_at += guid_size;
    }
    if ((*present & inherited_type_present) != 0) sid_at += guid_size;
  }
  auto sid = bytes.sid(sid_at);
  if (!sid) return std::nullopt;
  entry.sid = std::move(*sid);
  return entry;
}

}  // namespace

const std::string& reset_password() {
  // 00299570-246d-11d0-a768-00aa006e0529, the first three fields little-endian.
  static const std::string bytes{"\x70\x95\x29\x00\x6d\x24\xd0\x11\xa7\x68\x00\xaa\x00\x6e\x05\x29", guid_size};
  return bytes;
}

const std::string& replicate_secrets() {
  // 1131f6ad-9c07-11d1-f79f-00c04fc2dcd2
  static const std::string bytes{"\xad\xf6\x31\x11\x07\x9c\xd1\x11\xf7\x9f\x00\xc0\x4f\xc2\xdc\xd2", guid_size};
  return bytes;
}

std::optional<Descriptor> parse_descriptor(std::string_view text) {
  const Bytes bytes{text};
  constexpr std::size_t owner_field = 4, list_field = 16;
  const auto owner_at = bytes.number(owner_field, 4), list_at = bytes.number(list_field, 4);
  if (!owner_at || !list_at || *list_at == 0) return std::nullopt;
  Descriptor descriptor;
  if (*owner_at != 0) {
    auto owner = bytes.sid(*owner_at);
    if (!owner) return std::nullopt;
    descriptor.owner = std::move(*owner);
  }
  const std::size_t list = *list_at;
  const auto count = bytes.number(list + 4, 2);
  if (!count) return std::nullopt;
  std::size_t at = list + 8;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto size = bytes.number(at + 2, 2);
    auto entry = parse_entry(bytes, at);
    if (!size || *size < 8 || !entry) return std::nullopt;
    if (*entry) descriptor.entries.push_back(std::move(**entry));
    at += *size;
  }
  return descriptor;
}

bool is_granted(const Descriptor& descriptor, const std::set<std::string>& sids, std::uint32_t mask,
                const std::string& object) {
  std::uint32_t wanted = mask;  // neither granted nor denied so far: the first entry that speaks of a right decides
  for (const auto& entry : descriptor.entries) {
    if (!sids.contains(entry.sid) || (!entry.object.empty() && entry.object != object)) continue;
    if (entry.denies && (entry.mask & wanted) != 0) return false;
    if (!entry.denies) wanted &= ~entry.mask;
    if (wanted == 0) return true;
  }
  return false;
}

bool may_delete_children(const Descriptor& descriptor, const std::set<std::string>& sids) {
  if (is_granted(descriptor, sids, right::delete_child)) return true;
  return std::ranges::any_of(descriptor.entries, [&](const AccessEntry& entry) {
    return !entry.denies && !entry.object.empty() && sids.contains(entry.sid) &&
           (entry.mask & right::delete_child) != 0 && is_granted(descriptor, sids, right::delete_child, entry.object);
  });
}

}  // namespace dirbridge::doctor
