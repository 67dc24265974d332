#include "hub/read_book.hpp"

#include <gtest/gtest.h>

namespace dirbridge::hub {
namespace {

const TimePoint t0{};
const DirectoryId corp{"0oa1"};
const GroupId staff{"00g1"};

proto::ReadId id_of(int n) { return proto::ReadId{"rdj" + std::to_string(n)}; }
ReadBook::Entry asked(std::uint64_t session) {
  ReadBook::Entry entry;
  entry.directory = corp;
  entry.group = staff;
  entry.session = session;
  entry.deadline = t0 + 10s;
  return entry;
}
proto::ReadResult result_of(int n, std::size_t bytes = 1) {
  proto::ReadResult result;
  result.read = id_of(n);
  result.attributes.push_back({"cn", {std::string(bytes, 'x')}});
  return result;
}

TEST(ReadBook, AResultIsKeptForItsLifetimeAndThenForgotten) {
  ReadBook book{{.lifetime = 60s}};
  ASSERT_TRUE(book.add(id_of(1), asked(7), t0));
  EXPECT_EQ(book.find(corp, staff, id_of(1), t0)->state, ReadBook::State::running);
  EXPECT_TRUE(book.answered(7, result_of(1), t0 + 2s));
  EXPECT_EQ(book.find(corp, staff, id_of(1), t0 + 61s)->state, ReadBook::State::answered);
  EXPECT_EQ(book.find(corp, staff, id_of(1), t0 + 62s), nullptr);
  EXPECT_EQ(book.size(), 0u);
}

TEST(ReadBook, OnlyTheSessionThatWasAskedAnswersAndOnlyOnceAndInTime) {
  ReadBook book{{}};
  ASSERT_TRUE(book.add(id_of(1), asked(7), t0));
  ASSERT_TRUE(book.add(id_of(2), asked(7), t0));
  EXPECT_FALSE(book.answered(8, result_of(1), t0));
  EXPECT_TRUE(book.answered(7, result_of(1), t0));
  EXPECT_FALSE(book.answered(7, result_of(1), t0));
  EXPECT_FALSE(book.answered(7, result_of(2), t0 + 10s));
  EXPECT_EQ(book.find(corp, staff, id_of(2), t0 + 10s)->state, ReadBook::State::timed_out);
}

TEST(ReadBook, AnAgentThatLeavesEndsItsOwnReadsOnly) {
  ReadBook book{{}};
  ASSERT_TRUE(book.add(id_of(1), asked(7), t0));
  ASSERT_TRUE(book.add(id_of(2), asked(8), t0));
  book.agent_left(7, t0);
  EXPECT_EQ(book.find(corp, staff, id_of(1), t0)->state, ReadBook::State::agent_left);
  EXPECT_EQ(book.find(corp, staff, id_of(2), t0)->state, ReadBook::State::running);
}

TEST(ReadBook, AnotherGroupOrDirectoryDoesNotSeeAResult) {
  ReadBook book{{}};
  ASSERT_TRUE(book.add(id_of(1), asked(7), t0));
  EXPECT_EQ(book.find(corp, GroupId{"00g2"}, id_of(1), t0), nullptr);
  EXPECT_EQ(book.find(DirectoryId{"0oa2"}, staff, id_of(1), t0), nullptr);
}

TEST(ReadBook, NumberAndBytesAreBoundedPerDirectoryAndTheOldestResultGoesFirst) {
  ReadBook book{{.running = 2, .kept = 3, .kept_bytes = 100}};
  ASSERT_TRUE(book.add(id_of(1), asked(7), t0));
  ASSERT_TRUE(book.add(id_of(2), asked(7), t0));
  EXPECT_FALSE(book.add(id_of(3), asked(7), t0));
  EXPECT_TRUE(book.answered(7, result_of(1, 60), t0 + 1s));
  EXPECT_TRUE(book.answered(7, result_of(2, 60), t0 + 2s));
  EXPECT_EQ(book.find(corp, staff, id_of(1), t0 + 2s), nullptr);
  EXPECT_NE(book.find(corp, staff, id_of(2), t0 + 2s), nullptr);
  for (int n = 4; n < 6; ++n) ASSERT_TRUE(book.add(id_of(n), asked(7), t0 + 3s));
  book.agent_left(7, t0 + 4s);
  ASSERT_TRUE(book.add(id_of(6), asked(7), t0 + 5s));
  EXPECT_EQ(book.size(), 3u);
  EXPECT_EQ(book.find(corp, staff, id_of(2), t0 + 5s), nullptr);
}

}  // namespace
}  // namespace dirbridge::hub
