#include "ledger/sqlite_okta_groups.hpp"

#include "base/fold_case.hpp"
#include "base/text.hpp"
#include "ledger/sqlite_fold.hpp"

namespace dirbridge::ledger {
namespace {

#define OKTA_GROUP_COLUMNS "g.id, g.name, g.description, g.members, g.created, g.updated, g.membership_updated"

GroupRow read_group(const Rows& row) {
  GroupRow group;
  group.id = row.id<GroupId>(0);
  group.group.name = row.text(1);
  group.group.description = row.text(2);
  group.members = row.count(3);
  group.created = row.time(4);
  group.updated = row.time(5);
  group.membership_updated = row.time(6);
  return group;
}

std::vector<GroupRow> read_all(Rows rows) {
  std::vector<GroupRow> groups;
  while (rows.next()) groups.push_back(read_group(rows));
  return groups;
}

}  // namespace

// Two callers who take one name at the same moment: the second is refused, whatever the hub read before.
void Fold::fold(const Record& record, const OktaGroupCreated& fact) {
  expect(sql_.run("INSERT OR IGNORE INTO okta_groups(id, name, name_lower, name_folded, description, created, updated, "
                  "membership_updated) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6)",
                  fact.group, fact.name, to_lower(fact.name), fold_case(fact.name), fact.description, record.at) == 1,
         "there is a group of the id or the name of", fact.group.str());
}

void Fold::fold(const Record& record, const OktaGroupChanged& fact) {
  expect(sql_.run(
             "UPDATE OR IGNORE okta_groups SET name = ?, name_lower = ?, name_folded = ?, description = ?, updated = ? "
             "WHERE id = ?",
             fact.name, to_lower(fact.name), fold_case(fact.name), fact.description, record.at, fact.group) == 1,
         "no group, or another has its new name:", fact.group.str());
}

void Fold::fold(const Record&, const OktaGroupDeleted& fact) {
  expect(sql_.run("DELETE FROM okta_groups WHERE id = ?", fact.group) == 1, "no group", fact.group.str());
  sql_.run("DELETE FROM okta_members WHERE group_id = ?", fact.group);
}

void Fold::fold(const Record& record, const OktaMembershipChanged& fact) {
  {
    auto group = sql_.query("SELECT 1 FROM okta_groups WHERE id = ?", fact.group);
    expect(group.next(), "no group", fact.group.str());
  }
  const int changed =
      fact.is_member
          ? sql_.run("INSERT OR IGNORE INTO okta_members(group_id, user_id) VALUES(?, ?)", fact.group, fact.user)
          : sql_.run("DELETE FROM okta_members WHERE group_id = ? AND user_id = ?", fact.group, fact.user);
  // What was so before is no change, and dates nothing.
  if (changed == 0) return;
  sql_.run("UPDATE okta_groups SET members = members + ?, membership_updated = ? WHERE id = ?", fact.is_member ? 1 : -1,
           record.at, fact.group);
}

std::optional<GroupRow> OktaGroupViews::group(const GroupId& id) {
  auto rows = sql_.query("SELECT " OKTA_GROUP_COLUMNS " FROM okta_groups g WHERE id = ?", id);
  if (!rows.next()) return std::nullopt;
  return read_group(rows);
}

std::vector<GroupRow> OktaGroupViews::groups(std::string_view prefix, const Page& page) {
  const auto end = std::string{prefix} + "\xff";  // no UTF-8 text goes on with this byte
  return read_all(sql_.query("SELECT " OKTA_GROUP_COLUMNS
                             " FROM okta_groups g WHERE id > ? AND name_folded >= ? AND name_folded < ? "
                             "ORDER BY id LIMIT ?",
                             page.after, prefix, end, page.limit));
}

std::vector<GroupRow> OktaGroupViews::groups_of(const UserId& user) {
  return read_all(sql_.query("SELECT " OKTA_GROUP_COLUMNS
                             " FROM okta_members m CROSS JOIN okta_groups g ON g.id = m.group_id "
                             "WHERE m.user_id = ? ORDER BY g.id",
                             user));
}

std::vector<UserId> OktaGroupViews::members(const GroupId& group, const Page& page) {
  std::vector<UserId> users;
  auto rows = sql_.query("SELECT user_id FROM okta_members WHERE group_id = ? AND user_id > ? ORDER BY user_id LIMIT ?",
                         group, page.after, page.limit);
  while (rows.next()) users.push_back(rows.id<UserId>(0));
  return users;
}

}  // namespace dirbridge::ledger
