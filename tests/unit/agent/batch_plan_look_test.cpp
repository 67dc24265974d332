// Where the entries of a batch are, and what stands in for a last member.
#include <gtest/gtest.h>

#include "agent/batch_plan.hpp"
#include "ldap/server_kind.hpp"
#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;
using Place = Whereabouts::Place;
using Membership = Whereabouts::Membership;
using Fate = ldap::ModifyReply::Fate;
using proto::Verdict;

PlanSettings settings_of(ldap::ServerKind kind, const std::string& last_member = "refuse") {
  PlanSettings settings;
  settings.rules = rules_of(kind);
  settings.last_member = LastMember::parse(last_member).value();
  return settings;
}

// Drives a plan by hand; every step is asked for by its type.
class BatchPlanLook : public ::testing::Test {
 protected:
  void plan(std::vector<JobPtr> jobs, PlanSettings settings) { plan_.emplace(std::move(jobs), std::move(settings)); }
  template <class Step>
  Step step() {
    auto next = plan_->next(now_);
    collect();
    if (auto* wanted = std::get_if<Step>(&next)) return std::move(*wanted);
    ADD_FAILURE() << "another step: " << next.index();
    return {};
  }
  void answer(int code) {
    plan_->on_reply({Fate::answered, {code, {}, code == 0 ? "" : "said so", {}}, {}}, now_);
    collect();
  }
  void lose() {
    plan_->on_reply({Fate::lost, {}, Error{errc::closed, "ended"}}, now_);
    collect();
  }
  void read(std::vector<bool> state) {
    plan_->on_read(std::move(state), now_);
    collect();
  }
  void see(std::vector<Whereabouts> values, Whereabouts group = {}, bool stand_in = false) {
    plan_->on_looked(Sight{std::move(group), std::move(values), stand_in}, now_);
    collect();
  }
  void collect() {
    for (auto& progress : plan_->take_progress())
      if (progress.final) outcomes_[progress.job->id.str()] = std::move(progress.outcome);
  }
  Verdict verdict(std::uint64_t number, std::size_t value = 0) { return outcome(number).of(value).verdict; }
  const proto::Outcome& outcome(std::uint64_t number) { return outcomes_.at("ADS" + std::to_string(number)); }

  static Whereabouts moved_to(const std::string& name) { return {Place::moved, dn(name), Membership::none}; }
  static Whereabouts outside(const std::string& name) { return {Place::outside, dn(name), Membership::none}; }
  static Whereabouts replaced() { return {Place::replaced, {}, Membership::none}; }
  static Whereabouts foreign() { return {Place::here, {}, Membership::none, true}; }
  static Whereabouts gone() { return {Place::gone, {}, Membership::none}; }
  static Whereabouts member(Membership membership) { return {Place::here, {}, membership}; }

  TimePoint now_ = t0;
  std::optional<BatchPlan> plan_;
  std::map<std::string, proto::Outcome> outcomes_;
};

TEST_F(BatchPlanLook, AddsAreLookedUpBeforeTheyAreSentWhereAnyNameIsTaken) {
  plan({add(1, {"a", "b"})}, settings_of(ldap::ServerKind::openldap));
  const auto look = step<BatchPlan::Look>();
  EXPECT_TRUE(look.find_group);
  EXPECT_TRUE(look.find_values);
  ASSERT_EQ(look.values.size(), 2u);
  EXPECT_EQ(look.values[0].stable_id(), "uuid-a");
  see({{}, {}});
  EXPECT_EQ(step<BatchPlan::Send>().request.add.size(), 2u);
}

TEST_F(BatchPlanLook, ActiveDirectoryIsNotAskedBeforehand) {
  plan({add(1, {"a"})}, settings_of(ldap::ServerKind::active_directory));
  step<BatchPlan::Send>();
}

TEST_F(BatchPlanLook, WhatHasMovedIsSentUnderItsNewName) {
  plan({add(1, {"a"})}, settings_of(ldap::ServerKind::ds389));
  step<BatchPlan::Look>();
  see({moved_to("uid=now,dc=example,dc=org")}, moved_to("cn=g2,dc=example,dc=org"));
  const auto send = step<BatchPlan::Send>();
  EXPECT_EQ(send.request.add.front(), dn("uid=now,dc=example,dc=org"));
  EXPECT_EQ(send.request.target, dn("cn=g2,dc=example,dc=org"));
}

TEST_F(BatchPlanLook, AUserWhoIsGoneFailsTheRequestAndNotItsNeighbours) {
  plan({add(1, {"a", "b"}), add(2, {"c"})}, settings_of(ldap::ServerKind::openldap));
  step<BatchPlan::Look>();
  see({gone(), {}, {}});
  EXPECT_EQ(verdict(1, 0), Verdict::refused);
  EXPECT_EQ(verdict(1, 1), Verdict::not_sent);
  EXPECT_EQ(step<BatchPlan::Send>().request.add, std::vector{dn(user_dn("c"))});
  answer(0);
  EXPECT_EQ(verdict(2), Verdict::applied);
}

TEST_F(BatchPlanLook, AGroupThatIsGoneFailsAll) {
  plan({add(1, {"a"}), remove(2, {"c"})}, settings_of(ldap::ServerKind::openldap));
  step<BatchPlan::Look>();
  see({{}, {}}, gone());
  EXPECT_EQ(verdict(1), Verdict::refused);
  EXPECT_EQ(verdict(2), Verdict::refused);
  step<BatchPlan::Done>();
}

TEST_F(BatchPlanLook, ALookThatFailsIsRepeatedUntilTheDeadlineAndNothingIsSent) {
  plan({add(1, {"a"})}, settings_of(ldap::ServerKind::openldap));
  step<BatchPlan::Look>();
  plan_->on_looked(Error{errc::unavailable, "away"}, now_);
  now_ = step<BatchPlan::Pause>().until;
  step<BatchPlan::Look>();
  plan_->on_looked(Error{errc::unavailable, "away"}, now_);
  now_ = t0 + 30s;
  step<BatchPlan::Done>();
  EXPECT_EQ(verdict(1), Verdict::not_sent);
  EXPECT_EQ(outcome(1).of(0).diagnostic, "away");
}

TEST_F(BatchPlanLook, ARemovalOfWhatIsNotThereIsDoneOnlyWhenTheEntryWasLookedUp) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::active_directory));
  step<BatchPlan::Send>();
  answer(53);
  step<BatchPlan::Read>();
  read({false});
  EXPECT_TRUE(outcomes_.empty());
  EXPECT_TRUE(step<BatchPlan::Look>().other_memberships);
  see({{}});
  EXPECT_EQ(verdict(1), Verdict::already);
}

TEST_F(BatchPlanLook, ARemovalOfARenamedMemberIsSentUnderTheNewNameAndNeverUnderTheOldOne) {
  plan({remove(1, {"a"}), add(2, {"b"})}, settings_of(ldap::ServerKind::openldap));
  const auto look = step<BatchPlan::Look>();
  ASSERT_EQ(look.values.size(), 2u);
  EXPECT_EQ(look.adds, 1u);
  EXPECT_EQ(look.values[0], dn(user_dn("b"))) << "adds first";
  EXPECT_EQ(look.values[1].stable_id(), "uuid-a");
  see({{}, moved_to("uid=now,dc=example,dc=org")});
  const auto send = step<BatchPlan::Send>();
  EXPECT_EQ(send.request.remove, std::vector{dn("uid=now,dc=example,dc=org")});
  answer(0);
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanLook, WhoeverHasTheNameOfADeletedUserStaysAMember) {
  plan({remove(1, {"a", "b"}), remove(2, {"c"})}, settings_of(ldap::ServerKind::ds389));
  step<BatchPlan::Look>();
  see({replaced(), {}, replaced()});
  EXPECT_EQ(verdict(2), Verdict::already);
  EXPECT_EQ(outcome(2).of(0).evidence, proto::Evidence::read_back);
  EXPECT_EQ(step<BatchPlan::Send>().request.remove, std::vector{dn(user_dn("b"))});
  answer(0);
  EXPECT_EQ(verdict(1, 0), Verdict::already);
  EXPECT_EQ(verdict(1, 1), Verdict::applied);
}

TEST_F(BatchPlanLook, NothingIsSentWhenOnlyStrangersHaveTheNames) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::openldap));
  step<BatchPlan::Look>();
  see({replaced()});
  EXPECT_EQ(verdict(1), Verdict::already);
  step<BatchPlan::Done>();
}

TEST_F(BatchPlanLook, TheNameOfADeletedUserThatNobodyHasIsRemoved) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::openldap));
  step<BatchPlan::Look>();
  see({gone()});
  EXPECT_EQ(step<BatchPlan::Send>().request.remove, std::vector{dn(user_dn("a"))});
  answer(0);
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanLook, AUserOutsideTheBasesIsRemovedButNotAddedAndTheAnswerSaysWhereTheUserIs) {
  plan({remove(1, {"a"}), add(2, {"b"})}, settings_of(ldap::ServerKind::openldap));
  step<BatchPlan::Look>();
  see({outside("uid=b,dc=example,dc=org"), outside("uid=a,dc=example,dc=org")});
  EXPECT_EQ(verdict(2), Verdict::refused);
  EXPECT_NE(outcome(2).of(0).advice.find("but is uid=b,dc=example,dc=org"), std::string::npos);
  const auto send = step<BatchPlan::Send>();
  EXPECT_TRUE(send.request.add.empty());
  EXPECT_EQ(send.request.remove, std::vector{dn("uid=a,dc=example,dc=org")});
}

TEST_F(BatchPlanLook, AMemberMovedOutOfTheBasesWhileTheRemovalWasSentIsNotCalledRemoved) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::openldap));
  step<BatchPlan::Look>();
  see({{}});
  step<BatchPlan::Send>();
  answer(16);
  step<BatchPlan::Read>();
  read({false});
  step<BatchPlan::Look>();
  see({outside("uid=a,dc=example,dc=org")});
  EXPECT_TRUE(outcomes_.empty());
  step<BatchPlan::Look>();
  see({{}});
  EXPECT_EQ(step<BatchPlan::Send>().request.remove, std::vector{dn("uid=a,dc=example,dc=org")});
}

// The rule in chain finds direct members, too.
TEST_F(BatchPlanLook, ADirectMemberWhoMayNotBeRemovedIsNotCalledInherited) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::active_directory));
  step<BatchPlan::Send>();
  answer(50);
  step<BatchPlan::Read>();
  read({true});
  step<BatchPlan::Look>();
  see({member(Membership::inherited)});
  EXPECT_EQ(verdict(1), Verdict::refused);
  EXPECT_NE(outcome(1).of(0).advice.find("may not write"), std::string::npos) << outcome(1).of(0).advice;
}

TEST_F(BatchPlanLook, WithoutTheRightToWriteAnInheritedMemberIsRefusedForTheRight) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::active_directory));
  step<BatchPlan::Send>();
  answer(50);
  step<BatchPlan::Read>();
  read({false});
  step<BatchPlan::Look>();
  see({member(Membership::inherited)});
  EXPECT_NE(outcome(1).of(0).advice.find("may not write"), std::string::npos) << outcome(1).of(0).advice;
}

TEST_F(BatchPlanLook, ARemovalOfAMemberRenamedMeanwhileIsSentAgainUnderTheNewName) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::openldap));
  step<BatchPlan::Look>();
  see({{}});
  step<BatchPlan::Send>();
  answer(16);
  step<BatchPlan::Read>();
  read({false});
  step<BatchPlan::Look>();
  see({moved_to("uid=now,dc=example,dc=org")});
  step<BatchPlan::Look>();
  see({{}});
  EXPECT_EQ(step<BatchPlan::Send>().request.remove.front(), dn("uid=now,dc=example,dc=org"));
  answer(0);
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanLook, AnInheritedMemberCannotBeRemovedAndNothingElseOfTheRequestIsDone) {
  plan({remove(1, {"a", "b"})}, settings_of(ldap::ServerKind::active_directory));
  step<BatchPlan::Send>();
  answer(53);
  step<BatchPlan::Read>();
  read({false, true});
  ASSERT_EQ(step<BatchPlan::Look>().values.size(), 1u);
  see({member(Membership::inherited)});
  EXPECT_EQ(verdict(1, 0), Verdict::refused);
  EXPECT_EQ(verdict(1, 1), Verdict::not_sent);
  step<BatchPlan::Done>();
}

// "Entry CN=S-1-5-11,… already exists", though the group does not list it.
TEST_F(BatchPlanLook, AForeignPrincipalSaidToBeThereAndNotThereIsRefusedAndTheAnswerSaysWhy) {
  plan({add(1, {"a", "b"})}, settings_of(ldap::ServerKind::active_directory));
  step<BatchPlan::Send>();
  answer(68);
  step<BatchPlan::Read>();
  read({false, false});
  EXPECT_TRUE(step<BatchPlan::Look>().find_foreign);
  see({foreign(), {}});
  EXPECT_EQ(verdict(1, 0), Verdict::refused);
  EXPECT_NE(outcome(1).of(0).advice.find("foreign security principal"), std::string::npos);
  EXPECT_EQ(outcome(1).of(0).evidence, proto::Evidence::read_back);
  EXPECT_EQ(verdict(1, 1), Verdict::not_sent);
}

TEST_F(BatchPlanLook, AForeignPrincipalWithoutTheRightToAddItIsRefusedForTheRight) {
  plan({add(1, {"a"})}, settings_of(ldap::ServerKind::active_directory));
  step<BatchPlan::Send>();
  answer(50);
  step<BatchPlan::Read>();
  read({false});
  step<BatchPlan::Look>();
  see({foreign()});
  EXPECT_NE(outcome(1).of(0).advice.find("may not write"), std::string::npos);
}

TEST_F(BatchPlanLook, ARemovalLostOnTheWayIsAppliedOnlyWhenTheEntryWasLookedUp) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::active_directory));
  step<BatchPlan::Send>();
  lose();
  step<BatchPlan::Read>();
  read({false});
  EXPECT_TRUE(outcomes_.empty());
  step<BatchPlan::Look>();
  see({{}});
  EXPECT_EQ(verdict(1), Verdict::applied);
  EXPECT_EQ(outcome(1).of(0).evidence, proto::Evidence::read_back);
}

TEST_F(BatchPlanLook, TheLastMemberIsExchangedForAPlaceholder) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::openldap, "placeholder"));
  step<BatchPlan::Look>();
  see({{}});
  EXPECT_TRUE(step<BatchPlan::Send>().request.add.empty());
  answer(65);
  step<BatchPlan::Read>();
  read({true});
  const auto send = step<BatchPlan::Send>();
  EXPECT_EQ(send.request.add, std::vector{dn("cn=dirbridge-placeholder")});
  EXPECT_EQ(send.request.remove, std::vector{dn(user_dn("a"))});
  answer(0);
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanLook, WithoutAPolicyTheLastMemberStaysAndTheAnswerSaysWhy) {
  plan({remove(1, {"a"})}, settings_of(ldap::ServerKind::openldap));
  step<BatchPlan::Look>();
  see({{}});
  step<BatchPlan::Send>();
  answer(65);
  step<BatchPlan::Read>();
  read({true});
  EXPECT_EQ(verdict(1), Verdict::refused);
  EXPECT_NE(outcome(1).of(0).advice.find("last member"), std::string::npos);
}

TEST_F(BatchPlanLook, APlaceholderLeavesWithTheNextRealMember) {
  plan({add(1, {"a"})}, settings_of(ldap::ServerKind::openldap, "cn=nobody,dc=example,dc=org"));
  EXPECT_EQ(step<BatchPlan::Look>().stand_in, dn("cn=nobody,dc=example,dc=org"));
  see({{}}, {}, true);
  const auto send = step<BatchPlan::Send>();
  EXPECT_EQ(send.request.remove, std::vector{dn("cn=nobody,dc=example,dc=org")});
  // Somebody else took it away meanwhile: the add goes again, without it.
  answer(16);
  step<BatchPlan::Read>();
  read({false});
  step<BatchPlan::Look>();
  see({{}}, {}, false);
  EXPECT_TRUE(step<BatchPlan::Send>().request.remove.empty());
  answer(0);
  EXPECT_EQ(verdict(1), Verdict::applied);
}

TEST_F(BatchPlanLook, TheRulesOfAServerLimitItsChunks) {
  plan({add(1, {"a"})}, settings_of(ldap::ServerKind::generic));
  plan_->adopt(rules_of(ldap::ServerKind::ds389));
  EXPECT_EQ(plan_->limits().max_values, 100u);
  step<BatchPlan::Look>();
  see({{}});
  step<BatchPlan::Send>();
  answer(20);
  plan_->adopt(rules_of(ldap::ServerKind::active_directory));  // too late
  EXPECT_EQ(plan_->limits().max_values, 100u);
}

TEST_F(BatchPlanLook, AStandInIsNamedAsTheConfigurationSpellsItWhereBytesAreCompared) {
  const std::string decomposed = "cn=Zoe\xCC\x88,dc=example,dc=org";
  plan({add(1, {"a"})}, settings_of(ldap::ServerKind::ds389, decomposed));
  EXPECT_EQ(ldap::wire_name(step<BatchPlan::Look>().stand_in, ldap::ServerKind::ds389), decomposed);
  see({{}}, {}, true);
  const auto send = step<BatchPlan::Send>();
  ASSERT_EQ(send.request.remove.size(), 1u);
  EXPECT_EQ(ldap::wire_name(send.request.remove.front(), ldap::ServerKind::ds389), decomposed)
      << "the composed name is somebody else's";
}

TEST(LastMember, IsAWordOrAName) {
  EXPECT_EQ(LastMember::parse("refuse")->policy, LastMember::Policy::refuse);
  EXPECT_EQ(LastMember::parse("Placeholder")->policy, LastMember::Policy::placeholder);
  EXPECT_EQ(LastMember::parse("cn=nobody,dc=x")->stand_in, dn("cn=nobody,dc=x"));
  EXPECT_EQ(LastMember::parse("sometimes").error().code, errc::configuration);
}

// One name of a user in one job, another in the next: the stable id says that they contradict each other.
TEST(GroupLane, AChangedNameDoesNotHideAContradiction) {
  const auto first = add(1, {"a"});
  const auto second = remove(2, {"a"});
  second->values[0] = dn("uid=renamed,dc=example,dc=org");
  second->values[0].identify("uuid-a");
  EXPECT_TRUE(contradicts(*first, *second));
  GroupLane lane{LaneLimits{}};
  lane.push(first);
  lane.push(second);
  EXPECT_EQ(lane.take_batch(t0).size(), 1u);
}

}  // namespace
}  // namespace dirbridge::agent
