// Situations of the server: stopped or killed with the modify in its socket, read-only, away.
#include <gtest/gtest.h>

#include "integration/directories/conformance_cases.hpp"

namespace dirbridge::directories {
namespace {

Play::Change within(Play::Change change, milliseconds remaining) {
  change.remaining = remaining;
  return change;
}

// Connected and known, so that the change that follows is the first thing the silent server does not answer.
void warm_up(Play& p, const Play::Value& group) {
  EXPECT_EQ(p.play({Play::add(group, {p.person(190)})}), "applied");
  p.shown_from = 1;
}

}  // namespace

std::vector<Case> trouble_cases() {
  return {
      {"Frozen", "server stopped (SIGSTOP) with the modify in its socket, continued after the deadline",
       [](Play& p) {
         p.shown_codes = "no answer";
         const auto group = p.group({1});
         warm_up(p, group);
         p.before_modify([&] { p.server.freeze(); });
         p.deliver({within(Play::remove(group, {p.person(1)}), milliseconds{3'000})});
         const bool unknown = p.wait_until_unknown();
         p.server.thaw();
         ASSERT_TRUE(unknown);
         ASSERT_TRUE(p.finish());
         EXPECT_EQ(p.verdicts(1), "applied");
         p.expect_holds(group, p.server.person(1), false);
       }},
      {"Killed", "server killed with the modify in its socket, started again at once",
       [](Play& p) {
         p.shown_codes = "lost › 0";
         const auto group = p.group({1});
         warm_up(p, group);
         p.before_modify([&] { p.server.freeze(); });
         p.deliver({Play::add(group, {p.person(2)})});
         const bool sent = p.wait_until_sent();
         p.server.kill();
         p.server.restart();
         ASSERT_TRUE(sent);
         ASSERT_TRUE(p.finish());
         EXPECT_EQ(p.verdicts(1), "applied");
         p.expect_holds(group, p.server.person(2));
       }},
      {"KilledAndAway", "server killed with the modify in its socket, started again after the deadline",
       [](Play& p) {
         p.shown_codes = "lost";
         const auto group = p.group({1});
         warm_up(p, group);
         p.before_modify([&] { p.server.freeze(); });
         p.deliver({within(Play::add(group, {p.person(2)}), milliseconds{3'000})});
         const bool unknown = p.wait_until_unknown();
         p.server.kill();
         p.server.restart();
         ASSERT_TRUE(unknown);
         ASSERT_TRUE(p.finish());
         EXPECT_EQ(p.verdicts(1), "not_sent");
         EXPECT_EQ(p.outcome(1).of(0).evidence, proto::Evidence::read_back);
         p.expect_holds(group, p.server.person(2), false);
       }},
      {"AwayTooLong", "server away until the deadline",
       [](Play& p) {
         p.shown_codes = "–";
         const auto group = p.group({1});
         warm_up(p, group);
         p.server.kill();
         p.deliver({within(Play::remove(group, {p.person(1)}), milliseconds{3'000})});
         const bool finished = p.finish();
         p.server.restart();
         ASSERT_TRUE(finished);
         EXPECT_EQ(p.verdicts(1), "not_sent");
         p.expect_holds(group, p.server.person(1));
       }},
      {"Replica",
       "read-only copy that refers to its primary",
       [](Play& p) {
         const auto group = p.group({1});
         p.server.set_replica_of("ldap://127.0.0.1:9");
         p.deliver({Play::add(group, {p.person(2)})});
         const bool finished = p.finish();
         p.server.set_replica_of("");
         ASSERT_TRUE(finished);
         EXPECT_EQ(p.verdicts(), "retryable");
         EXPECT_NE(p.outcome().of(0).advice.find("ldap://127.0.0.1:9"), std::string::npos) << p.outcome().of(0).advice;
         p.expect_holds(group, p.server.person(2), false);
       },
       {Server::openldap}},
      {"ReadOnly",
       "database read-only",
       [](Play& p) {
         const auto group = p.group({1});
         p.server.set_read_only(true);
         p.deliver({Play::add(group, {p.person(2)})});
         const bool finished = p.finish();
         p.server.set_read_only(false);
         ASSERT_TRUE(finished);
         EXPECT_EQ(p.verdicts(), "retryable");
         EXPECT_NE(p.outcome().of(0).advice.find("read-only"), std::string::npos) << p.outcome().of(0).advice;
         p.expect_holds(group, p.server.person(2), false);
       },
       {Server::openldap, Server::ds389}},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (auto part : {value_cases(), spelling_cases(), group_cases(), schema_cases(), foreign_cases(), kerberos_cases(),
                    trouble_cases(), way_cases()})
    for (auto& one : part) cases.push_back(std::move(one));
  return cases;
}

void Play::expect(const std::string& verdicts, const std::vector<Change>& changes, const PerServer& otherwise) {
  const auto special = otherwise.find(server.kind());
  const bool rehearses = can_be_read && changes.size() == 1;
  proto::PreviewResult told;
  if (rehearses) told = preview(changes.front());
  const auto change = delivered();
  const auto modifies = carried_out().size();
  EXPECT_EQ(play(changes), special == otherwise.end() ? verdicts : special->second) << "codes " << codes();
  if (rehearses) expect_as_told(told, change, modifies);
}

void Play::expect_as_told(const proto::PreviewResult& told, std::size_t change, std::size_t modifies_before) {
  ASSERT_EQ(told.status, proto::PreviewStatus::told) << told.reason;
  const auto& done = outcome(change);
  ASSERT_EQ(told.outcome.count(), done.count());
  for (std::size_t i = 0; i < done.count(); ++i) {
    // What 389 DS tells of rights is no certain refusal.
    if (told.outcome.of(i).verdict == proto::Verdict::unknown) {
      EXPECT_EQ(server.kind(), Server::ds389) << i;
      EXPECT_EQ(told.outcome.of(i).code, 50) << i;
      EXPECT_EQ(done.of(i).code, 50) << i;
      EXPECT_EQ(done.of(i).verdict, proto::Verdict::refused) << i;
      continue;
    }
    EXPECT_EQ(told.outcome.of(i).verdict, done.of(i).verdict) << i << ": " << done.of(i).advice;
    EXPECT_EQ(told.outcome.of(i).advice, done.of(i).advice) << i;
  }
  std::vector<std::string> shown;
  for (const auto& one : told.changes) shown.push_back(one.ldif);
  EXPECT_EQ(shown, (std::vector<std::string>{carried_out().begin() + static_cast<std::ptrdiff_t>(modifies_before),
                                             carried_out().end()}));
}

void Play::expect_holds(const Value& group, const std::string& dn, bool wanted, const std::string& attribute) {
  EXPECT_EQ(holds(group, dn, attribute), wanted) << dn;
}

}  // namespace dirbridge::directories
