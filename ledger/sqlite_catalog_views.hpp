// Directories, users, groups and members as the current catalogs have them. Internal to ledger/.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/sqlite_okta_groups.hpp"
#include "ledger/sqlite_statements.hpp"
#include "ledger/views.hpp"

namespace dirbridge::ledger {

class CatalogViews {
 public:
  explicit CatalogViews(Statements& statements) : sql_(statements), okta_(statements) {}

  std::vector<DirectoryRow> directories();
  std::optional<DirectoryRow> directory(const DirectoryId& id);
  // `directory` empty: in whichever it is; of groups, in none, too: Okta's own.
  std::optional<UserRow> user(const DirectoryId& directory, const UserId& id);
  std::vector<std::optional<UserName>> user_names(const DirectoryId& directory, std::span<const UserId> ids);
  std::optional<GroupRow> group(const DirectoryId& directory, const GroupId& id);
  std::optional<UserId> user_by_stable_id(const DirectoryId& directory, std::string_view stable_id);
  std::optional<GroupId> group_by_stable_id(const DirectoryId& directory, std::string_view stable_id);
  std::vector<UserRow> users(const DirectoryId& directory, std::string_view name, const Page& page);
  std::vector<GroupRow> groups(const DirectoryId& directory, std::string_view name, const Page& page);
  std::vector<MemberRow> members(const GroupId& group, const Page& page);
  std::vector<GroupRow> groups_of(const UserId& user);
  std::vector<GroupFate> staged_groups(const ImportId& import, const Page& page);
  std::vector<GroupFate> replaced_groups(const ImportId& import, const Page& page);

 private:
  std::vector<MemberRow> okta_members(const GroupId& group, const Page& page);
  template <class Row>
  std::vector<Row> page_of(const DirectoryId& directory, std::string_view name, const Page& page);
  template <class Row>
  void page_of_catalog(const DirectoryRow& directory, const std::string& prefix, const Page& page,
                       std::vector<Row>& rows);

  Statements& sql_;
  OktaGroupViews okta_;
};

}  // namespace dirbridge::ledger
