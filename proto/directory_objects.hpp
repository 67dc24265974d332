// What an import carries: users and groups as the agent read them.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace dirbridge::proto {

// What an agent reads: from protocol version 3 on it says so.
enum class DirectoryKind { unsaid, ldap, active_directory };
std::string_view to_text(DirectoryKind kind);  // "", "ldap", "active_directory"

// Of a group of Active Directory, in Okta's words: "Security", "Distribution"; "Global", "DomainLocal", "Universal".
enum class GroupType { unsaid, security, distribution };
enum class GroupScope { unsaid, global, domain_local, universal };
std::string_view to_text(GroupType type);
std::string_view to_text(GroupScope scope);
inline constexpr std::array group_types = {GroupType::security, GroupType::distribution};
inline constexpr std::array group_scopes = {GroupScope::global, GroupScope::domain_local, GroupScope::universal};
// The word that `text` spells; unsaid if it spells none.
template <class Word, std::size_t n>
Word word_of(std::string_view text, const std::array<Word, n>& words) {
  for (const auto word : words)
    if (to_text(word) == text) return word;
  return Word::unsaid;
}

// `key` is the canonical text of the DN (ldap::Dn::canonical()): the hub compares keys and never parses a DN.
struct ImportedUser {
  std::string stable_id;  // entryUUID
  std::string dn;
  std::string key;
  std::string login;  // uid, else mail, else the RDN's value
  std::string email;
  std::string first_name;
  std::string last_name;
  std::string display_name;
  // Active Directory only, from protocol version 3 on.
  std::string sam_account_name{};
  std::string upn{};
  std::string object_sid{};  // "S-1-5-21-…"
  friend bool operator==(const ImportedUser&, const ImportedUser&) = default;
};

// A large group comes in several pieces: the first has the attributes, each carries some of the members.
struct ImportedGroup {
  std::string stable_id;
  std::string dn;
  std::string key;
  std::string name;  // cn
  std::string description;
  std::string attribute;     // where members live: member or uniqueMember
  std::string object_class;  // groupOfNames, groupOfUniqueNames
  std::vector<std::string> member_keys;
  // Active Directory only, from protocol version 3 on.
  std::string sam_account_name{};
  std::string object_sid{};
  std::string domain{};  // NetBIOS name: "CORP"
  GroupType type{};
  GroupScope scope{};
  friend bool operator==(const ImportedGroup&, const ImportedGroup&) = default;
};

// Does it hold what only an agent of version 3 may say?
bool is_of_version_3(const ImportedUser& user);
bool is_of_version_3(const ImportedGroup& group);

}  // namespace dirbridge::proto
