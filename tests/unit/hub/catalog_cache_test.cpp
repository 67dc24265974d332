// What is kept of users between two imports.
#include "hub/catalog_cache.hpp"

#include "hub_fixture.hpp"

namespace dirbridge::hub {
namespace {

class CatalogCaching : public HubFixture {};

std::vector<UserId> ids(std::initializer_list<const char*> names) {
  std::vector<UserId> all;
  for (const auto* name : names) all.emplace_back(std::string{"00u"} + name);
  return all;
}

TEST_F(CatalogCaching, UsersComeInTheOrderOfTheirIdsWhetherTheyAreKeptOrNot) {
  play([](CatalogCaching& t) -> asio::awaitable<void> {
    co_await t.furnish();
    CatalogCache cache{t.hub_->store};
    for (int turn = 0; turn < 2; ++turn) {
      const auto asked = ids({"u3", "nobody", "u1", "u3", "u9"});
      const auto users = cache.users(t.directory_, asked);
      EXPECT_EQ(users.size(), 5u);
      EXPECT_EQ(users[0]->dn, "uid=u3,ou=people,dc=example,dc=org");
      EXPECT_EQ(users[0]->stable_id, "uuid-u3");
      EXPECT_FALSE(users[1]);
      EXPECT_EQ(users[2]->stable_id, "uuid-u1");
      EXPECT_EQ(users[3]->stable_id, "uuid-u3");
      EXPECT_EQ(users[4]->stable_id, "uuid-u9");
      const auto some = ids({"u0", "u1", "nobody"});
      const auto more = cache.users(t.directory_, some);
      EXPECT_EQ(more[0]->stable_id, "uuid-u0");
      EXPECT_EQ(more[1]->stable_id, "uuid-u1");
      EXPECT_FALSE(more[2]);
    }
    const auto asked = ids({"u3"});
    EXPECT_FALSE(cache.users(DirectoryId{"0oaOther"}, asked)[0]);
  }(*this));
}

TEST_F(CatalogCaching, AnImportEndsWhatWasKept) {
  play([](CatalogCaching& t) -> asio::awaitable<void> {
    co_await t.furnish();
    CatalogCache cache{t.hub_->store};
    const auto asked = ids({"u3", "u4"});
    EXPECT_TRUE(cache.users(t.directory_, asked)[1]);
    std::vector<ledger::Body> bodies;
    bodies.emplace_back(ledger::ImportStarted{ImportId{"imp2"}, AgentId{"a"}, ""});
    ledger::ImportStaged staged{ImportId{"imp2"}, {}, {}};
    const std::string dn = "uid=u3,ou=moved,dc=example,dc=org";
    staged.users.emplace_back(UserId{"00uu3"}, proto::ImportedUser{"uuid-u3", dn, dn, "u3", "", "", "", "u3"});
    bodies.emplace_back(staged);
    bodies.emplace_back(ledger::ImportApplied{ImportId{"imp2"}, 1, 0});
    co_await t.append(std::move(bodies));
    const auto users = cache.users(t.directory_, asked);
    EXPECT_EQ(users[0]->dn, dn);
    EXPECT_FALSE(users[1]);
  }(*this));
}

}  // namespace
}  // namespace dirbridge::hub
