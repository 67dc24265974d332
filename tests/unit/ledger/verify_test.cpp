// Verification finds what is wrong, and retention leaves it nothing to find.
#include <SQLiteCpp/Database.h>

#include "unit/ledger/fixture.hpp"

namespace dirbridge::ledger::test {

class Verifying : public LedgerTest {
 protected:
  void SetUp() override {
    open_with_directory();
    import("imp1", {"ann", "bob"}, {{ "g", { "ann" } }});
    modify("ADS1", proto::Action::add, "g", {"bob"});
  }
  void tamper(const std::string& sql) {
    views.reset();
    ledger.reset();
    SQLite::Database file{settings.path, SQLite::OPEN_READWRITE};
    ASSERT_EQ(file.exec(sql), 1) << sql;
  }
  std::string only_difference() {
    const auto differences = verify().differences;
    EXPECT_EQ(differences.size(), 1u);
    return differences.empty() ? "" : differences.front();
  }
};

TEST_F(Verifying, AnHonestLedgerHasNoDifferences) {
  const auto beside_a_hub = verify();
  EXPECT_EQ(beside_a_hub.records, 6u);
  EXPECT_GT(beside_a_hub.rows, 6u);
  EXPECT_TRUE(beside_a_hub.differences.empty());
  views.reset();
  ledger.reset();
  EXPECT_TRUE(verify().differences.empty()) << "and without one";
}

TEST_F(Verifying, ATamperedRowIsNamed) {
  tamper("UPDATE jobs SET disposition = 'open'");
  EXPECT_EQ(only_difference(), "jobs ADS1: disposition: stored open, folded applied");
}

TEST_F(Verifying, AMissingRowIsNamed) {
  tamper("DELETE FROM members WHERE key = '" + key_of("bob") + "'");
  EXPECT_NE(only_difference().find(key_of("bob") + ": missing"), std::string::npos);
}

TEST_F(Verifying, ARowThatNoRecordSpeaksOfIsNamed) {
  tamper("INSERT INTO tokens(id, name, hash, scopes, created) VALUES('00Tevil', 'evil', 'h', 'dirbridge.operator', 1)");
  EXPECT_EQ(only_difference(), "tokens 00Tevil: stored, but no record says so");
}

TEST_F(Verifying, AForgedRecordShowsInTheViews) {
  tamper("UPDATE records SET body = replace(body, 'applied', 'refused') WHERE type = 'job_closed'");
  EXPECT_FALSE(verify().differences.empty());
}

TEST_F(Verifying, ARecordThatCannotBeReadIsNamed) {
  tamper("UPDATE records SET body = '{' WHERE type = 'directory_created'");
  ASSERT_FALSE(verify().differences.empty());
  EXPECT_EQ(verify().differences.front().substr(0, 9), "record 1:");
}

TEST_F(Verifying, EveryKindOfRecordIsReplayed) {
  append(EpochStarted{1});
  append(TokenCreated{TokenId{"00T1"}, "ci", "abcd", {"okta.groups.read"}});
  append(TokenRevoked{TokenId{"00T1"}});
  append(EnrolCodeCreated{"beef", t0 + 1h});
  append(AgentEnrolled{agent, "host", "key", "beef"});
  append(AgentRevoked{agent});
  append(JobEvidence{JobId{"ADS1"}, agent, "1.2", "late", applied()});
  append(accepted("ADS2", change(proto::Action::remove, "g", {"ann"})));
  append(JobJoined{JobId{"ADS2"}, RequestId{"again"}, t0 + 60s});
  append(ImportStarted{ImportId{"imp2"}, agent, ""});
  append(ImportDropped{ImportId{"imp2"}, "no"});
  expect_views_equal_a_replay();
}

class Retaining : public Verifying {};

TEST_F(Retaining, OldJobsAreDroppedOnceTheirDirectoryWasImportedAgain) {
  append(accepted("ADS2", change(proto::Action::add, "g", {"bob"})));
  append(accepted("ADS3", change(proto::Action::add, "g", {"bob"})));
  append(closed("ADS3", proto::Outcome::all(1, proto::Verdict::not_sent), "not_started"));
  append(JobEvidence{JobId{"ADS3"}, agent, "1.2", "late", applied()});
  const auto later = t0 + settings.retention + 1h;
  append(EpochStarted{5}, later);
  EXPECT_TRUE(eventually([&] { return !views->job(JobId{"ADS3"}); })) << "it changed nothing";
  EXPECT_TRUE(views->job(JobId{"ADS1"})) << "the members rest on it";
  EXPECT_TRUE(views->job(JobId{"ADS2"})) << "it is open";
  EXPECT_FALSE(views->job_by_request(RequestId{"reqADS3"}));
  expect_views_equal_a_replay();

  import("imp2", {"ann", "bob"}, {{ "g", { "ann", "bob" } }}, later);
  append(accepted("ADS4", change(proto::Action::add, "g", {"bob"})), later);
  append(closed("ADS4", applied()), later);
  append(EpochStarted{6}, later + 2h);
  EXPECT_TRUE(eventually([&] { return !views->job(JobId{"ADS1"}); }));
  EXPECT_TRUE(views->job(JobId{"ADS4"}));
  EXPECT_EQ(members("g"), keys({"ann", "bob"}));
  expect_views_equal_a_replay();
  open();
  const auto last = views->last_sequence();
  EXPECT_EQ(append(EpochStarted{7}, later + 2h), last + 1);
}

}  // namespace dirbridge::ledger::test
