// OAuth service apps and the keys they may use.
#include <SQLiteCpp/Database.h>

#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class Apps : public LedgerTest {
 protected:
  void SetUp() override {
    open();
    append(AppCreated{client, "ci", {"okta.groups.read", "okta.users.read"}, true, "k1", "{\"kid\":\"k1\"}"});
  }
  const ClientId client{"0oaApp"};
};

TEST_F(Apps, AnAppIsFoundWithItsScopesAndItsKey) {
  const auto app = views->app(client);
  ASSERT_TRUE(app);
  EXPECT_EQ(app->name, "ci");
  EXPECT_EQ(app->scopes, (std::vector<std::string>{"okta.groups.read", "okta.users.read"}));
  EXPECT_TRUE(app->dpop);
  EXPECT_FALSE(app->revoked);
  ASSERT_EQ(app->keys.size(), 1u);
  EXPECT_EQ(app->keys[0].key, "{\"kid\":\"k1\"}");
  EXPECT_FALSE(app->keys[0].expires);
  EXPECT_FALSE(views->app(ClientId{"0oaOther"}));
}

TEST_F(Apps, TheKeysBeforeANewOneEndWhenItSaysAndNeverLaterThanTheyWereToldBefore) {
  append(AppKeyRotated{client, "k2", "{}", t0 + 1h});
  append(AppKeyRotated{client, "k3", "{}", t0 + 5h});
  const auto keys = views->app(client)->keys;
  ASSERT_EQ(keys.size(), 3u);
  EXPECT_EQ(keys[0].kid, "k1");
  EXPECT_EQ(keys[0].expires, t0 + 1h);
  EXPECT_EQ(keys[1].expires, t0 + 5h);
  EXPECT_FALSE(keys[2].expires);
}

TEST_F(Apps, AKeyIsGivenToAnAppOnce) {
  EXPECT_EQ(try_append(AppKeyRotated{client, "k1", "{}", t0}).error().code, errc::conflict);
  EXPECT_FALSE(views->app(client)->keys[0].expires) << "the whole record is refused";
}

TEST_F(Apps, ARevokedAppGetsNoNewKey) {
  append(AppRevoked{client});
  EXPECT_TRUE(views->apps().at(0).revoked);
  EXPECT_EQ(try_append(AppKeyRotated{client, "k2", "{}", t0}).error().code, errc::conflict);
  EXPECT_EQ(try_append(AppRevoked{ClientId{"0oaOther"}}).error().code, errc::conflict);
}

TEST_F(Apps, AReplayGivesTheSameAppsAndKeys) {
  append(AppKeyRotated{client, "k2", "{}", t0 + 1h});
  append(AppCreated{ClientId{"0oaB"}, "b", {"okta.apps.read"}, false, "k", "{}"});
  append(AppRevoked{ClientId{"0oaB"}});
  expect_views_equal_a_replay();
}

TEST_F(Apps, AUsedAssertionIsKnownUntilItExpiresAndThenDroppedWithItsRecord) {
  append(AssertionUsed{"first", t0 + 1h});
  append(AssertionUsed{"second", t0 + 2h});
  open();
  const auto used = views->used_assertions(t0 + 1h - 1ms);
  ASSERT_EQ(used.size(), 2u);
  EXPECT_EQ(used[0].hash, "first");
  EXPECT_EQ(used[0].until, t0 + 1h);
  EXPECT_EQ(views->used_assertions(t0 + 1h).size(), 1u);
  expect_views_equal_a_replay();
  const auto records = verify().records;
  append(EpochStarted{1}, t0 + 90min);  // an hour has struck
  ledger->flush();
  EXPECT_EQ(views->used_assertions(t0).size(), 1u);
  EXPECT_EQ(verify().records, records) << "one came, one went";
  expect_views_equal_a_replay();
}

TEST_F(Apps, AFileOfTheVersionBeforeGetsTheTablesAndKeepsItsRecords) {
  append(TokenCreated{TokenId{"00T1"}, "ci", "abcd", {"okta.groups.read"}});
  views.reset();
  ledger.reset();
  {
    SQLite::Database file{settings.path, SQLite::OPEN_READWRITE};
    file.exec("DROP TABLE apps; DROP TABLE app_keys; DELETE FROM records WHERE type = 'app_created'");
    file.exec("PRAGMA user_version = 1");
  }
  open();
  EXPECT_TRUE(views->token_by_hash("abcd"));
  EXPECT_FALSE(views->app(client));
  append(AppCreated{client, "ci", {"okta.groups.read"}, false, "k1", "{}"});
  EXPECT_TRUE(views->app(client));
  expect_views_equal_a_replay();
}

}  // namespace dirbridge::ledger::test
