#include "ledger/sqlite_catalog_views.hpp"

#include <algorithm>
#include <iterator>

#include "base/fold_case.hpp"

namespace dirbridge::ledger {
namespace {

// A prefix that more rows than this begin with is not worth sorting: going through the rows in the order of their ids
// meets them often enough.
constexpr int max_sorted = 2'000;

#define DIRECTORY_COLUMNS "id, name, kind, created, generation, users, groups, imported"
#define USER_COLUMNS                                                                              \
  "u.id, u.stable_id, u.dn, u.key, u.login, u.email, u.first_name, u.last_name, u.display_name, " \
  "u.sam_account_name, u.upn, u.object_sid, u.created, u.updated"
#define GROUP_COLUMNS                                                                                        \
  "g.id, g.stable_id, g.dn, g.key, g.name, g.description, g.attribute, g.object_class, g.sam_account_name, " \
  "g.object_sid, g.domain, g.type, g.scope, g.members, g.created, g.updated, "                               \
  "coalesce(g.changed, CASE WHEN g.digest = g.old_digest THEN g.old_membership_updated ELSE g.staged END)"

DirectoryRow read_directory(const Rows& row) {
  return {row.id<DirectoryId>(0), row.text(1),  row.text(2),  row.time(3),
          row.count(4),           row.count(5), row.count(6), row.time(7)};
}

UserRow read_user(const Rows& row, const DirectoryId& directory, int at = 0) {
  return {row.id<UserId>(at),
          directory,
          {row.text(at + 1), row.text(at + 2), row.text(at + 3), row.text(at + 4), row.text(at + 5), row.text(at + 6),
           row.text(at + 7), row.text(at + 8), row.text(at + 9), row.text(at + 10), row.text(at + 11)},
          row.time(at + 12),
          row.time(at + 13)};
}

GroupRow read_group(const Rows& row, const DirectoryId& directory, std::string kind) {
  GroupRow group;
  group.id = row.id<GroupId>(0);
  group.directory = directory;
  group.group = {row.text(1), row.text(2), row.text(3), row.text(4), row.text(5), row.text(6), row.text(7), {}};
  group.group.sam_account_name = row.text(8);
  group.group.object_sid = row.text(9);
  group.group.domain = row.text(10);
  group.group.type = proto::word_of(row.text(11), proto::group_types);
  group.group.scope = proto::word_of(row.text(12), proto::group_scopes);
  group.members = row.count(13);
  group.created = row.time(14);
  group.updated = row.time(15);
  group.membership_updated = row.time(16);
  group.kind = std::move(kind);
  return group;
}

// What differs between pages of users and pages of groups.
template <class Row>
struct Sql;
template <>
struct Sql<UserRow> {
  static constexpr const char* by_id = "SELECT " USER_COLUMNS
                                       " FROM users u WHERE catalog = ?1 AND id > ?2 AND login_folded >= ?4 AND "
                                       "login_folded < ?5 ORDER BY id LIMIT ?3";
  static constexpr const char* sorted = "SELECT " USER_COLUMNS
                                        " FROM users u INDEXED BY users_by_login WHERE catalog = ?1 AND id > ?2 AND "
                                        "login_folded >= ?4 AND login_folded < ?5 ORDER BY id LIMIT ?3";
  static constexpr const char* count =
      "SELECT count(*) FROM (SELECT 1 FROM users WHERE catalog = ? AND login_folded >= ? AND login_folded < ? LIMIT ?)";
  static UserRow read(const Rows& row, const DirectoryRow& directory) { return read_user(row, directory.id); }
};
template <>
struct Sql<GroupRow> {
  static constexpr const char* by_id = "SELECT " GROUP_COLUMNS
                                       " FROM groups g WHERE catalog = ?1 AND id > ?2 AND name_folded >= ?4 AND "
                                       "name_folded < ?5 ORDER BY id LIMIT ?3";
  static constexpr const char* sorted = "SELECT " GROUP_COLUMNS
                                        " FROM groups g INDEXED BY groups_by_name WHERE catalog = ?1 AND id > ?2 AND "
                                        "name_folded >= ?4 AND name_folded < ?5 ORDER BY id LIMIT ?3";
  static constexpr const char* count =
      "SELECT count(*) FROM (SELECT 1 FROM groups WHERE catalog = ? AND name_folded >= ? AND name_folded < ? LIMIT ?)";
  static GroupRow read(const Rows& row, const DirectoryRow& directory) {
    return read_group(row, directory.id, directory.kind);
  }
};

}  // namespace

std::vector<DirectoryRow> CatalogViews::directories() {
  std::vector<DirectoryRow> found;
  auto rows = sql_.query("SELECT " DIRECTORY_COLUMNS " FROM directories ORDER BY id");
  while (rows.next()) found.push_back(read_directory(rows));
  return found;
}

std::optional<DirectoryRow> CatalogViews::directory(const DirectoryId& id) {
  auto rows = sql_.query("SELECT " DIRECTORY_COLUMNS " FROM directories WHERE id = ?", id);
  if (!rows.next()) return std::nullopt;
  return read_directory(rows);
}

std::optional<UserRow> CatalogViews::user(const DirectoryId& directory, const UserId& id) {
  auto rows = sql_.query("SELECT " USER_COLUMNS
                         ", d.id FROM directories d CROSS JOIN users u ON u.catalog = d.catalog AND u.id = ?1 "
                         "WHERE d.id = ?2 OR ?2 = ''",
                         id, directory);
  if (!rows.next()) return std::nullopt;
  return read_user(rows, rows.id<DirectoryId>(14));
}

std::vector<std::optional<UserName>> CatalogViews::user_names(const DirectoryId& directory,
                                                              std::span<const UserId> ids) {
  std::vector<std::optional<UserName>> names(ids.size());
  // Kept open to the end: with it the snapshot, which else were taken and given back for each of them.
  auto catalog = sql_.query("SELECT catalog FROM directories WHERE id = ?", directory);
  if (!catalog.next()) return names;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto row = sql_.query("SELECT dn, stable_id FROM users WHERE catalog = ? AND id = ?", catalog.count(0), ids[i]);
    if (row.next()) names[i] = UserName{row.text(0), row.text(1)};
  }
  return names;
}

std::optional<GroupRow> CatalogViews::group(const DirectoryId& directory, const GroupId& id) {
  auto rows = sql_.query("SELECT " GROUP_COLUMNS
                         ", d.id, d.kind FROM directories d CROSS JOIN groups g ON g.catalog = d.catalog AND g.id = ?1 "
                         "WHERE d.id = ?2 OR ?2 = ''",
                         id, directory);
  if (!rows.next()) return directory.empty() ? okta_.group(id) : std::nullopt;
  return read_group(rows, rows.id<DirectoryId>(17), rows.text(18));
}

std::optional<UserId> CatalogViews::user_by_stable_id(const DirectoryId& directory, std::string_view stable_id) {
  auto rows = sql_.query(
      "SELECT id FROM users WHERE catalog = (SELECT catalog FROM directories WHERE id = ?) AND stable_id = ?",
      directory, stable_id);
  if (!rows.next()) return std::nullopt;
  return rows.id<UserId>(0);
}

std::optional<GroupId> CatalogViews::group_by_stable_id(const DirectoryId& directory, std::string_view stable_id) {
  auto rows = sql_.query(
      "SELECT id FROM groups WHERE catalog = (SELECT catalog FROM directories WHERE id = ?) AND stable_id = ?",
      directory, stable_id);
  if (!rows.next()) return std::nullopt;
  return rows.id<GroupId>(0);
}

std::vector<UserRow> CatalogViews::users(const DirectoryId& directory, std::string_view name, const Page& page) {
  return page_of<UserRow>(directory, name, page);
}
std::vector<GroupRow> CatalogViews::groups(const DirectoryId& directory, std::string_view name, const Page& page) {
  return page_of<GroupRow>(directory, name, page);
}

template <class Row>
std::vector<Row> CatalogViews::page_of(const DirectoryId& directory, std::string_view name, const Page& page) {
  std::vector<Row> rows;
  std::size_t catalogs = 0;
  for (const auto& one : directories()) {
    if (one.generation == 0 || (!directory.empty() && one.id != directory)) continue;
    page_of_catalog<Row>(one, fold_case(name), page, rows);
    ++catalogs;
  }
  if constexpr (std::is_same_v<Row, GroupRow>) {
    if (directory.empty()) {
      std::ranges::move(okta_.groups(fold_case(name), page), std::back_inserter(rows));
      ++catalogs;
    }
  }
  if (catalogs > 1) std::ranges::sort(rows, {}, &Row::id);
  if (rows.size() > page.limit) rows.resize(page.limit);
  return rows;
}

template <class Row>
void CatalogViews::page_of_catalog(const DirectoryRow& directory, const std::string& prefix, const Page& page,
                                   std::vector<Row>& found) {
  std::uint64_t catalog = 0;
  if (auto row = sql_.query("SELECT catalog FROM directories WHERE id = ?", directory.id); row.next())
    catalog = row.count(0);
  const auto end = prefix + "\xff";  // no UTF-8 text goes on with this byte
  const char* sql = Sql<Row>::by_id;
  if (!prefix.empty()) {
    auto counted = sql_.query(Sql<Row>::count, catalog, prefix, end, max_sorted);
    if (counted.next() && counted.integer(0) < max_sorted) sql = Sql<Row>::sorted;
  }
  auto rows = sql_.query(sql, catalog, page.after, page.limit, prefix, end);
  while (rows.next()) found.push_back(Sql<Row>::read(rows, directory));
}

// By what the import itself found out (ImportStaged::Heritage): a group that is as it was keeps its time.
std::vector<GroupFate> CatalogViews::staged_groups(const ImportId& import, const Page& page) {
  std::vector<GroupFate> fates;
  auto rows = sql_.query(
      "SELECT g.id, g.name, o.updated IS NULL, o.updated = g.updated FROM imports i JOIN directories d ON d.id = "
      "i.directory CROSS JOIN groups g ON g.catalog = i.catalog AND g.id > ?2 LEFT JOIN groups o ON o.catalog = "
      "d.catalog AND o.id = g.id WHERE i.id = ?1 ORDER BY g.id LIMIT ?3",
      import, page.after, page.limit);
  while (rows.next()) {
    const auto kind = rows.integer(2) != 0   ? GroupFate::Kind::created
                      : rows.integer(3) == 0 ? GroupFate::Kind::updated
                                             : GroupFate::Kind::unchanged;
    fates.push_back({rows.id<GroupId>(0), rows.text(1), kind});
  }
  return fates;
}

std::vector<GroupFate> CatalogViews::replaced_groups(const ImportId& import, const Page& page) {
  std::vector<GroupFate> fates;
  auto rows = sql_.query(
      "SELECT o.id, o.name, g.n IS NULL FROM imports i JOIN directories d ON d.id = i.directory "
      "CROSS JOIN groups o ON o.catalog = d.catalog AND o.id > ?2 LEFT JOIN groups g ON g.catalog = i.catalog AND "
      "g.id = o.id WHERE i.id = ?1 ORDER BY o.id LIMIT ?3",
      import, page.after, page.limit);
  while (rows.next())
    fates.push_back({rows.id<GroupId>(0), rows.text(1),
                     rows.integer(2) != 0 ? GroupFate::Kind::deleted : GroupFate::Kind::unchanged});
  return fates;
}

std::vector<MemberRow> CatalogViews::members(const GroupId& group, const Page& page) {
  std::int64_t group_n = 0;
  std::uint64_t catalog = 0;
  DirectoryId directory;
  {
    auto row = sql_.query(
        "SELECT g.n, g.catalog, d.id FROM directories d CROSS JOIN groups g ON g.catalog = d.catalog AND g.id = ?",
        group);
    if (!row.next()) return okta_members(group, page);
    group_n = row.integer(0);
    catalog = row.count(1);
    directory = row.id<DirectoryId>(2);
  }
  // Apart from the query above, which SQLite cannot know to have one row: it would sort all members for a page of them.
  std::vector<MemberRow> members;
  auto rows = sql_.query("SELECT m.key, " USER_COLUMNS
                         " FROM members m LEFT JOIN users u ON u.catalog = ?1 AND u.key = m.key "
                         "WHERE m.group_n = ?2 AND m.key > ?3 ORDER BY m.key LIMIT ?4",
                         catalog, group_n, page.after, page.limit);
  while (rows.next()) {
    auto& member = members.emplace_back();
    member.key = rows.text(0);
    if (!rows.is_null(1)) member.user = read_user(rows, directory, 1);
  }
  return members;
}

std::vector<MemberRow> CatalogViews::okta_members(const GroupId& group, const Page& page) {
  std::vector<MemberRow> members;
  for (const auto& id : okta_.members(group, page)) members.push_back({id.str(), user({}, id)});
  return members;
}

std::vector<GroupRow> CatalogViews::groups_of(const UserId& user) {
  std::vector<GroupRow> groups;
  auto rows = sql_.query("SELECT " GROUP_COLUMNS
                         ", d.id, d.kind FROM directories d CROSS JOIN users u ON u.catalog = d.catalog AND u.id = ?1 "
                         "CROSS JOIN members m ON m.key = u.key CROSS JOIN groups g ON g.n = m.group_n "
                         "WHERE g.catalog = d.catalog ORDER BY g.id",
                         user);
  while (rows.next()) groups.push_back(read_group(rows, rows.id<DirectoryId>(17), rows.text(18)));
  std::ranges::move(okta_.groups_of(user), std::back_inserter(groups));
  std::ranges::sort(groups, {}, &GroupRow::id);
  return groups;
}

}  // namespace dirbridge::ledger
