// Event hooks in the ledger: kept, changed, deleted, and the same after a replay.
#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {
namespace {

class EventHooks : public LedgerTest {
 protected:
  void SetUp() override { open(); }
  const EventHookId one{"whoOne"};
};

TEST_F(EventHooks, OneIsKeptChangedAndDeletedOnce) {
  append(EventHookCreated{one, "a"});
  EXPECT_EQ(try_append(EventHookCreated{one, "b"}).error().code, errc::conflict);
  append(EventHookChanged{one, "c"});
  ASSERT_EQ(views->event_hooks().size(), 1u);
  EXPECT_EQ(views->event_hooks()[0].id, one);
  EXPECT_EQ(views->event_hooks()[0].json, "c");
  append(EventHookDeleted{one});
  EXPECT_TRUE(views->event_hooks().empty());
  EXPECT_EQ(try_append(EventHookDeleted{one}).error().code, errc::conflict);
  EXPECT_EQ(try_append(EventHookChanged{one, "d"}).error().code, errc::conflict);
}

TEST_F(EventHooks, AReplayGivesTheSameHooks) {
  append(EventHookCreated{one, "a"});
  append(EventHookCreated{EventHookId{"whoTwo"}, "b"});
  append(EventHookChanged{one, "c"});
  expect_views_equal_a_replay();
}

}  // namespace
}  // namespace dirbridge::ledger::test
