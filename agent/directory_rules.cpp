#include "agent/directory_rules.hpp"

#include "base/text.hpp"

namespace dirbridge::agent {
namespace {

using ldap::ServerKind;

constexpr DirectoryRules generic{};
// slapd takes 4 MiB from a client that is bound, if nobody asked for less (olcSockbufMaxIncomingAuth).
constexpr DirectoryRules openldap{ServerKind::openldap, 1000, 256 << 10, true, true, false, 10'000, 1 << 20};
constexpr DirectoryRules ds389{ServerKind::ds389, 100, 256 << 10, true, true, false};
// A name is a GUID here: the server itself refuses one that no entry has, and a rename does not touch it.
constexpr DirectoryRules active_directory{ServerKind::active_directory, 1000, 256 << 10, false, true, true};

// Outside any suffix on purpose: no entry can ever have this name.
constexpr auto placeholder_name = "cn=dirbridge-placeholder";

}  // namespace

const DirectoryRules& rules_of(ServerKind kind) {
  switch (kind) {
    case ServerKind::openldap: return openldap;
    case ServerKind::ds389: return ds389;
    case ServerKind::active_directory: return active_directory;
    case ServerKind::generic: break;
  }
  return generic;
}

const ldap::Dn& LastMember::placeholder() {
  static const ldap::Dn name = ldap::Dn::parse(placeholder_name).value();
  return name;
}

result<LastMember> LastMember::parse(const std::string& text) {
  if (equals_ignore_case(text, "refuse")) return LastMember{};
  if (equals_ignore_case(text, "placeholder")) return LastMember{Policy::placeholder, placeholder()};
  auto name = ldap::Dn::parse(text);
  if (!name) return Error{errc::configuration, "must be refuse, placeholder or a DN: " + name.error().message()};
  name->keep_letters();  // as an import leaves it out: its composed twin is somebody else
  return LastMember{Policy::entry, std::move(*name)};
}

}  // namespace dirbridge::agent
