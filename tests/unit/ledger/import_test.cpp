// Imports beside what is current, beside each other, and beside the jobs that go on.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "ledger/staged_parts.hpp"
#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class Importing : public LedgerTest {
 protected:
  void SetUp() override { open_with_directory(); }

  int rows(const std::string& table) {
    SQLite::Database file{settings.path};
    return file.execAndGet("SELECT count(*) FROM " + table).getInt();
  }
};

TEST_F(Importing, WhatWasNotSeenIsGoneAndWhatStayedKeepsItsTimes) {
  import("imp1", {"ann", "bob"}, {{"g", { "ann" }}, {"h", { "ann" }}, { "i", {} }}, t0);
  append(ImportStarted{ImportId{"imp2"}, agent, ""}, t0 + 1h);
  auto batch = staged("imp2", {"ann", "cid"}, {{"g", {"ann"}}, {"h", {"ann", "cid"}}});
  batch.users[0].second.email = "new@example.org";
  append(batch, t0 + 1h);
  append(ImportApplied{ImportId{"imp2"}, 2, 2}, t0 + 2h);
  EXPECT_FALSE(views->user(user_id("bob")));
  EXPECT_FALSE(views->group(group_id("i")));
  const auto ann = views->user(user_id("ann"));
  EXPECT_EQ(ann->created, t0);
  EXPECT_EQ(ann->updated, t0 + 1h) << "the mail address is new";
  EXPECT_EQ(views->user(user_id("cid"))->created, t0 + 1h);
  const auto g = views->group(group_id("g"));
  EXPECT_EQ(g->created, t0);
  EXPECT_EQ(g->updated, t0);
  EXPECT_EQ(g->membership_updated, t0) << "the same members";
  EXPECT_EQ(views->group(group_id("h"))->membership_updated, t0 + 1h);
  EXPECT_EQ(views->directory(directory)->generation, 2u);
  expect_views_equal_a_replay();
}

TEST_F(Importing, WhatBecomesOfEachGroupIsKnownBeforeItIsApplied) {
  import("imp1", {"ann", "bob"}, {{"gone", {}}, {"members", { "ann" }}, {"renamed", {}}, { "same", { "ann" } }}, t0);
  append(ImportStarted{ImportId{"imp2"}, agent, ""}, t0 + 1h);
  auto batch = staged("imp2", {"ann", "bob"}, {{"members", {"bob"}}, {"new", {}}, {"renamed", {}}, {"same", {"ann"}}});
  batch.groups[2].second.name = "Renamed";
  append(batch, t0 + 1h);
  const auto told = [](const std::vector<GroupFate>& fates) {
    std::string all;
    for (const auto& fate : fates)
      all += fate.id.str() + " " + fate.name + " " + std::to_string(static_cast<int>(fate.kind)) + "; ";
    return all;
  };
  const ImportId second{"imp2"};
  EXPECT_EQ(told(views->staged_groups(second, {})),
            "00gmembers members 0; 00gnew new 1; 00grenamed Renamed 2; 00gsame same 0; ");
  EXPECT_EQ(told(views->replaced_groups(second, {})),
            "00ggone gone 3; 00gmembers members 0; 00grenamed renamed 0; 00gsame same 0; ");
  EXPECT_EQ(told(views->staged_groups(second, {"00gnew", 1})), "00grenamed Renamed 2; ");
  EXPECT_EQ(told(views->replaced_groups(second, {"00ggone", 1})), "00gmembers members 0; ");
  EXPECT_EQ(told(views->staged_groups(ImportId{"imp9"}, {})), "");
}

TEST_F(Importing, OfAFirstImportEveryGroupIsNew) {
  append(ImportStarted{ImportId{"imp1"}, agent, ""});
  append(staged("imp1", {}, {{"a", {}}, {"b", {}}}));
  EXPECT_EQ(views->replaced_groups(ImportId{"imp1"}, {}).size(), 0u);
  for (const auto& fate : views->staged_groups(ImportId{"imp1"}, {})) EXPECT_EQ(fate.kind, GroupFate::Kind::created);
}

TEST_F(Importing, WhatIsSupersededOrDroppedLeavesTheFileAndTheReplayStaysTheSame) {
  import("imp1", {"ann", "bob"}, {{ "g", { "ann", "bob" } }});
  modify("ADS1", proto::Action::remove, "g", {"bob"});
  append(ImportStarted{ImportId{"imp2"}, agent, ""});
  append(staged("imp2", {"ann"}, {{"g", {"ann"}}}));
  modify("ADS2", proto::Action::add, "g", {"bob"});
  append(ImportDropped{ImportId{"imp2"}, "the agent went away"});
  EXPECT_EQ(views->import(ImportId{"imp2"})->reason, "the agent went away");
  EXPECT_EQ(members("g"), keys({"ann", "bob"})) << "nothing of it is seen";
  expect_views_equal_a_replay();
  import("imp3", {"ann", "bob"}, {{ "g", { "ann", "bob" } }});
  EXPECT_TRUE(eventually([&] { return rows("garbage") == 0; }));
  EXPECT_EQ(rows("users"), 2);
  EXPECT_EQ(rows("groups"), 1);
  EXPECT_EQ(rows("members"), 2);
  EXPECT_EQ(rows("records WHERE type = 'import_staged'"), 1);
  EXPECT_EQ(try_append(staged("imp2", {"cid"}, {})).error().code, errc::conflict);
  EXPECT_EQ(try_append(ImportApplied{ImportId{"imp2"}, 1, 1}).error().code, errc::conflict);
  expect_views_equal_a_replay();
}

TEST_F(Importing, AChangeMadeMeanwhileHoldsWhetherItsGroupWasStagedBeforeOrComesAfter) {
  import("imp1", {"ann", "bob", "cid"}, {{"before", { "cid" }}, { "after", { "cid" } }});
  append(ImportStarted{ImportId{"imp2"}, agent, ""});
  append(staged("imp2", {"ann", "bob", "cid"}, {{"before", {"cid"}}}));
  for (const auto* name : {"before", "after"}) {
    modify(std::string{"ADSa"} + name, proto::Action::add, name, {"ann", "bob"}, t0 + 5s);
    modify(std::string{"ADSr"} + name, proto::Action::remove, name, {"cid", "bob"}, t0 + 6s);
  }
  // Read before any of that.
  append(staged("imp2", {}, {{"after", {"cid"}}}), t0 + 7s);
  append(staged("imp2", {}, {{"after", {"bob"}}}), t0 + 8s);
  append(ImportApplied{ImportId{"imp2"}, 3, 2}, t0 + 9s);
  EXPECT_EQ(members("before"), keys({"ann"}));
  EXPECT_EQ(members("after"), keys({"ann"}));
  EXPECT_EQ(views->group(group_id("after"))->members, 1u);
  EXPECT_EQ(views->group(group_id("before"))->membership_updated, t0 + 6s);
  EXPECT_TRUE(eventually([&] { return rows("garbage") == 0; }));
  expect_views_equal_a_replay();
}

TEST_F(Importing, StagingABatchAgainChangesNothing) {
  append(ImportStarted{ImportId{"imp1"}, agent, ""});
  for (int i = 0; i < 2; ++i) append(staged("imp1", {"ann", "bob"}, {{"g", {"ann", "bob"}}}));
  append(staged("imp1", {}, {{"g", {"cid"}}}));
  append(ImportApplied{ImportId{"imp1"}, 2, 1});
  EXPECT_EQ(views->group(group_id("g"))->members, 3u);
  EXPECT_EQ(members("g"), keys({"ann", "bob", "cid"}));
  expect_views_equal_a_replay();
}

TEST_F(Importing, ALargeBatchIsCutIntoRecordsOfBoundedSize) {
  auto batch = staged("imp1", {"ann", "bob"}, {{"empty", {}}, {"large", {}}, {"last", {"ann"}}});
  for (int i = 0; i < 2000; ++i) batch.groups[1].second.member_keys.push_back("uid=" + std::to_string(i));
  const auto whole = record(batch);
  ASSERT_TRUE(is_large_batch(whole));
  std::size_t users = 0;
  std::vector<std::string> large;
  std::size_t largest = 0;
  for (const auto& part : cut_batch(whole)) {
    const auto& fact = std::get<ImportStaged>(part.body);
    std::size_t rows = fact.users.size() + fact.groups.size();
    for (const auto& [id, piece] : fact.groups) {
      rows += piece.member_keys.size();
      if (id == group_id("large")) large.insert(large.end(), piece.member_keys.begin(), piece.member_keys.end());
    }
    users += fact.users.size();
    largest = std::max(largest, rows);
  }
  EXPECT_EQ(users, 2u);
  EXPECT_EQ(large, batch.groups[1].second.member_keys);
  EXPECT_LE(largest, max_rows_per_record);

  append(ImportStarted{ImportId{"imp1"}, agent, ""});
  append(batch);
  append(ImportApplied{ImportId{"imp1"}, 2, 3});
  EXPECT_EQ(views->group(group_id("large"))->members, 2000u);
  EXPECT_EQ(views->group(group_id("last"))->members, 1u);
  expect_views_equal_a_replay();
  EXPECT_EQ(try_append(batch).error().code, errc::conflict) << "the import is over; told once for all parts";
}

// 120,000 users while jobs go on: no job waits long behind the import, the flip, or the removal of what was before.
TEST_F(Importing, AHundredAndTwentyThousandUsersHoldUpNobody) {
  constexpr int users = 120'000;
  constexpr int batch_size = 1000;
  import("imp0", {"ann"}, {{ "g", {} }});
  milliseconds longest{0};
  int jobs = 0;
  const auto job = [&] {
    const auto begun = std::chrono::steady_clock::now();
    modify("ADS" + std::to_string(jobs), jobs % 2 ? proto::Action::remove : proto::Action::add, "g", {"ann"});
    ++jobs;
    longest = std::max(longest, std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - begun));
  };
  const auto run = [&](const std::string& id, int count) {
    append(ImportStarted{ImportId{id}, agent, ""});
    std::vector<std::future<result<std::uint64_t>>> pending;
    for (int first = 0; first < count; first += batch_size) {
      ImportStaged batch{ImportId{id}};
      for (int i = first; i < first + batch_size; ++i) {
        const auto name = "user" + std::to_string(i);
        batch.users.emplace_back(user_id(name), user(name));
      }
      batch.users.emplace_back(user_id("ann"), user("ann"));
      batch.groups.emplace_back(group_id("g"), group("g", {}));
      for (int i = first; i < first + batch_size; i += 2)
        batch.groups.back().second.member_keys.push_back(key_of("user" + std::to_string(i)));
      pending.push_back(start({record(std::move(batch))}));
      job();
      if (pending.size() > 4) {
        EXPECT_TRUE(pending.front().get());
        pending.erase(pending.begin());
      }
    }
    for (auto& one : pending) EXPECT_TRUE(one.get());
    append(ImportApplied{ImportId{id}, static_cast<std::uint64_t>(count) + 1, 1});
    job();
  };
  const auto begun = std::chrono::steady_clock::now();
  run("imp1", 20'000);
  run("imp2", users);
  EXPECT_TRUE(eventually(
      [&] {
        job();
        return rows("garbage") == 0;
      },
      80s));
  std::cout << "an import of 20,000 users, one of 120,000 and the removal of the first: "
            << std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - begun).count() << " ms; " << jobs
            << " jobs of two commits each beside them, the slowest took " << longest.count() << " ms\n";
  // Two commits, each behind at most one commit of 20 ms and a slice of upkeep or a checkpoint; generous for a debug
  // build on a busy machine. The transactions themselves are bounded by rows, see staged_parts.hpp.
  EXPECT_LT(longest, 1s);
  EXPECT_EQ(views->group(group_id("g"))->members, users / 2u + (jobs % 2));
  EXPECT_EQ(rows("users"), users + 1);
}

}  // namespace dirbridge::ledger::test
