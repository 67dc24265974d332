#include "hub/catalog_cache.hpp"

namespace dirbridge::hub {
namespace {

// Each: some 300 bytes an entry, so a few MiB at most.
constexpr std::size_t max_kept = 4096;

template <class Map>
auto* keep(Map& map, std::string key, typename Map::mapped_type value) {
  if (map.size() >= max_kept) map.clear();
  return &map.insert_or_assign(std::move(key), std::move(value)).first->second;
}

std::string key_of(const DirectoryId& directory, std::string_view id) {
  return directory.str() + "/" + std::string{id};
}

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
  auto key = key_of(directory, id.str());
  if (const auto known = groups_.find(key); known != groups_.end()) return &known->second;
  auto row = store_.views().group(directory, id);
  if (!row) return nullptr;
  return keep(groups_, std::move(key),
              {std::move(row->group.dn), std::move(row->group.stable_id), std::move(row->group.attribute),
               std::move(row->group.object_class)});
}

const CatalogCache::User* CatalogCache::user(const DirectoryId& directory, const UserId& id) {
  forget_what_is_old();
  auto key = key_of(directory, id.str());
  if (const auto known = users_.find(key); known != users_.end()) return &known->second;
  auto row = store_.views().user(directory, id);
  if (!row) return nullptr;
  return keep(users_, std::move(key), {std::move(row->user.dn), std::move(row->user.stable_id)});
}

}  // namespace dirbridge::hub
