#include "hub/catalog_cache.hpp"

namespace dirbridge::hub {
namespace {

// Of one directory. Some 300 bytes an entry: a few MiB at most. More users than one request can name, so that a large
// request does not drive out its own.
constexpr std::size_t max_groups = 4'096;
constexpr std::size_t max_users = 16'384;

}  // namespace

void CatalogCache::forget_what_is_old() {
  if (version_ == store_.catalog_version()) return;
  version_ = store_.catalog_version();
  groups_.clear();
  users_.clear();
}

bool CatalogCache::has_directory(const DirectoryId& id) {
  if (directories_.contains(id)) return true;
  if (!store_.views().directory(id)) return false;
  directories_.insert(id);  // none is ever removed
  return true;
}

const CatalogCache::Group* CatalogCache::group(const DirectoryId& directory, const GroupId& id) {
  forget_what_is_old();
  auto& kept = groups_[directory];
  if (const auto known = kept.find(id); known != kept.end()) return &known->second;
  auto row = store_.views().group(directory, id);
  if (!row) return nullptr;
  if (kept.size() >= max_groups) kept.clear();
  Group group{std::move(row->group.dn), std::move(row->group.stable_id), std::move(row->group.attribute),
              std::move(row->group.object_class)};
  return &kept.insert_or_assign(id, std::move(group)).first->second;
}

std::vector<std::optional<CatalogCache::User>> CatalogCache::users(const DirectoryId& directory,
                                                                   std::span<const UserId> ids) {
  forget_what_is_old();
  auto& kept = users_[directory];
  std::vector<std::optional<User>> users(ids.size());
  std::vector<UserId> unknown;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (const auto known = kept.find(ids[i]); known != kept.end()) {
      users[i] = known->second;
    } else {
      unknown.push_back(ids[i]);
      places.push_back(i);
    }
  }
  if (unknown.empty()) return users;
  auto found = store_.views().user_names(directory, unknown);
  if (kept.size() + unknown.size() > max_users) kept.clear();
  for (std::size_t i = 0; i < unknown.size(); ++i) {
    if (!found[i]) continue;
    users[places[i]] = *found[i];
    kept.emplace(std::move(unknown[i]), std::move(*found[i]));
  }
  return users;
}

}  // namespace dirbridge::hub
