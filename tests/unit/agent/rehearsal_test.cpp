// A dry run against the same change carried out: one scripted directory, asked first and then changed.
#include "agent/rehearsal.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "agent/previewer.hpp"
#include "ldap/ldif.hpp"
#include "support/run_until.hpp"
#include "support/scripted_directory.hpp"
#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;
using dirbridge::test::run_until;
using dirbridge::test::ScriptedDirectory;
using proto::Action;
using proto::PreviewStatus;
using proto::Verdict;

// What the scripted directory lacks: a kind, and a group as an entry.
class Kinded final : public ldap::Directory {
 public:
  explicit Kinded(std::shared_ptr<ScriptedDirectory> inner) : inner_(std::move(inner)) {}
  ldap::ServerKind is = ldap::ServerKind::openldap;
  std::string object_class = "groupOfNames";
  std::optional<ldap::Forecast> foretold;
  std::optional<Error> no_forecast;
  std::vector<ldap::ModifyRequest> asked;  // for a forecast
  std::optional<Error> no_kind;

  asio::awaitable<std::unique_ptr<ldap::PendingModify>> modify(ldap::ModifyRequest request, TimePoint by) override {
    request.kind = is;
    return inner_->modify(std::move(request), by);
  }
  asio::awaitable<result<std::vector<bool>>> has_values(ldap::Dn target, std::string attribute,
                                                        std::vector<ldap::Dn> values, TimePoint by) override {
    return inner_->has_values(std::move(target), std::move(attribute), std::move(values), by);
  }
  asio::awaitable<result<std::vector<bool>>> are_here(std::vector<ldap::Dn> names, TimePoint by) override {
    return inner_->are_here(std::move(names), by);
  }
  asio::awaitable<result<std::uint64_t>> search(ldap::SearchRequest request, ldap::EntrySink sink,
                                                milliseconds idle) override {
    const auto base = ldap::Dn::parse(request.base);
    const auto group = base ? inner_->groups.find(*base) : inner_->groups.end();
    if (group == inner_->groups.end() || request.filter.starts_with("(entryUUID="))
      co_return co_await inner_->search(std::move(request), std::move(sink), idle);
    if (inner_->search_error) co_return *inner_->search_error;
    const bool asks_class = request.filter.starts_with("(objectClass=g");
    if (asks_class && request.filter != "(objectClass=" + object_class + ")") co_return 0u;
    ldap::Entry entry{request.base, {}};
    ldap::Attribute members{"member", {}};
    for (const auto& member : group->second) members.values.push_back(member.text());
    entry.attributes.push_back(std::move(members));
    co_await sink(std::move(entry));
    co_return 1u;
  }
  ldap::DirectoryStatus status() const override { return inner_->status(); }
  asio::awaitable<result<ldap::ServerKind>> kind(TimePoint) override {
    if (no_kind) co_return *no_kind;
    co_return is;
  }
  asio::awaitable<result<std::optional<ldap::Forecast>>> forecast(ldap::ModifyRequest request, TimePoint) override {
    asked.push_back(std::move(request));
    if (no_forecast) co_return *no_forecast;
    co_return foretold;
  }

 private:
  std::shared_ptr<ScriptedDirectory> inner_;
};

struct RehearsalTest : testing::Test {
  asio::io_context loop;
  std::shared_ptr<ScriptedDirectory> scripted = std::make_shared<ScriptedDirectory>(loop.get_executor());
  std::shared_ptr<Kinded> directory = std::make_shared<Kinded>(scripted);
  PreviewSettings settings{
      .runner =
          {.plan = {.settle = 60ms, .settle_interval = 5ms, .read_timeout = 1s, .retry_base = 5ms, .retry_max = 10ms},
           .group_bases = {"ou=groups,dc=example,dc=org"},
           .user_bases = {"ou=people,dc=example,dc=org"}},
      .report_margin = 10ms};
  int next_job = 0;

  RehearsalTest() {
    scripted->by_stable_id["uuid-g"] = dn(group_dn("g"));
    for (const std::string user : {"seed", "ann", "bob", "cy"}) here(user);
    members({"seed"});
  }
  void here(const std::string& user) { scripted->by_stable_id["uuid-" + user] = dn(user_dn(user)); }
  void members(const std::vector<std::string>& users) {
    auto& stored = scripted->groups[dn(group_dn("g"))];
    stored.clear();
    for (const auto& user : users) stored.insert(dn(user_dn(user)));
  }
  static proto::MembershipChange change(Action action, const std::vector<std::string>& users) {
    proto::MembershipChange made;
    made.group = {"00gg", group_dn("g"), "uuid-g"};
    made.action = action;
    made.attribute = "member";
    for (const auto& user : users)
      made.members.push_back({"00u" + user, user.find('=') == user.npos ? user_dn(user) : user, "uuid-" + user});
    return made;
  }
  proto::PreviewResult preview(const proto::MembershipChange& wanted, milliseconds remaining = 2'000ms) {
    std::optional<proto::PreviewResult> answer;
    asio::co_spawn(loop,
                   preview_change(loop.get_executor(), directory, settings, system_clock(),
                                  {proto::PreviewId{"dry1"}, remaining, RequestId{"req"}, wanted}),
                   [&](std::exception_ptr problem, proto::PreviewResult told) {
                     EXPECT_FALSE(problem);
                     answer = std::move(told);
                   });
    EXPECT_TRUE(run_until(loop, [&] { return answer.has_value(); }));
    return answer.value_or(proto::PreviewResult{});
  }
  // The change itself, by the same parts.
  proto::Outcome carry_out(const proto::MembershipChange& wanted) {
    proto::DeliveredJob job;
    job.job = JobId{"ADS" + std::to_string(++next_job)};
    job.lease = {1, static_cast<std::uint64_t>(next_job)};
    job.lease_time = job.remaining = 5'000ms;
    job.change = wanted;
    std::optional<proto::Outcome> outcome;
    const auto now = std::chrono::steady_clock::now();
    JobRunner runner{loop.get_executor(), directory, settings.runner, system_clock(), [&](proto::Report report) {
                       if (report.final) outcome = report.outcome;
                     }};
    runner.accept({make_job(std::move(job), now, now, 10ms)});
    EXPECT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
    return outcome.value_or(proto::Outcome{});
  }
  // Previews, checks that nothing was sent, carries it out, and checks that verdicts, codes, sentences and modifies are
  // those that were told.
  proto::PreviewResult same_as_done(const proto::MembershipChange& wanted) {
    const auto before = scripted->groups;
    const auto told = preview(wanted);
    EXPECT_TRUE(scripted->sent.empty()) << "a dry run has written";
    EXPECT_EQ(scripted->groups, before);
    EXPECT_EQ(told.status, PreviewStatus::told) << told.reason;
    if (told.status != PreviewStatus::told) return told;
    const auto done = carry_out(wanted);
    EXPECT_EQ(told.outcome.count(), done.count());
    for (std::size_t i = 0; i < done.count() && i < told.outcome.count(); ++i) {
      EXPECT_EQ(told.outcome.of(i).verdict, done.of(i).verdict) << i;
      EXPECT_EQ(told.outcome.of(i).code, done.of(i).code) << i;
      EXPECT_EQ(told.outcome.of(i).advice, done.of(i).advice) << i;
      EXPECT_NE(told.outcome.of(i).evidence, proto::Evidence::result) << "nothing was answered by the server";
    }
    // Those that the directory took, in order.
    std::vector<std::string> carried_out;
    auto state = before;
    for (const auto& request : scripted->sent) {
      std::swap(state, scripted->groups);
      const bool taken = scripted->apply(request).ok();
      std::swap(state, scripted->groups);
      if (taken) carried_out.push_back(ldap::to_ldif(request));
    }
    std::vector<std::string> shown;
    for (const auto& one : told.changes) shown.push_back(one.ldif);
    EXPECT_EQ(shown, carried_out);
    return told;
  }
};

TEST_F(RehearsalTest, NewUsersWouldBeAddedWithOneModify) {
  const auto told = same_as_done(change(Action::add, {"ann", "bob"}));
  EXPECT_EQ(told.outcome.verdict(), Verdict::applied);
  ASSERT_EQ(told.changes.size(), 1u);
  EXPECT_EQ(told.changes[0].dn, group_dn("g"));
  EXPECT_EQ(told.changes[0].add, 2u);
  EXPECT_EQ(told.changes[0].ldif, "dn: " + group_dn("g") + "\nchangetype: modify\nadd: member\nmember: " +
                                      user_dn("ann") + "\nmember: " + user_dn("bob") + "\n-\n");
}

TEST_F(RehearsalTest, WhatIsSoAlreadyIsNotSentAgain) {
  const auto told = same_as_done(change(Action::add, {"ann", "seed"}));
  EXPECT_EQ(told.outcome.of(1).verdict, Verdict::already);
  ASSERT_EQ(told.changes.size(), 1u);
  EXPECT_EQ(told.changes[0].add, 1u);
}

TEST_F(RehearsalTest, NothingToDoIsNoModifyAtAll) {
  const auto told = same_as_done(change(Action::add, {"seed"}));
  EXPECT_EQ(told.outcome.verdict(), Verdict::already);
  EXPECT_TRUE(told.changes.empty());
}

TEST_F(RehearsalTest, ARemovalOfMembersAndOthers) {
  members({"seed", "ann", "bob"});
  const auto told = same_as_done(change(Action::remove, {"ann", "cy"}));
  EXPECT_EQ(told.outcome.of(0).verdict, Verdict::applied);
  EXPECT_EQ(told.outcome.of(1).verdict, Verdict::already);
  ASSERT_EQ(told.changes.size(), 1u);
  EXPECT_EQ(told.changes[0].remove, 1u);
}

TEST_F(RehearsalTest, ARenamedUserAndARenamedGroupAreNamedAsTheyAreNow) {
  scripted->by_stable_id["uuid-ann"] = dn(user_dn("ann-lee"));
  const auto group = dn(group_dn("renamed"));
  scripted->groups[group] = {dn(user_dn("seed"))};
  scripted->groups.erase(dn(group_dn("g")));
  scripted->by_stable_id["uuid-g"] = group;
  const auto told = same_as_done(change(Action::add, {"ann"}));
  ASSERT_EQ(told.changes.size(), 1u);
  EXPECT_EQ(told.changes[0].dn, group_dn("renamed"));
  EXPECT_NE(told.changes[0].ldif.find("member: " + user_dn("ann-lee")), std::string::npos) << told.changes[0].ldif;
}

TEST_F(RehearsalTest, ADeletedUserIsRefusedAndSoIsTheRestOfTheRequest) {
  scripted->by_stable_id.erase("uuid-ann");
  const auto told = same_as_done(change(Action::add, {"bob", "ann"}));
  EXPECT_EQ(told.outcome.of(0).verdict, Verdict::not_sent);
  EXPECT_EQ(told.outcome.of(1).verdict, Verdict::refused);
  EXPECT_NE(told.outcome.of(1).advice.find("gone"), std::string::npos);
  EXPECT_TRUE(told.changes.empty());
}

TEST_F(RehearsalTest, ADeletedGroupIsRefused) {
  scripted->groups.clear();
  scripted->by_stable_id.erase("uuid-g");
  const auto told = same_as_done(change(Action::remove, {"seed"}));
  EXPECT_EQ(told.outcome.of(0).verdict, Verdict::refused);
  EXPECT_EQ(told.outcome.of(0).code, 32);
}

TEST_F(RehearsalTest, ANameThatCannotBeParsedIsRefusedWithoutASingleRead) {
  const auto told = same_as_done(change(Action::add, {"no=dn=at,all,", "ann"}));
  EXPECT_EQ(told.outcome.of(0).verdict, Verdict::refused);
  EXPECT_EQ(told.outcome.of(1).verdict, Verdict::not_sent);
  EXPECT_TRUE(told.changes.empty());
}

TEST_F(RehearsalTest, TheLastMemberIsRefusedWhereTheClassDemandsOne) {
  const auto told = same_as_done(change(Action::remove, {"seed"}));
  EXPECT_EQ(told.outcome.of(0).verdict, Verdict::refused);
  EXPECT_EQ(told.outcome.of(0).code, 65);
  EXPECT_TRUE(told.changes.empty());
}

TEST_F(RehearsalTest, TheLastMemberMayGoWhereTheClassDemandsNone) {
  directory->object_class = "group";
  scripted->keeps_last_member = false;
  const auto told = same_as_done(change(Action::remove, {"seed"}));
  EXPECT_EQ(told.outcome.of(0).verdict, Verdict::applied);
}

TEST_F(RehearsalTest, APlaceholderThatWouldComeOrLeaveIsInTheLdif) {
  settings.runner.plan.last_member = LastMember::parse("placeholder").value();
  auto told = same_as_done(change(Action::remove, {"seed"}));
  EXPECT_EQ(told.outcome.of(0).verdict, Verdict::applied);
  ASSERT_EQ(told.changes.size(), 1u);
  EXPECT_NE(told.changes[0].ldif.find("add: member\nmember: cn=dirbridge-placeholder\n-\ndelete: member\n"),
            std::string::npos)
      << told.changes[0].ldif;
  scripted->sent.clear();
  told = same_as_done(change(Action::add, {"ann"}));
  ASSERT_EQ(told.changes.size(), 1u);
  EXPECT_NE(told.changes[0].ldif.find("delete: member\nmember: cn=dirbridge-placeholder\n"), std::string::npos);
}

TEST_F(RehearsalTest, ALongRequestIsShownInChunksAndTheLastOfThemKnowsWhatTheOthersRemoved) {
  settings.runner.plan.limits.max_values = 2;
  members({"seed", "ann", "bob", "cy"});
  const auto told = same_as_done(change(Action::remove, {"seed", "ann", "bob", "cy"}));
  EXPECT_EQ(told.changes.size(), 1u);  // the second chunk would take the last member
  EXPECT_EQ(told.outcome.of(1).verdict, Verdict::applied);
  EXPECT_EQ(told.outcome.of(2).code, 65);
  EXPECT_EQ(told.outcome.of(3).verdict, Verdict::refused);
}

TEST_F(RehearsalTest, APlaceholderThatLeftInOneChunkDoesNotLeaveAgainInTheNext) {
  settings.runner.plan.limits.max_values = 1;
  settings.runner.plan.last_member = LastMember::parse("placeholder").value();
  scripted->groups[dn(group_dn("g"))] = {settings.runner.plan.last_member.stand_in};
  const auto told = same_as_done(change(Action::add, {"ann", "bob"}));
  ASSERT_EQ(told.changes.size(), 2u);
  EXPECT_EQ(told.changes[0].remove, 1u);
  EXPECT_EQ(told.changes[1].remove, 0u);
}

TEST_F(RehearsalTest, WhatTheServerForetellsIsTheVerdict) {
  for (const bool is_of_values : {true, false}) {
    directory->foretold = ldap::Forecast{{50, {}, {}, {}}, is_of_values};
    const auto told = preview(change(Action::add, {"ann"}));
    ASSERT_EQ(told.status, PreviewStatus::told) << told.reason;
    EXPECT_EQ(told.outcome.of(0).verdict, Verdict::refused);
    EXPECT_EQ(told.outcome.of(0).code, 50);
    EXPECT_EQ(told.unpredicted.find("may write"), std::string::npos) << told.unpredicted;
    EXPECT_TRUE(told.changes.empty());
  }
  EXPECT_TRUE(scripted->sent.empty());
}

TEST_F(RehearsalTest, WhatTheServerForetellsAsDoneIsDone) {
  directory->foretold = ldap::Forecast{{}, true};
  const auto told = same_as_done(change(Action::add, {"ann"}));
  EXPECT_EQ(told.outcome.of(0).verdict, Verdict::applied);
  EXPECT_EQ(told.unpredicted.find("may write"), std::string::npos) << told.unpredicted;
}

TEST_F(RehearsalTest, EachChunkIsForetoldByItsValuesAndRightsAreAskedForOnce) {
  settings.runner.plan.limits.max_values = 1;
  for (const bool is_of_values : {true, false}) {
    directory->asked.clear();
    directory->foretold = ldap::Forecast{{}, is_of_values};
    const auto told = preview(change(Action::add, {"ann", "bob", "cy"}));
    ASSERT_EQ(told.status, PreviewStatus::told) << told.reason;
    EXPECT_EQ(told.changes.size(), 3u);
    EXPECT_EQ(directory->asked.size(), is_of_values ? 3u : 1u);
  }
}

TEST_F(RehearsalTest, AServerThatTakesNoChangesNowIsSaidSo) {
  directory->no_forecast = ldap::to_error({53, {}, "operation restricted", {}});
  const auto told = preview(change(Action::add, {"ann"}));
  EXPECT_EQ(told.status, PreviewStatus::unavailable);
  EXPECT_NE(told.reason.find("operation restricted"), std::string::npos) << told.reason;
}

TEST_F(RehearsalTest, WhatIsSoAlreadyIsSoOnAServerThatTakesNoChangesNow) {
  directory->no_forecast = ldap::to_error({53, {}, "operation restricted", {}});
  for (const auto& [action, user] : {std::pair{Action::add, "seed"}, std::pair{Action::remove, "ann"}}) {
    const auto told = preview(change(action, {user}));
    ASSERT_EQ(told.status, PreviewStatus::told) << told.reason;
    EXPECT_EQ(told.outcome.verdict(), Verdict::already);
  }
  EXPECT_EQ(preview(change(Action::add, {"seed", "ann"})).status, PreviewStatus::unavailable);
}

TEST_F(RehearsalTest, ARefusalThatIsNotCertainIsNotKnown) {
  directory->is = ldap::ServerKind::ds389;
  directory->foretold = ldap::Forecast{{50, {}, {}, {}}, false, false};
  const auto told = preview(change(Action::add, {"ann"}));
  ASSERT_EQ(told.status, PreviewStatus::told) << told.reason;
  EXPECT_EQ(told.outcome.of(0).verdict, Verdict::unknown);
  EXPECT_EQ(told.outcome.of(0).code, 50);
  EXPECT_NE(told.outcome.of(0).advice.find("cannot be known from reads"), std::string::npos);
  // No right is needed for what is so already.
  EXPECT_EQ(preview(change(Action::add, {"seed"})).outcome.of(0).verdict, Verdict::already);
}

TEST_F(RehearsalTest, WhereTheServerForetellsNothingItSaysThatRightsAreNotKnown) {
  EXPECT_NE(preview(change(Action::add, {"ann"})).unpredicted.find("may write"), std::string::npos);
}

TEST_F(RehearsalTest, AReadThatTheServerRefusesIsToldAtOnceWithItsCode) {
  scripted->read_error = ldap::to_error({50, {}, "no read access", {}});
  const auto told = preview(change(Action::add, {"ann"}), 60'000ms);
  EXPECT_EQ(told.status, PreviewStatus::refused);
  EXPECT_EQ(told.code, 50);
  EXPECT_NE(told.reason.find("no read access"), std::string::npos) << told.reason;
}

TEST_F(RehearsalTest, ADirectoryThatIsAwayIsUnavailableWhenTheTimeIsUp) {
  directory->no_kind = Error{errc::unavailable, "connection refused"};
  const auto told = preview(change(Action::add, {"ann"}), 60ms);
  EXPECT_EQ(told.status, PreviewStatus::unavailable);
  EXPECT_NE(told.reason.find("connection refused"), std::string::npos) << told.reason;
}

TEST_F(RehearsalTest, TooManyAtOnceAreAnsweredAtOnceAndTheOthersInTheirTime) {
  std::vector<proto::PreviewResult> answers;
  Previewer previewer{loop.get_executor(), directory, settings, system_clock(), [&](const proto::AgentFrame& frame) {
                        answers.push_back(std::get<proto::PreviewResult>(frame));
                        return true;
                      }};
  for (std::size_t i = 0; i <= Previewer::max_running; ++i)
    previewer.start({proto::PreviewId{"dry" + std::to_string(i)}, 2'000ms, {}, change(Action::add, {"ann"})});
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].status, PreviewStatus::unavailable);
  EXPECT_TRUE(run_until(loop, [&] { return answers.size() == Previewer::max_running + 1; }));
  for (std::size_t i = 1; i < answers.size(); ++i)
    EXPECT_EQ(answers[i].status, PreviewStatus::told) << answers[i].reason;
}

}  // namespace
}  // namespace dirbridge::agent
