// The group that may be changed: its members, one change of them, and giving it back. Internal to doctor/.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "doctor/questioner.hpp"

namespace dirbridge::doctor {

struct Members {
  std::string attribute = "member";
  std::vector<std::string> values;
};

struct ScratchGroup {
  ldap::ServerKind kind;
  ldap::Dn name;    // as the server told it
  std::string url;  // of the server that is asked: what it took is undone there, and nowhere else
  Members before;
};

// `dn`: as a person spelled it. nullopt: it cannot be read.
asio::awaitable<std::optional<ScratchGroup>> find_scratch_group(Questioner& server, ldap::ServerKind kind,
                                                                const std::string& dn);
asio::awaitable<std::optional<Members>> members_of(Questioner& server, const std::string& dn);
asio::awaitable<Answer> change_member(Questioner& server, const ScratchGroup& group, ldap::Dn value, bool add);

// What the server takes for one name has one key. Sorted.
std::vector<std::string> keys_of(const std::vector<std::string>& names, ldap::ServerKind kind);
bool is_as_found(const std::optional<Members>& now, const ScratchGroup& group);
// Makes the group as it was found, on connections of their own: the one before may have ended between a change and its
// undo.
asio::awaitable<bool> give_back(const ldap::ClientSettings& settings, const ScratchGroup& group);
// LDIF by which a person undoes the one change of `member`, and nobody else's.
std::string undoing_ldif(const ScratchGroup& group, const ldap::Dn& member, bool was_added);
// Whether `member` may be added, or else removed: asked in one modify with the removal of nobody, which cannot succeed.
// What may not be done is refused for that (50) before.
asio::awaitable<Answer> ask_in_vain(Questioner& server, const ScratchGroup& group, ldap::Dn member, bool add);

}  // namespace dirbridge::doctor
