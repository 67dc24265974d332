#include "ldap/ldif.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::ldap {
namespace {

constexpr std::size_t columns = 76;

// SAFE-STRING of RFC 2849, and its note 8: no blank at the end.
bool is_safe(std::string_view value) {
  if (value.empty()) return true;
  const char first = value.front();
  if (first == ' ' || first == ':' || first == '<' || value.back() == ' ') return false;
  return std::ranges::all_of(value, [](char c) { return c != '\0' && c != '\n' && c != '\r' && (c & 0x80) == 0; });
}

// A comment must stay one: whatever could end its line is shown as '?'.
std::string comment(std::string_view text) {
  std::string line{"# "};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return line + '\n';
}

std::string named(std::string_view name, const Dn& value, ServerKind kind) {
  const auto wire = wire_name(value, kind);
  return (is_safe(wire) ? std::string{} : comment(dn_for(value, kind))) + ldif_line(name, wire);
}

void put_values(std::string& record, std::string_view operation, const ModifyRequest& request,
                const std::vector<Dn>& values) {
  if (values.empty()) return;
  record += ldif_line(operation, request.attribute);
  for (const auto& value : values) record += named(request.attribute, value, request.kind);
  record += "-\n";
}

}  // namespace

std::string ldif_line(std::string_view name, std::string_view value) {
  std::string whole{name};
  if (is_safe(value))
    whole.append(value.empty() ? ":" : ": ").append(value);
  else
    whole.append(":: ").append(to_base64(value));
  std::string folded = whole.substr(0, columns);
  for (std::size_t at = columns; at < whole.size(); at += columns - 1) folded += "\n " + whole.substr(at, columns - 1);
  return folded + '\n';
}

std::string to_ldif(const ModifyRequest& request) {
  auto record = named("dn", request.target, request.kind) + "changetype: modify\n";
  put_values(record, "add", request, request.add);
  put_values(record, "delete", request, request.remove);
  return record;
}

}  // namespace dirbridge::ldap
