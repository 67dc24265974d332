// What a change needs to know of directories, groups and users, kept in memory between two imports: a look-up in the
// views costs some ten microseconds each, and callers ask for the same groups and users again and again.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

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
  struct User {
    std::string dn;
    std::string stable_id;
  };
  bool has_directory(const DirectoryId& id);
  // Of the directory's current import; null if it is not in it. Valid until the next call.
  const Group* group(const DirectoryId& directory, const GroupId& id);
  const User* user(const DirectoryId& directory, const UserId& id);

 private:
  void forget_what_is_old();

  Store& store_;
  std::uint64_t version_ = 0;  // of the catalog that is kept
  std::unordered_set<DirectoryId> directories_;
  std::unordered_map<std::string, Group> groups_;  // by directory and id
  std::unordered_map<std::string, User> users_;
};

}  // namespace dirbridge::hub
