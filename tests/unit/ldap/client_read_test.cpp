// Reads: to their proven end, or an error.
#include <gtest/gtest.h>

#include "client_fixture.hpp"

namespace dirbridge::ldap {
namespace {

TEST_F(LdapClient, HasValuesAsksForEachValueByAFilterAndKeepsTheOrder) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    for (;;) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      const bool odd =
          request.content.find("uid=u1") != std::string::npos || request.content.find("uid=u3") != std::string::npos;
      std::string reply = ber::searched(request.msgid);
      if (odd) reply = ber::entry(request.msgid, "cn=g,dc=org") + reply;
      co_await peer.send(std::move(reply));
    }
  }});
  run([](Client& client) -> asio::awaitable<void> {
    std::vector<Dn> values;
    for (int i = 0; i < 200; ++i) values.push_back(Dn::parse("uid=u" + std::to_string(i % 5) + ",dc=org").value());
    const auto held = co_await client.has_values(add_one().target, "member", values, patience());
    EXPECT_TRUE(held);
    for (int i = 0; i < 200; ++i) EXPECT_EQ((*held)[i], i % 5 == 1 || i % 5 == 3) << i;
  }(*client_));
}

// May read the members of the group, and not search for them.
Script reading_only(std::vector<std::string> members, std::vector<std::string>& asked, bool may_search = false) {
  return [members = std::move(members), &asked, may_search](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    for (;;) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      asked.push_back(request.content);
      const bool of_entry = request.content.find("objectClass") != std::string::npos;
      const bool of_any = !of_entry && request.content.find("dc=org", 20) == std::string::npos;
      std::string reply = ber::searched(request.msgid);
      if (of_entry) reply = ber::entry(request.msgid, "cn=g,dc=org", ber::attribute("member", members)) + reply;
      if (of_any && may_search) reply = ber::entry(request.msgid, "cn=g,dc=org") + reply;
      co_await peer.send(std::move(reply));
    }
  };
}

TEST_F(LdapClient, HasValuesReadsThemWhereTheAccountMaySeeButNotSearchThem) {
  std::vector<std::string> asked;
  client_of({reading_only({"UID=u1, dc=org", "uid=u2,dc=org"}, asked)});
  run([](Client& client) -> asio::awaitable<void> {
    std::vector<Dn> values;
    for (int i = 0; i < 3; ++i) values.push_back(Dn::parse("uid=u" + std::to_string(i) + ",dc=org").value());
    const auto held = co_await client.has_values(add_one().target, "member", values, patience());
    EXPECT_TRUE(held);
    if (held) {
      EXPECT_EQ(*held, (std::vector<bool>{false, true, true}));
    }
  }(*client_));
}

TEST_F(LdapClient, HasValuesBelievesTheFilterWhereItFindsAnyValue) {
  std::vector<std::string> asked;
  client_of({reading_only({"uid=u1,dc=org"}, asked, true)});
  run([](Client& client) -> asio::awaitable<void> {
    std::vector<Dn> values{Dn::parse("uid=u1,dc=org").value()};
    const auto held = co_await client.has_values(add_one().target, "member", std::move(values), patience());
    EXPECT_TRUE(held && !held->front());
  }(*client_));
  EXPECT_EQ(asked.size(), 2u) << "the values of a large group are not fetched for nothing";
}

TEST_F(LdapClient, HasValuesOfAMissingEntryIsNoSuchObject) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto request = co_await peer.next();
    co_await peer.send(ber::searched(request.msgid, 32));
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    const auto held = co_await client.has_values(add_one().target, "member", add_one().add, patience());
    EXPECT_EQ(held.error().code, condition::not_found);
  }(*client_));
}

TEST_F(LdapClient, AReadIsRepeatedOnceWhenItsConnectionHadEnded) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
               co_await peer.bind();
               (void)co_await peer.next();
             },
             answer_everything});
  run([](Client& client) -> asio::awaitable<void> {
    const auto held = co_await client.has_values(add_one().target, "member", add_one().add, patience());
    EXPECT_TRUE(held) << held.error().message();
  }(*client_));
}

TEST_F(LdapClient, AReadWithoutAnswerEndsAtItsDeadlineAndIsAbandoned) {
  bool abandoned = false;
  client_of({[&abandoned](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    const auto next = co_await peer.next();
    abandoned = next.tag == ber::abandon_request && next.content.back() == static_cast<char>(search.msgid);
    co_await peer.stay_silent();
  }});
  run([](Client& client, bool& told) -> asio::awaitable<void> {
    const auto held = co_await client.has_values(add_one().target, "member", add_one().add, in(300ms));
    EXPECT_EQ(held.error().code, errc::timed_out);
    const auto limit = patience();
    while (!told && std::chrono::steady_clock::now() < limit) co_await net::sleep_until(in(1ms));
    EXPECT_TRUE(told);
  }(*client_, abandoned));
}

asio::awaitable<result<std::vector<std::string>>> names(Client& client, SearchRequest request, milliseconds idle = 5s) {
  std::vector<std::string> found;
  EntrySink sink = [&found](Entry entry) -> asio::awaitable<void> {
    found.push_back(entry.dn + ":" + std::to_string(entry.find("member") ? entry.find("member")->values.size() : 0));
    co_return;
  };
  const auto count = co_await client.search(std::move(request), std::move(sink), idle);
  if (!count) co_return count.error();
  EXPECT_EQ(*count, found.size());
  co_return found;
}

TEST_F(LdapClient, ASearchGoesOverAllPagesToTheProvenEnd) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    for (int page = 0; page < 3; ++page) {
      const auto request = co_await peer.next();
      const std::string expected = page == 0 ? "" : "page" + std::to_string(page);
      EXPECT_NE(request.controls.find(ber::tlv(0x04, expected)), std::string::npos);
      const std::string n = std::to_string(page);
      std::string next_page;
      if (page < 2) next_page = "page" + std::to_string(page + 1);
      co_await peer.send(ber::entry(request.msgid, "dc=a" + n) + ber::reference(request.msgid, "ldap://elsewhere") +
                         ber::intermediate(request.msgid) + ber::entry(request.msgid, "dc=b" + n) +
                         ber::searched_page(request.msgid, next_page));
    }
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    SearchRequest request{.base = "dc=org", .page_size = 2};
    const auto found = co_await names(client, std::move(request));
    EXPECT_TRUE(found) << found.error().message();
    EXPECT_EQ(*found, (std::vector<std::string>{"dc=a0:0", "dc=b0:0", "dc=a1:0", "dc=b1:0", "dc=a2:0", "dc=b2:0"}));
  }(*client_));
}

TEST_F(LdapClient, ASearchThatBreaksOffIsAnErrorHoweverMuchHadCome) {
  for (const int way : {0, 1, 2}) {
    client_of({[way](Peer& peer) -> asio::awaitable<void> {
      co_await peer.bind();
      const auto first = co_await peer.next();
      co_await peer.send(ber::entry(first.msgid, "dc=a") + ber::searched_page(first.msgid, "more"));
      const auto second = co_await peer.next();
      if (way == 0) co_return;
      if (way == 1) co_await peer.send(ber::entry(second.msgid, "dc=b") + ber::searched(second.msgid, 4, "size limit"));
      if (way == 2) co_await peer.send(ber::entry(second.msgid, "dc=b"));
      co_await peer.stay_silent();
    }});
    run([](Client& client, int end) -> asio::awaitable<void> {
      SearchRequest request{.base = "dc=org"};
      const auto found = co_await names(client, std::move(request), 600ms);
      EXPECT_FALSE(found) << end;
      const error_code expected[] = {make_error_code(errc::closed), make_code(4), make_error_code(errc::timed_out)};
      EXPECT_EQ(found.error().code, expected[end]) << end;
    }(*client_, way));
    EXPECT_EQ(server_->accepted(), 1u) << way;
    client_.reset();
  }
}

// An entry with one part of its members, one letter each.
std::string ranged(int msgid, std::string_view range, std::string_view letters) {
  std::vector<std::string> values;
  for (const char letter : letters) values.emplace_back(1, letter);
  const std::string plain = range.starts_with("0-") ? ber::attribute("member", {}) : std::string{};
  return ber::entry(msgid, "cn=big,dc=org", plain + ber::attribute("member;range=" + std::string{range}, values));
}

TEST_F(LdapClient, RangedAttributesAreReadToTheirEnd) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    co_await peer.send(ranged(search.msgid, "0-1", "ab") + ber::searched_page(search.msgid, ""));
    const auto second = co_await peer.next();
    EXPECT_NE(second.content.find("member;range=2-*"), std::string::npos);
    co_await peer.send(ranged(second.msgid, "2-3", "cd") + ber::searched(second.msgid));
    const auto third = co_await peer.next();
    EXPECT_NE(third.content.find("member;range=4-*"), std::string::npos);
    co_await peer.send(ranged(third.msgid, "4-*", "e") + ber::searched(third.msgid));
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    SearchRequest request{.base = "dc=org"};
    const auto found = co_await names(client, std::move(request));
    EXPECT_TRUE(found) << found.error().message();
    EXPECT_EQ(*found, std::vector<std::string>{"cn=big,dc=org:5"});
  }(*client_));
}

TEST_F(LdapClient, ARangeWithoutItsRestIsAnError) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    co_await peer.send(ranged(search.msgid, "0-1", "ab") + ber::searched_page(search.msgid, ""));
    const auto second = co_await peer.next();
    co_await peer.send(ber::searched(second.msgid));
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    SearchRequest request{.base = "dc=org"};
    const auto found = co_await names(client, std::move(request));
    EXPECT_EQ(found.error().code, errc::protocol);
  }(*client_));
}

TEST_F(LdapClient, ASinkThatThrowsEndsTheSearchAndTheServerIsTold) {
  bool abandoned = false;
  client_of({[&abandoned](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    co_await peer.send(ber::entry(search.msgid, "dc=a"));
    abandoned = (co_await peer.next()).tag == ber::abandon_request;
    co_await peer.stay_silent();
  }});
  run([](Client& client, bool& told) -> asio::awaitable<void> {
    EntrySink sink = [](Entry) -> asio::awaitable<void> {
      throw std::runtime_error("full");
      co_return;
    };
    SearchRequest request{.base = "dc=org"};
    bool thrown = false;
    try {
      (void)co_await client.search(std::move(request), std::move(sink), 5s);
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    const auto limit = patience();
    while (!told && std::chrono::steady_clock::now() < limit) co_await net::sleep_until(in(1ms));
    EXPECT_TRUE(told);
  }(*client_, abandoned));
}

TEST_F(LdapClient, CancellingTheCallerAbandonsTheReadAndWithdrawsTheUnsentChange) {
  std::vector<int> tags;
  auto config = settings(serve({[&tags](Peer& peer) -> asio::awaitable<void> {
                           co_await peer.bind();
                           for (;;) {
                             const auto request = co_await peer.next();
                             if (request.tag == 0) co_return;
                             tags.push_back(request.tag);
                           }
                         }}).url());
  config.window = 1;
  connect_to(config);
  run([](Client& client, std::vector<int>& seen) -> asio::awaitable<void> {
    auto values = add_one().add;
    auto read = client.has_values(add_one().target, "member", std::move(values), patience());
    EXPECT_FALSE(co_await net::with_deadline(std::move(read), in(300ms)));
    auto first = add_one("uid=first,dc=org");
    const auto pending = co_await client.modify(std::move(first), patience());
    auto second = add_one("uid=second,dc=org");
    auto unsent = client.modify(std::move(second), patience());
    EXPECT_FALSE(co_await net::with_deadline(std::move(unsent), in(20ms)));
    EXPECT_EQ((co_await pending->wait(in(30ms))).fate, Fate::pending);
    // One search with its Abandon, one modify; the order between the two connections is open.
    EXPECT_EQ(std::count(seen.begin(), seen.end(), ber::search_request), 1);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), ber::abandon_request), 1);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), ber::modify_request), 1);
    EXPECT_EQ(seen.size(), 3u);
  }(*client_, tags));
}

constexpr int total = 20'000;

// A slow reader of an unpaged search must not let its entries pile up: the reader stops, nothing is lost.
TEST_F(LdapClient, ASlowSinkHoldsTheServerBackAndLosesNothing) {
  client_of({[](Peer& peer) -> asio::awaitable<void> {
    co_await peer.bind();
    const auto search = co_await peer.next();
    for (int i = 0; i < total; i += 1000) {
      std::string batch;
      for (int j = 0; j < 1000; ++j) batch += ber::entry(search.msgid, "dc=n" + std::to_string(i + j));
      co_await peer.send(std::move(batch));
    }
    co_await peer.send(ber::searched(search.msgid));
    co_await peer.stay_silent();
  }});
  run([](Client& client) -> asio::awaitable<void> {
    int next = 0;
    EntrySink sink = [&next](Entry entry) -> asio::awaitable<void> {
      EXPECT_EQ(entry.dn, "dc=n" + std::to_string(next));
      if (++next % 5000 == 0) co_await net::sleep_until(in(5ms));
    };
    SearchRequest request{.base = "dc=org", .page_size = 0};
    const auto count = co_await client.search(std::move(request), std::move(sink), 5s);
    EXPECT_TRUE(count) << count.error().message();
    EXPECT_EQ(*count, total);
  }(*client_));
}

}  // namespace
}  // namespace dirbridge::ldap
