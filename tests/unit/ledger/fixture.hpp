// A ledger in a folder of its own, and short words for what is appended to it.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/views.hpp"

namespace dirbridge::ledger::test {

inline const DirectoryId directory{"0oaTest"};
inline const AgentId agent{"a53Ann"};
inline const WallTime t0 = from_epoch_ms(1'800'000'000'000);

inline Record record(Body body, WallTime at = t0, DirectoryId where = directory) {
  return {0, std::move(where), at, std::move(body)};
}

inline proto::ImportedUser user(const std::string& name) {
  return {.stable_id = name + "-uuid",
          .dn = "uid=" + name + ",ou=People,dc=example",
          .key = "uid=" + name + ",ou=people,dc=example",
          .login = name,
          .email = name + "@example.org",
          .first_name = "F" + name,
          .last_name = "L" + name,
          .display_name = "F L " + name};
}
inline std::string key_of(const std::string& name) { return user(name).key; }
inline proto::ImportedGroup group(const std::string& name, const std::vector<std::string>& members) {
  proto::ImportedGroup made{.stable_id = name + "-uuid",
                            .dn = "cn=" + name + ",dc=example",
                            .key = "cn=" + name + ",dc=example",
                            .name = name,
                            .description = "the " + name,
                            .attribute = "member",
                            .object_class = "groupOfNames",
                            .member_keys = {}};
  for (const auto& member : members) made.member_keys.push_back(key_of(member));
  return made;
}
inline UserId user_id(const std::string& name) { return UserId{"00u" + name}; }
inline GroupId group_id(const std::string& name) { return GroupId{"00g" + name}; }

inline proto::MembershipChange change(proto::Action action, const std::string& group,
                                      const std::vector<std::string>& users) {
  proto::MembershipChange made{{"00g" + group, "cn=" + group + ",dc=example", group + "-uuid"}, action, "member", {}};
  for (const auto& name : users) made.members.push_back({"00u" + name, user(name).dn, name + "-uuid"});
  return made;
}
inline JobAccepted accepted(const std::string& id, proto::MembershipChange what) {
  return {JobId{id}, "00Tprincipal", RequestId{"req" + id}, std::move(what), t0 + 30s};
}
inline JobClosed closed(const std::string& id, proto::Outcome outcome, std::string disposition = "applied") {
  return {JobId{id}, std::move(disposition), std::move(outcome), agent, "modify cn=g", {{t0, "leased"}}};
}
inline proto::Outcome applied(std::size_t count = 1) {
  return proto::Outcome::all(count, proto::Verdict::applied, proto::Evidence::result);
}

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    std::string name = (std::filesystem::temp_directory_path() / "dirbridge-ledger-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    settings.path = folder / "hub.db";
  }
  ~LedgerTest() override {
    views.reset();
    ledger.reset();
    std::filesystem::remove_all(folder);
  }

  void open() {
    views.reset();
    ledger.reset();
    auto opened = open_sqlite_ledger(settings);
    ASSERT_TRUE(opened) << opened.error().message();
    ledger = std::move(*opened);
    auto seen = open_sqlite_views(settings.path);
    ASSERT_TRUE(seen) << seen.error().message();
    views = std::move(*seen);
  }
  void open_with_directory() {
    open();
    append(DirectoryCreated{"People", "LDAP"});
  }

  std::future<result<std::uint64_t>> start(std::vector<Record> records) {
    auto promise = std::make_shared<std::promise<result<std::uint64_t>>>();
    auto future = promise->get_future();
    ledger->append(std::move(records), [promise](result<std::uint64_t> done) { promise->set_value(std::move(done)); });
    return future;
  }
  // Durable, and in the views.
  result<std::uint64_t> try_append(Body body, WallTime at = t0) {
    auto done = start({record(std::move(body), at)}).get();
    ledger->flush();
    return done;
  }
  std::uint64_t append(Body body, WallTime at = t0) {
    const auto done = try_append(std::move(body), at);
    EXPECT_TRUE(done) << done.error().message();
    return done ? *done : 0;
  }

  // A whole import: groups by name with their members.
  void import(const std::string& id, const std::vector<std::string>& users,
              const std::vector<std::pair<std::string, std::vector<std::string>>>& groups, WallTime at = t0) {
    append(ImportStarted{ImportId{id}, agent, ""}, at);
    append(staged(id, users, groups), at);
    append(ImportApplied{ImportId{id}, users.size(), groups.size()}, at);
  }
  static ImportStaged staged(const std::string& id, const std::vector<std::string>& users,
                             const std::vector<std::pair<std::string, std::vector<std::string>>>& groups) {
    ImportStaged batch{ImportId{id}};
    for (const auto& name : users) batch.users.emplace_back(user_id(name), user(name));
    for (const auto& [name, members] : groups) batch.groups.emplace_back(group_id(name), group(name, members));
    return batch;
  }
  std::vector<std::string> members(const std::string& name) {
    std::vector<std::string> keys;
    for (const auto& member : views->members(group_id(name), {"", 1000})) keys.push_back(member.key);
    return keys;
  }
  static std::vector<std::string> keys(const std::vector<std::string>& names) {
    std::vector<std::string> made;
    for (const auto& name : names) made.push_back(key_of(name));
    return made;
  }
  void modify(const std::string& id, proto::Action action, const std::string& group,
              const std::vector<std::string>& users, WallTime at = t0) {
    append(accepted(id, change(action, group, users)), at);
    append(closed(id, applied(users.size())), at);
  }

  Verification verify() {
    auto verified = verify_sqlite_ledger(settings.path);
    EXPECT_TRUE(verified) << verified.error().message();
    return verified ? *verified : Verification{};
  }
  void expect_views_equal_a_replay() {
    const auto verified = verify();
    EXPECT_GT(verified.records, 0u);
    EXPECT_EQ(verified.differences, std::vector<std::string>{});
  }
  // Nothing is garbage any more. There is no signal for it: the condition is looked at until a deadline.
  template <class Condition>
  bool eventually(Condition&& condition, milliseconds within = 20s) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::filesystem::path folder;
  LedgerSettings settings;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<Views> views;
};

}  // namespace dirbridge::ledger::test
