// The System Log in the ledger: order, range, retention, and a replay that gives the same.
#include <filesystem>

#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class Events : public LedgerTest {
 protected:
  void SetUp() override {
    open_with_directory();
    for (int i = 0; i < 5; ++i) append(EventLogged{"{\"n\":" + std::to_string(i) + "}"}, t0 + i * 1s);
  }
  std::string read(EventRange range) {
    std::string all;
    for (const auto& row : views->events(range)) all += row.json;
    return all;
  }
  const WallTime end = t0 + 1h;
};

TEST_F(Events, AreReadInTheirOrderOrBackwardsWithinTheirTimes) {
  EXPECT_EQ(read({.since = t0 + 1s, .until = t0 + 4s}), R"({"n":1}{"n":2}{"n":3})");
  EXPECT_EQ(read({.since = t0, .until = end, .newest_first = true, .limit = 2}), R"({"n":4}{"n":3})");
}

TEST_F(Events, APageGoesOnBehindItsCursor) {
  const auto first = views->events({.since = t0, .until = end, .limit = 2});
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(read({.since = t0, .until = end, .cursor = first.back().sequence}), R"({"n":2}{"n":3}{"n":4})");
  EXPECT_EQ(read({.since = t0, .until = end, .cursor = first.back().sequence, .newest_first = true}), R"({"n":0})");
}

TEST_F(Events, SurviveARestartAndEqualAReplay) {
  open();
  EXPECT_EQ(views->events({.since = t0, .until = end}).size(), 5u);
  expect_views_equal_a_replay();
}

TEST_F(Events, OlderThanTheRetentionAreDroppedWithTheirRecords) {
  append(EventLogged{"{}"}, t0 + settings.retention + 3s);
  ledger->flush();
  EXPECT_EQ(read({.since = t0, .until = end}), R"({"n":3}{"n":4})");
  expect_views_equal_a_replay();
}

TEST_F(LedgerTest, IsItsOwnersAloneWhateverTheFoldersMode) {
  const auto modes = [&] {
    std::string all;
    for (const auto* end : {"", "-wal", "-shm"}) {
      const auto bits = std::filesystem::status(settings.path + end).permissions();
      all += (bits & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
                     std::filesystem::perms::none
                 ? "own "
                 : "open ";
    }
    return all;
  };
  open_with_directory();
  EXPECT_EQ(modes(), "own own own ");
  for (const auto* end : {"", "-wal", "-shm"})
    std::filesystem::permissions(settings.path + end, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
  open();
  EXPECT_EQ(modes(), "own own own ");
}

}  // namespace dirbridge::ledger::test
