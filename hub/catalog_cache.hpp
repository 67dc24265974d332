// What a change needs to know of directories, groups and users, kept in memory between two imports: a look-up in the
// views costs some ten microseconds each, and callers ask for the same groups and users again and again.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "hub/store.hpp"

namespace dirbridge::hub {

// Loop thread only; `store` outlives it.
class CatalogCache {
 public:
  explicit CatalogCache(Store& store) : store_(store) {}

  struct Group {
    std::string dn;
    std::string stable_id;
    std::string attribute;
    std::string object_class;
  };
  using User = ledger::UserName;
  bool has_directory(const DirectoryId& id);
  // Of the directory's current import; null if it is not in it. Valid until the next call.
  const Group* group(const DirectoryId& directory, const GroupId& id);
  // Likewise, in the order of the ids. What is not kept costs some microseconds each: ask for some hundreds at a time.
  std::vector<std::optional<User>> users(const DirectoryId& directory, std::span<const UserId> ids);

 private:
  void forget_what_is_old();

  Store& store_;
  std::uint64_t version_ = 0;  // of the catalog that is kept
  std::unordered_set<DirectoryId> directories_;
  std::unordered_map<DirectoryId, std::unordered_map<GroupId, Group>> groups_;
  std::unordered_map<DirectoryId, std::unordered_map<UserId, User>> users_;
};

}  // namespace dirbridge::hub
