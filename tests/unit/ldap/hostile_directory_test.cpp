// A directory that means harm: whatever it sends, reads end at their deadlines and memory stays bounded.
#include <algorithm>
#include <cstddef>

#include "client_fixture.hpp"
#include "support/live_memory.hpp"

namespace dirbridge::ldap {
namespace {

using dirbridge::test::live_bytes;

// Answers the first request with `piece` again and again until the client is gone; `most` is what was allocated at
// most.
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
  static constexpr milliseconds limit{300};
  using Story = std::function<asio::awaitable<void>(Client&)>;
  // Every way in which the agent may ask; each must end at its deadline, with no good answer.
  static const std::vector<std::pair<const char*, Story>>& ways() {
    static const std::vector<std::pair<const char*, Story>> all{
        {"has_values",
         [](Client& client) -> asio::awaitable<void> {
           const auto group = Dn::parse("cn=g,dc=org").value();
           std::vector<Dn> values{Dn::parse("uid=a,dc=org").value()};
           const auto held = co_await client.has_values(group, "member", std::move(values), in(limit));
           EXPECT_FALSE(held);
         }},
        {"are_here",
         [](Client& client) -> asio::awaitable<void> {
           auto name = Dn::parse("uid=a,dc=org").value();
           name.identify("an id");
           std::vector<Dn> names{std::move(name)};
           const auto here = co_await client.are_here(std::move(names), in(limit));
           EXPECT_FALSE(here);
         }},
        {"kind",
         [](Client& client) -> asio::awaitable<void> {
           const auto kind = co_await client.kind(in(limit));
           EXPECT_FALSE(kind);
         }},
        // As an import, whose whole time is bounded by its caller.
        {"search",
         [](Client& client) -> asio::awaitable<void> {
           EntrySink sink = [](Entry) -> asio::awaitable<void> { co_return; };
           SearchRequest request{.base = "dc=org"};
           auto searching = client.search(std::move(request), std::move(sink), limit);
           const auto found = co_await net::with_deadline(std::move(searching), in(limit));
           EXPECT_FALSE(found && *found);
         }},
        // Of a sink that takes no second entry: what comes meanwhile must not pile up.
        {"a slow sink",
         [](Client& client) -> asio::awaitable<void> {
           EntrySink sink = [](Entry) -> asio::awaitable<void> { co_await net::sleep_until(in(10s)); };
           SearchRequest request{.base = "dc=org"};
           auto searching = client.search(std::move(request), std::move(sink), limit);
           const auto found = co_await net::with_deadline(std::move(searching), in(limit));
           EXPECT_FALSE(found && *found);
         }},
        {"modify",
         [](Client& client) -> asio::awaitable<void> {
           const auto reply = co_await change(client, in(limit));
           // Pending or lost; on a busy machine the deadline may come before the send.
           EXPECT_NE(reply.fate, Fate::answered) << "nobody can know what became of it";
         }},
    };
    return all;
  }
  // All ways against a server that does `script` on every connection. In time, and with no more memory than that.
  void expect_bounded(const Script& script, std::size_t& most, std::size_t most_allowed = 96u << 20) {
    for (const auto& [way, story] : ways()) {
      SCOPED_TRACE(way);
      const auto before = most = live_bytes();
      const auto begin = std::chrono::steady_clock::now();
      client_of({script});
      run(story(*client_));
      EXPECT_LT(std::chrono::steady_clock::now() - begin, limit + 5s);
      EXPECT_LT(most, before + most_allowed);
      client_.reset();
    }
  }
  void expect_bounded(const std::function<std::string(int msgid)>& piece) {
    std::size_t most = 0;
    expect_bounded(endlessly(piece, most), most);
  }
  // The first answer is this, and then nothing comes.
  void expect_bounded_once(const std::function<std::string(int msgid)>& answer) {
    std::size_t most = 0;
    const Script script = [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.bind();
      const auto request = co_await peer.next();
      const auto bytes = answer(request.msgid);
      const auto sent = co_await peer.try_send(bytes);
      if (sent) co_await peer.stay_silent();
    };
    dirbridge::test::reset_peak();
    const auto before = dirbridge::test::peak_resident_bytes();
    expect_bounded(script, most);
    // Some copies of a message of 30 MiB, here and there. Sanitizers have their own way with memory.
    const auto peak = dirbridge::test::peak_resident_bytes();
    EXPECT_TRUE(dirbridge::test::is_sanitized || peak < before + (400u << 20)) << peak - before;
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

TEST_F(HostileDirectory, EndlessEntriesOfAMegabyte) {
  const std::vector<std::string> large{std::string(1 << 20, 'x')};
  expect_bounded([&](int msgid) { return ber::entry(msgid, "cn=g,dc=org", ber::attribute("member", large)); });
}

TEST_F(HostileDirectory, EndlessUnsolicitedNotices) {
  expect_bounded([](int) {
    return ber::message(0, ber::ldap_result(ber::extended_response, 0, "hello", ber::tlv(0x8a, "1.2.3.4")));
  });
}

TEST_F(HostileDirectory, WhatIsNoLdap) {
  expect_bounded([](int) { return std::string{"HTTP/1.1 400 Bad Request\r\n\r\n"}; });
}

// One message below the limit of 32 MiB; what is decoded of it must be of its order.
constexpr std::size_t almost_the_limit = 30u << 20;
std::string many(std::string_view piece) {
  std::string out;
  out.reserve(almost_the_limit);
  while (out.size() < almost_the_limit) out += piece;
  return out;
}

TEST_F(HostileDirectory, OneEntryOfMillionsOfEmptyValues) {
  const auto values = ber::tlv(0x30, ber::tlv(0x04, "member") + ber::tlv(0x31, many(ber::tlv(0x04, ""))));
  expect_bounded_once([&](int msgid) { return ber::entry(msgid, "cn=g,dc=org", values); });
}

TEST_F(HostileDirectory, OneEntryOfMillionsOfAttributes) {
  const auto attributes = many(ber::tlv(0x30, ber::tlv(0x04, "") + ber::tlv(0x31, "")));
  expect_bounded_once([&](int msgid) { return ber::entry(msgid, "cn=g,dc=org", attributes); });
}

TEST_F(HostileDirectory, OneResultWithMillionsOfReferrals) {
  const auto referrals = ber::tlv(0xa3, many(ber::tlv(0x04, "")));
  expect_bounded_once(
      [&](int msgid) { return ber::message(msgid, ber::ldap_result(ber::search_done, 10, "elsewhere", referrals)); });
}

TEST_F(HostileDirectory, OneReferenceToMillionsOfServers) {
  const auto urls = many(ber::tlv(0x04, ""));
  expect_bounded_once([&](int msgid) { return ber::message(msgid, ber::tlv(ber::search_reference, urls)); });
}

TEST_F(HostileDirectory, OneMessageWithMillionsOfControls) {
  const auto controls = many(ber::tlv(0x30, ber::tlv(0x04, "")));
  expect_bounded_once([&](int msgid) { return ber::message(msgid, ber::ldap_result(ber::search_done, 0), controls); });
}

// A control in the value of a control in the value of a control …
TEST_F(HostileDirectory, ControlsNestedDeeplyAreNotFollowed) {
  std::string value;
  for (int depth = 0; depth < 20'000; ++depth) value = value.size() < (1u << 20) ? ber::tlv(0x30, value) : value;
  for (const std::string_view oid :
       {"1.2.840.113556.1.4.319", "1.3.6.1.4.1.42.2.27.8.5.1", "1.3.6.1.4.1.4203.1.9.1.2", "1.2.3"}) {
    const auto control = ber::tlv(0x30, ber::tlv(0x04, oid) + ber::tlv(0x04, value));
    client_of({[&](Peer& peer) -> asio::awaitable<void> {
      const auto bind = co_await peer.next();
      co_await peer.send(ber::message(bind.msgid, ber::ldap_result(ber::bind_response, 0), control));
      const auto request = co_await peer.next();
      co_await peer.send(ber::message(request.msgid, ber::ldap_result(ber::search_done, 0), control));
      co_await peer.stay_silent();
    }});
    run([](Client& client) -> asio::awaitable<void> {
      EntrySink sink = [](Entry) -> asio::awaitable<void> { co_return; };
      SearchRequest request{.base = "dc=org"};
      const auto found = co_await client.search(std::move(request), std::move(sink), limit);
      EXPECT_TRUE(!found || *found == 0);
    }(*client_));
    client_.reset();
  }
}

TEST_F(HostileDirectory, WordsWithoutEndAreCut) {
  const std::string words(16u << 20, 'w');
  client_of({[&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto request = co_await peer.next();
    co_await peer.send(ber::modified(request.msgid, 50, words));
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    const auto reply = co_await change(client, patience());
    EXPECT_EQ(reply.fate, Fate::answered);
    EXPECT_EQ(reply.result.code, 50);
    EXPECT_LE(reply.result.diagnostic.size(), 4096u);
    EXPECT_GE(reply.result.diagnostic.size(), 4000u);
  }(*client_));
}

// Answers the first search with one ranged entry, and every further one as `part` says.
Script in_parts(std::string first, std::function<std::string(int msgid, std::uint64_t from)> part, int& asked) {
  return [first = std::move(first), part = std::move(part), &asked](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    for (std::uint64_t from = 0;; ++asked) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      const auto entry = from == 0 ? ber::entry(request.msgid, "cn=g,dc=org", first) : part(request.msgid, from);
      ++from;
      const auto sent = co_await peer.try_send(entry + ber::searched(request.msgid));
      if (!sent) co_return;
    }
  };
}
std::string one_value(std::string_view range, std::string value = "v") {
  return ber::attribute("member;range=" + std::string{range}, {std::move(value)});
}

// No deadline but the caller's patience: these must end by themselves.
TEST_F(HostileDirectory, RangesThatDoNotHoldWhatTheySayEndTheSearch) {
  const std::vector<std::pair<std::string, std::string>> parts{{"0-0", "0-0"},  {"0-0", "1-0"},   {"0-0", "2-2"},
                                                               {"0-0", "1-99"}, {"0-9", "10-10"}, {"5-5", "6-6"}};
  for (const auto& [first, second] : parts) {
    SCOPED_TRACE(first + " then " + second);
    int asked = 0;
    client_of({in_parts(
        one_value(first),
        [range = second](int msgid, std::uint64_t) { return ber::entry(msgid, "cn=g,dc=org", one_value(range)); },
        asked)});
    run([](Client& client) -> asio::awaitable<void> {
      EntrySink sink = [](Entry) -> asio::awaitable<void> { co_return; };
      SearchRequest request{.base = "dc=org", .page_size = 0};
      const auto found = co_await client.search(std::move(request), std::move(sink), 5s);
      EXPECT_TRUE(!found && found.error().code == errc::protocol);
    }(*client_));
    EXPECT_LE(asked, 3) << "the Abandon comes, and nothing else";
    client_.reset();
  }
}

TEST_F(HostileDirectory, RangesThatGoOnForEverEndTheSearch) {
  const std::string large(8u << 20, 'x');
  int asked = 0;
  client_of({in_parts(
      one_value("0-0"),
      [&](int msgid, std::uint64_t from) {
        const auto at = std::to_string(from);
        return ber::entry(msgid, "cn=g,dc=org", one_value(at + "-" + at, large));
      },
      asked)});
  run([](Client& client) -> asio::awaitable<void> {
    EntrySink sink = [](Entry) -> asio::awaitable<void> { co_return; };
    SearchRequest request{.base = "dc=org", .page_size = 0};
    const auto found = co_await client.search(std::move(request), std::move(sink), 5s);
    EXPECT_TRUE(!found && found.error().code == errc::too_large);
  }(*client_));
  EXPECT_LE(asked, 40);
}

TEST_F(HostileDirectory, OneEntryOfVeryManyRangedAttributesIsReadAtOnce) {
  std::string attributes;
  for (int i = 0; i < 50'000; ++i)
    attributes +=
        ber::attribute("a" + std::to_string(i) + ";range=0-*", {"v"}) + ber::attribute("a" + std::to_string(i), {});
  client_of({[&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto request = co_await peer.next();
    co_await peer.send(ber::entry(request.msgid, "cn=g,dc=org", attributes) + ber::searched(request.msgid));
    co_await peer.stay_silent();
  }});
  const auto begin = std::chrono::steady_clock::now();
  run([](Client& client) -> asio::awaitable<void> {
    std::size_t count = 0;
    EntrySink sink = [&count](Entry entry) -> asio::awaitable<void> {
      count = entry.attributes.size();
      co_return;
    };
    SearchRequest request{.base = "dc=org", .page_size = 0};
    const auto found = co_await client.search(std::move(request), std::move(sink), 20s);
    EXPECT_TRUE(found) << found.error().message();
    EXPECT_EQ(count, 50'000u);
  }(*client_));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(HostileDirectory, EmptyPagesWithEverNewCookiesEndTheSearch) {
  int pages = 0;
  client_of({[&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    for (;; ++pages) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      co_await peer.send(ber::searched_page(request.msgid, "cookie " + std::to_string(pages)));
    }
  }});
  run([](Client& client) -> asio::awaitable<void> {
    EntrySink sink = [](Entry) -> asio::awaitable<void> { co_return; };
    SearchRequest request{.base = "dc=org"};
    const auto found = co_await client.search(std::move(request), std::move(sink), 5s);
    EXPECT_TRUE(!found && found.error().code == errc::protocol);
  }(*client_));
  EXPECT_GT(pages, 100);
}

TEST_F(HostileDirectory, HalfAMessageForEver) {
  expect_bounded_once([](int msgid) {
    const auto whole = ber::entry(msgid, "cn=g,dc=org");
    return whole.substr(0, whole.size() / 2);
  });
}

// One octet at a time, for ever: a message that is announced and grows.
TEST_F(HostileDirectory, AMessageThatNeverEnds) {
  std::size_t most = 0;
  const Script script = [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    co_await peer.next();
    co_await peer.send(std::string{"\x30\x84\x01\xff\xff\xff", 6});
    const std::string piece(65'536, '\0');
    for (;;) {
      const auto sent = co_await peer.try_send(piece);
      most = std::max(most, live_bytes());
      if (!sent) co_return;
    }
  };
  expect_bounded(script, most, 200u << 20);
}

TEST_F(HostileDirectory, AMessageOfTerabytesIsRefusedAtItsAnnouncement) {
  expect_bounded_once([](int) { return std::string{"\x30\x88\x00\x00\x7f\xff\xff\xff\xff\xff", 10}; });
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
