// A directory that means harm: whatever it sends, reads end at their deadlines and memory stays bounded.
#include <malloc.h>

#include <algorithm>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Of the sanitizers' public interface; g++ comes without its header.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

#include "client_fixture.hpp"

namespace dirbridge::ldap {
namespace {

// What is allocated now. Not what is resident: a sanitizer keeps what was freed for a while.
std::size_t live_bytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
#endif
}

// Answers the first search with `piece` again and again until the client is gone; `most` is what was allocated at most.
Script endlessly(std::function<std::string(int msgid)> piece, std::size_t& most) {
  return [piece, &most](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto request = co_await peer.next();
    std::string many;
    while (many.size() < 65'536) many += piece(request.msgid);
    for (;;) {
      const auto sent = co_await peer.try_send(many);
      most = std::max(most, live_bytes());
      if (!sent) co_return;
    }
  };
}

class HostileDirectory : public LdapClient {
 protected:
  static constexpr milliseconds limit{700};
  // Both ways to ask about one entry; each ends at its deadline, and without keeping what was sent.
  void expect_bounded(const std::function<std::string(int msgid)>& piece) {
    const auto before = live_bytes();
    std::size_t most = 0;
    const auto begin = std::chrono::steady_clock::now();
    client_of({endlessly(piece, most)});
    run([](Client& client) -> asio::awaitable<void> {
      const auto group = Dn::parse("cn=g,dc=org").value();
      std::vector<Dn> values{Dn::parse("uid=a,dc=org").value()};
      const auto held = co_await client.has_values(group, "member", std::move(values), in(limit));
      EXPECT_FALSE(held);
    }(*client_));
    client_of({endlessly(piece, most)});
    run([](Client& client) -> asio::awaitable<void> {
      const auto kind = co_await client.kind(in(limit));
      EXPECT_FALSE(kind);
    }(*client_));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2 * limit + 5s);
    EXPECT_GT(most, 0u) << "nothing was sent";
    EXPECT_LT(most, before + (64u << 20));
  }
};

TEST_F(HostileDirectory, EndlessEntriesForOneBaseSearch) {
  expect_bounded([](int msgid) { return ber::entry(msgid, "cn=g,dc=org"); });
}

TEST_F(HostileDirectory, EndlessReferences) {
  expect_bounded([](int msgid) { return ber::reference(msgid, "ldap://elsewhere.example.org/dc=org"); });
}

TEST_F(HostileDirectory, EndlessAnswersToOperationsNeverSent) {
  expect_bounded([](int msgid) { return ber::modified(msgid + 1000); });
}

asio::awaitable<void> send_half_an_entry(Peer& peer) {
  co_await peer.bind();
  const auto request = co_await peer.next();
  const auto whole = ber::entry(request.msgid, "cn=g,dc=org");
  co_await peer.send(whole.substr(0, whole.size() / 2));
  co_await peer.stay_silent();
}

TEST_F(HostileDirectory, HalfAMessageForEver) {
  client_of({send_half_an_entry});
  run([](Client& client) -> asio::awaitable<void> {
    const auto kind = co_await client.kind(in(limit));
    EXPECT_FALSE(kind);
  }(*client_));
}

asio::awaitable<void> send_two_root_dses(Peer& peer) {
  co_await peer.bind();
  const auto request = co_await peer.next();
  const std::vector<std::string> classes{"OpenLDAProotDSE"};
  co_await peer.send(ber::entry(request.msgid, "", ber::attribute("objectClass", classes)) +
                     ber::entry(request.msgid, "cn=other") + ber::searched(request.msgid));
  co_await peer.stay_silent();
}

TEST_F(HostileDirectory, ARootDseOfSeveralEntriesIsNotBelieved) {
  client_of({send_two_root_dses});
  run([](Client& client) -> asio::awaitable<void> {
    const auto kind = co_await client.kind(in(limit));
    EXPECT_FALSE(kind);
    EXPECT_EQ(kind.error().code, errc::protocol);
  }(*client_));
}

}  // namespace
}  // namespace dirbridge::ldap
