// Sealed pieces, cut anywhere, and what a peer may not send.
#include "ldap/sealed_stream.hpp"

#include <gtest/gtest.h>

#include "ber.hpp"
#include "ldap/session.hpp"

namespace dirbridge::ldap {
namespace {

// Turns every byte round, and marks the end so that a change is noticed.
class TurningLayer final : public SecurityLayer {
 public:
  std::size_t max_plain_bytes() const override { return 10; }
  std::size_t max_sealed_bytes() const override { return 200; }
  result<std::string> seal(std::string_view plain) override { return turned(plain) + "!"; }
  result<std::string> open(std::string_view sealed) override {
    if (!sealed.ends_with('!')) return Error{errc::protocol, "was changed"};
    sealed.remove_suffix(1);
    return turned(sealed);
  }

 private:
  static std::string turned(std::string_view bytes) {
    std::string out{bytes};
    for (char& c : out) c = static_cast<char>(~c);
    return out;
  }
};

SealedStream stream() { return SealedStream{std::make_unique<TurningLayer>()}; }

TEST(SealedStream, IsTheSameWhereverItIsCut) {
  auto sender = stream();
  const std::string plain = "twenty-six bytes of letters";
  const auto bytes = sender.seal(plain).value();
  EXPECT_EQ(bytes.size(), plain.size() + 3 * 5) << "three pieces, each with its length and mark";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    auto receiver = stream();
    const auto first = receiver.open(std::string_view{bytes}.substr(0, cut)).value();
    EXPECT_EQ(first + receiver.open(std::string_view{bytes}.substr(cut)).value(), plain) << cut;
  }
}

TEST(SealedStream, TakesNoPieceLongerThanWasAgreedOn) {
  auto receiver = stream();
  const auto opened = receiver.open(std::string_view{"\0\0\0\xc9", 4});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::too_large);
}

TEST(SealedStream, TakesNothingThatWasChanged) {
  auto receiver = stream();
  EXPECT_FALSE(
      receiver.open(std::string_view{"\0\0\0\x03"
                                     "abc",
                                     7}));
}

TEST(SealedSession, SendsNothingInClearAndTakesNothingInClear) {
  Session session;
  session.seal(std::make_unique<TurningLayer>());
  const auto msgid = session.submit_search({"dc=example,dc=org"});
  ASSERT_TRUE(msgid);
  const auto bytes = session.take_output();
  EXPECT_EQ(bytes.find("example"), std::string::npos);
  auto peer = stream();
  EXPECT_NE(peer.open(bytes).value().find("example"), std::string::npos);
  const auto answer = peer.seal(ber::searched(*msgid)).value();
  const auto messages = session.feed(answer);
  ASSERT_TRUE(messages) << messages.error().message();
  ASSERT_EQ(messages->size(), 1u);
  EXPECT_EQ(messages->front().kind, Session::Message::Kind::search_done);
  EXPECT_FALSE(session.feed(ber::searched(*msgid))) << "in clear";
}

// No layer is known to fail; if one does, the connection must not go on without what it left out.
class BrokenLayer final : public SecurityLayer {
 public:
  std::size_t max_plain_bytes() const override { return 1000; }
  std::size_t max_sealed_bytes() const override { return 1000; }
  result<std::string> seal(std::string_view) override { return Error{errc::protocol, "cannot be sealed"}; }
  result<std::string> open(std::string_view) override { return Error{errc::protocol, "cannot be opened"}; }
};

TEST(SealedSession, SendsNothingMoreOnceSomethingCouldNotBeSealed) {
  Session session;
  session.seal(std::make_unique<BrokenLayer>());
  ASSERT_TRUE(session.submit_search({"dc=org"}));
  EXPECT_FALSE(session.broken());
  EXPECT_EQ(session.take_output(), "");
  ASSERT_TRUE(session.broken());
  EXPECT_FALSE(session.submit_search({"dc=org"}));
}

}  // namespace
}  // namespace dirbridge::ldap
