// Read side: the views as committed; jobs and members may be some milliseconds behind their records (Ledger::settle). A
// damaged file is a bug or a broken disk and throws std::exception. One read-only connection of its own, used on one
// thread (the hub's loop); point look-ups take tens of microseconds, pages are bounded by `limit`.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "ledger/record.hpp"

namespace dirbridge::ledger {

struct DirectoryRow {
  DirectoryId id;
  std::string name;
  std::string kind;  // "LDAP" or "AD"
  WallTime created;
  std::uint64_t generation = 0;  // 0: never imported
  std::uint64_t users = 0;
  std::uint64_t groups = 0;
  WallTime imported;
};
struct UserRow {
  UserId id;
  DirectoryId directory;
  proto::ImportedUser user;
  WallTime created;
  WallTime updated;
};
// What a change needs to know of a user.
struct UserName {
  std::string dn;
  std::string stable_id;
};
struct GroupRow {
  GroupId id;
  DirectoryId directory;       // empty: one of Okta's own groups, which has a name and a description only
  proto::ImportedGroup group;  // without member_keys
  std::uint64_t members = 0;
  WallTime created;
  WallTime updated;
  WallTime membership_updated;
  std::string kind;  // of the directory
};
// What an import that is being staged makes of one group. A group whose members alone change is unchanged.
struct GroupFate {
  enum class Kind { unchanged, created, updated, deleted };
  GroupId id;
  std::string name;
  Kind kind{};
};
struct MemberRow {
  std::string key;
  std::optional<UserRow> user;  // absent: a member that was not imported as a user (service account, nested group)
};
struct TokenRow {
  TokenId id;
  std::string name;
  std::vector<std::string> scopes;
  WallTime created;
  bool revoked = false;
};
struct AppKeyRow {
  std::string kid;
  std::string key;  // public JWK, JSON
  WallTime added;
  std::optional<WallTime> expires;  // of a key that was followed by another
};
struct AppRow {
  ClientId id;
  std::string name;
  std::vector<std::string> scopes;
  bool dpop = false;
  WallTime created;
  bool revoked = false;
  std::vector<AppKeyRow> keys;  // oldest first, expired ones included
};
// An assertion that a service app has used and that has not expired.
struct UsedAssertion {
  std::string hash;  // as AssertionUsed brought it
  WallTime until;
};
struct AgentRow {
  AgentId id;
  DirectoryId directory;
  std::string name;
  std::string public_key;
  WallTime enrolled;
  bool revoked = false;
  std::string software;  // the last it said; empty: it said none
};
struct EnrolCodeRow {
  DirectoryId directory;
  WallTime expires;
  bool used = false;
};
struct JobRow {
  JobId id;
  DirectoryId directory;
  std::string principal;
  std::vector<RequestId> requests;  // the one that made it, then those that joined
  proto::MembershipChange change;
  WallTime accepted;
  WallTime deadline;
  std::string disposition;  // "open" until closed
  std::optional<WallTime> closed;
  proto::Outcome outcome;
  AgentId agent;
  std::string operation;
  std::vector<JobEvent> story;
  std::vector<JobEvidence> evidence;
};
struct ImportRow {
  ImportId id;
  DirectoryId directory;
  AgentId agent;
  std::string state;  // running, applied, dropped
  std::string reason;
  WallTime started;
  std::optional<WallTime> ended;
  std::uint64_t users = 0;
  std::uint64_t groups = 0;
};

// `after` is the last id of the page before (empty: from the start); rows come in id order.
struct Page {
  std::string after;
  std::size_t limit = 200;
};

struct EventRow {
  std::uint64_t sequence = 0;
  WallTime at;
  std::string json;  // LogEvent (contract C5)
};
struct EventHookRow {
  EventHookId id;
  std::string json;  // as EventHookCreated or EventHookChanged brought it
  WallTime created;
  WallTime updated;
};
// since <= at < until, in the order of the log; `cursor` is the last sequence of the page before (0: none).
struct EventRange {
  WallTime since;
  WallTime until;
  std::uint64_t cursor = 0;
  bool newest_first = false;
  std::size_t limit = 100;
};

class Views {
 public:
  virtual ~Views() = default;
  virtual std::uint64_t last_epoch() = 0;
  virtual std::uint64_t last_sequence() = 0;

  virtual std::vector<DirectoryRow> directories() = 0;
  virtual std::optional<DirectoryRow> directory(const DirectoryId& id) = 0;

  virtual std::optional<UserRow> user(const UserId& id) = 0;
  virtual std::optional<UserRow> user(const DirectoryId& directory, const UserId& id) = 0;
  // Of users of one directory, in the order of their ids; nullopt: not known in it. Some microseconds each.
  virtual std::vector<std::optional<UserName>> user_names(const DirectoryId& directory,
                                                          std::span<const UserId> ids) = 0;
  // Known ids for stable ids, for an import's allocation.
  virtual std::optional<UserId> user_by_stable_id(const DirectoryId& directory, std::string_view stable_id) = 0;
  virtual std::optional<GroupId> group_by_stable_id(const DirectoryId& directory, std::string_view stable_id) = 0;
  // Of one directory, or of all if it is empty. `name`: only those whose login/name starts with it, both folded
  // (fold_case).
  // Of groups "all" includes Okta's own, as does a look-up without a directory.
  virtual std::vector<UserRow> users(const DirectoryId& directory, std::string_view name, const Page& page) = 0;
  virtual std::optional<GroupRow> group(const GroupId& id) = 0;
  virtual std::optional<GroupRow> group(const DirectoryId& directory, const GroupId& id) = 0;
  virtual std::vector<GroupRow> groups(const DirectoryId& directory, std::string_view name, const Page& page) = 0;
  virtual std::vector<MemberRow> members(
      const GroupId& group,
      const Page& page) = 0;  // in key order, `after` is a key; the key is a DN, of Okta's own groups the user's id
  virtual std::vector<GroupRow> groups_of(const UserId& user) = 0;

  virtual std::optional<TokenRow> token_by_hash(std::string_view hash) = 0;
  virtual std::vector<TokenRow> tokens() = 0;
  virtual std::optional<AppRow> app(const ClientId& id) = 0;
  virtual std::vector<AppRow> apps() = 0;
  virtual std::vector<UsedAssertion> used_assertions(WallTime now) = 0;
  virtual std::optional<EnrolCodeRow> enrol_code(std::string_view hash) = 0;
  virtual std::optional<AgentRow> agent(const AgentId& id) = 0;
  virtual std::vector<AgentRow> agents(const DirectoryId& directory) = 0;

  virtual std::optional<JobRow> job(const JobId& id) = 0;
  virtual std::optional<JobRow> job_by_request(const RequestId& id) = 0;
  // Newest first. `before` is the last job id of the page before.
  virtual std::vector<JobRow> jobs(const DirectoryId& directory, bool only_open, const JobId& before,
                                   std::size_t limit) = 0;
  virtual std::vector<JobRow> open_jobs() = 0;  // oldest first: what a restart must settle
  virtual std::vector<EventRow> events(const EventRange& range) = 0;
  virtual std::vector<EventHookRow> event_hooks() = 0;
  virtual std::optional<ImportRow> import(const ImportId& id) = 0;
  virtual std::vector<ImportRow> running_imports() = 0;
  // Of an import that is staged and not applied yet: the groups it brings, and those of the directory as it is now,
  // which are `deleted` if the import does not bring them. Every row of a page is looked at, whatever its fate.
  virtual std::vector<GroupFate> staged_groups(const ImportId& import, const Page& page) = 0;
  virtual std::vector<GroupFate> replaced_groups(const ImportId& import, const Page& page) = 0;
};

// After open_sqlite_ledger() has created or migrated the file.
result<std::unique_ptr<Views>> open_sqlite_views(const std::string& path);

}  // namespace dirbridge::ledger
