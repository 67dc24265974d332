// Okta's own groups (OKTA_GROUP) and their members: tables and reading side; Fold has what their records do to them.
// Internal to ledger/'s sqlite_* files.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/sqlite_statements.hpp"
#include "ledger/views.hpp"

namespace dirbridge::ledger {

// Members are ids: a user who is imported no more stays one, and is not shown. `name_lower` is what two groups may not
// share, by the rule that older records were accepted under; `name_folded` is what a search compares.
inline constexpr const char* okta_group_views_v6 = R"sql(
CREATE TABLE okta_groups(
  id TEXT PRIMARY KEY, name TEXT NOT NULL, name_lower TEXT NOT NULL UNIQUE, name_folded TEXT NOT NULL,
  description TEXT NOT NULL, members INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL,
  updated INTEGER NOT NULL, membership_updated INTEGER NOT NULL
);
CREATE TABLE okta_members(group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY(group_id, user_id)) WITHOUT ROWID;
CREATE INDEX okta_members_by_user ON okta_members(user_id);
)sql";

// Rows have no directory; of ImportedGroup name and description are set.
class OktaGroupViews {
 public:
  explicit OktaGroupViews(Statements& statements) : sql_(statements) {}
  std::optional<GroupRow> group(const GroupId& id);
  // In id order; `prefix` folded.
  std::vector<GroupRow> groups(std::string_view prefix, const Page& page);
  std::vector<GroupRow> groups_of(const UserId& user);
  std::vector<UserId> members(const GroupId& group, const Page& page);  // in id order

 private:
  Statements& sql_;
};

}  // namespace dirbridge::ledger
