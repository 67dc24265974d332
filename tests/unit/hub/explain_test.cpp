#include "hub/explain.hpp"

#include <gtest/gtest.h>

namespace dirbridge::hub {
namespace {

using proto::Evidence;
using proto::Outcome;
using proto::Verdict;
using queue::Disposition;

proto::MembershipChange change_of(std::size_t members) {
  proto::MembershipChange change;
  for (std::size_t i = 0; i < members; ++i) change.members.push_back({"00u" + std::to_string(i), "uid=u", ""});
  return change;
}

TEST(Explain, OnlyAnAppliedJobIsAnsweredWithoutAnError) {
  const auto yes = Outcome::all(1, Verdict::applied, Evidence::result);
  EXPECT_FALSE(to_answer(Disposition::applied, yes, change_of(1), JobId{"ADS1"}));
  for (const auto other : {Disposition::open, Disposition::refused, Disposition::not_started, Disposition::cancelled,
                           Disposition::applied_late, Disposition::refused_late, Disposition::parked})
    EXPECT_TRUE(to_answer(other, yes, change_of(1), JobId{"ADS1"})) << queue::to_text(other);
}

TEST(Explain, ARefusalCarriesTheDirectorysCodeAndWordsAndNamesTheUser) {
  const auto no = Outcome::all(1, Verdict::refused, Evidence::result, 50, "no write access", "grant it");
  const auto error = to_answer(Disposition::refused, no, change_of(1), JobId{"ADS1"});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->status, 400);
  EXPECT_EQ(error->code, "E0000001");
  ASSERT_EQ(error->causes.size(), 2u);
  EXPECT_NE(error->causes[0].find("00u0"), std::string::npos);
  EXPECT_NE(error->causes[0].find("50"), std::string::npos);
  EXPECT_NE(error->causes[0].find("no write access"), std::string::npos);
  EXPECT_EQ(error->causes[1], "job ADS1");
}

TEST(Explain, TenThousandRefusedValuesDoNotMakeTenThousandCauses) {
  const auto no = Outcome::all(10'000, Verdict::refused, Evidence::result, 50);
  const auto error = to_answer(Disposition::refused, no, change_of(10'000), JobId{"ADS1"});
  EXPECT_LE(error->causes.size(), 25u);
  EXPECT_EQ(error->causes.at(20), "and 9980 more values");
}

TEST(Explain, AnOutcomeWhoseChangeIsNotAtHandIsStillAnswered) {
  const auto no = Outcome::all(3, Verdict::refused, Evidence::result, 50);
  EXPECT_EQ(to_answer(Disposition::refused, no, {}, JobId{"ADS1"})->status, 400);
}

TEST(Explain, A504SaysWhatTheAgentSaidOfTheDirectory) {
  const auto unsent = Outcome::all(1, Verdict::not_sent, Evidence::none, 0, "the directory refused the bind");
  const auto error = to_answer(Disposition::not_started, unsent, change_of(1), JobId{"ADS1"});
  ASSERT_EQ(error->causes.size(), 3u);
  EXPECT_EQ(error->causes[1], "the agent says: the directory refused the bind");
}

TEST(Explain, A504OfARefusalThatMayPassNamesItsCodeAndWhatToDo) {
  const auto copy = Outcome::all(1, Verdict::retryable, Evidence::result, 10, "",
                                 "This server is a read-only copy; writes belong to ldap://primary.");
  EXPECT_EQ(reason_of(copy), "LDAP result 10: This server is a read-only copy; writes belong to ldap://primary.");
  const auto error = to_answer(Disposition::cancelled, copy, change_of(1), JobId{"ADS1"});
  EXPECT_EQ(error->code, "E0000237");
  EXPECT_EQ(error->summary, "Timed out waiting for agent");
  EXPECT_EQ(error->causes.at(1), "the agent says: " + reason_of(copy));
}

TEST(Explain, A504WhoseOutcomeGivesNoReasonHasTheOneBefore) {
  const auto unsent = Outcome::all(1, Verdict::not_sent, Evidence::none, 0, "", "It was cancelled before it was sent.");
  EXPECT_EQ(reason_of(unsent), "");
  const auto error = to_answer(Disposition::cancelled, unsent, change_of(1), JobId{"ADS1"}, "the last reason");
  EXPECT_EQ(error->causes.at(1), "the agent says: the last reason");
  EXPECT_EQ(to_answer(Disposition::cancelled, unsent, change_of(1), JobId{"ADS1"})->causes.size(), 2u);
}

TEST(Explain, EveryDispositionHasASentenceAndAnAnswer) {
  const auto none = Outcome::all(1, Verdict::not_sent);
  EXPECT_EQ(answer_of("not_started"), "504");
  EXPECT_EQ(answer_of("applied"), "200");
  EXPECT_EQ(answer_of("refused"), "400");
  EXPECT_EQ(answer_of("open"), "pending");
  EXPECT_NE(explain("not_started", none), explain("cancelled", none));
  EXPECT_NE(explain("applied", Outcome::all(1, Verdict::already)),
            explain("applied", Outcome::all(1, Verdict::applied)));
}

TEST(Explain, A504OfAJobThatWasInTimeForAnotherCallerIsExplained) {
  const auto outcome = proto::Outcome::all(1, proto::Verdict::applied);
  EXPECT_EQ(explain("applied", outcome, 1).find("504"), std::string::npos);
  EXPECT_NE(explain("applied", outcome, 3).find("3 requests asked for it"), std::string::npos);
  EXPECT_NE(explain("refused", outcome, 2).find("answered 504"), std::string::npos);
  EXPECT_EQ(explain("applied_late", outcome, 2), explain("applied_late", outcome));
}

}  // namespace
}  // namespace dirbridge::hub
