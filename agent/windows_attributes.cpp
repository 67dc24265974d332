#include "agent/windows_attributes.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace dirbridge::agent {
namespace {

constexpr std::size_t sid_head_bytes = 8;  // revision, count, authority
constexpr std::size_t max_sub_authorities = 15;
constexpr std::size_t max_netbios_name = 15;
constexpr std::string_view builtin_sids = "S-1-5-32-";

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

bool is_within(std::string_view key, std::string_view context) {
  if (!key.ends_with(context)) return false;
  return key.size() == context.size() || key[key.size() - context.size() - 1] == ',';
}

// Where the first RDN of type dc begins, npos if there is none. A comma within a value has a backslash before it.
std::size_t first_dc(std::string_view key) {
  for (std::size_t at = 0; at < key.size(); ++at) {
    at = key.find("dc=", at);
    if (at == key.npos) break;
    const bool begins = at == 0 || (key[at - 1] == ',' && (at == 1 || key[at - 2] != '\\'));
    if (begins) return at;
  }
  return key.npos;
}

}  // namespace

std::string sid_text(std::string_view bytes) {
  if (bytes.size() < sid_head_bytes || byte_at(bytes, 0) != 1) return {};
  const std::size_t count = byte_at(bytes, 1);
  if (count > max_sub_authorities || bytes.size() != sid_head_bytes + 4 * count) return {};
  std::uint64_t authority = 0;
  for (std::size_t i = 2; i < sid_head_bytes; ++i) authority = authority << 8 | byte_at(bytes, i);
  std::string text = "S-1-";
  if (authority >> 32 == 0) {
    text += std::to_string(authority);
  } else {
    char hex[24];
    std::snprintf(hex, sizeof hex, "0x%012llx", static_cast<unsigned long long>(authority));
    text += hex;
  }
  for (std::size_t at = sid_head_bytes; at < bytes.size(); at += 4) {
    std::uint32_t sub = 0;
    for (std::size_t i = 4; i-- > 0;) sub = sub << 8 | byte_at(bytes, at + i);
    text += '-' + std::to_string(sub);
  }
  return text;
}

GroupNature group_nature(std::string_view group_type) {
  std::int32_t number = 0;
  const auto* end = group_type.data() + group_type.size();
  const auto [stopped, problem] = std::from_chars(group_type.data(), end, number);
  if (group_type.empty() || problem != std::errc{} || stopped != end) return {};
  const auto bits = static_cast<std::uint32_t>(number);
  GroupNature nature;
  nature.type = (bits & 0x80000000u) != 0 ? proto::GroupType::security : proto::GroupType::distribution;
  switch (bits & 0xeu) {
    case 0x2u: nature.scope = proto::GroupScope::global; break;
    case 0x4u: nature.scope = proto::GroupScope::domain_local; break;
    case 0x8u: nature.scope = proto::GroupScope::universal; break;
    default: break;
  }
  return nature;
}

void DomainNames::add(std::string context, std::string netbios_name) {
  names_.emplace_back(std::move(context), std::move(netbios_name));
  std::ranges::sort(names_, std::ranges::greater{}, [](const auto& name) { return name.first.size(); });
}

std::string DomainNames::of(std::string_view key, std::string_view sid) const {
  if (sid.starts_with(builtin_sids)) return "BUILTIN";
  for (const auto& [context, name] : names_)
    if (is_within(key, context)) return name;
  const auto at = first_dc(key);
  if (at == key.npos) return {};
  const auto value = key.substr(at + 3, key.find(',', at) - at - 3);
  std::string name{value.substr(0, max_netbios_name)};
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return name;
}

}  // namespace dirbridge::agent
