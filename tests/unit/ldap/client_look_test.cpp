// Many names at once: what is asked together, and what is asked by itself because it was not proved.
#include <set>

#include "client_fixture.hpp"
#include "ldap/client_impl.hpp"

namespace dirbridge::ldap {
namespace {

constexpr std::size_t many = 80;

std::string name_of(std::size_t number) { return "uid=u" + std::to_string(number) + ",ou=people,dc=org"; }
std::string id_of(std::size_t number) { return "id-" + std::to_string(number); }

std::vector<Dn> names() {
  std::vector<Dn> all;
  for (std::size_t i = 0; i < many; ++i) {
    all.push_back(Dn::parse(name_of(i)).value());
    all.back().identify(id_of(i));
  }
  return all;
}

// An OpenLDAP with these people in it; what it was asked.
struct People {
  std::set<std::size_t> gone;
  std::set<std::size_t> others;  // somebody else has the name now
  bool knows_names = true;       // finds entries by entryDN
  bool answers_groups = true;
  std::size_t groups = 0;
  std::vector<std::size_t> single;

  static bool is_in(const std::string& content, std::size_t number) {
    return content.find(name_of(number)) != std::string::npos;
  }
  std::string id(std::size_t number) const { return others.contains(number) ? "another" : id_of(number); }

  asio::awaitable<void> serve(Peer& peer) {
    for (;;) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      if (request.tag == ber::bind_request) co_await peer.send(ber::bound(request.msgid));
      if (request.tag != ber::search_request) continue;
      std::string answer;
      if (request.content.find("entryDN") != std::string::npos) {
        ++groups;
        if (!answers_groups) continue;
        for (std::size_t i = many; knows_names && i-- > 0;)
          if (is_in(request.content, i) && !gone.contains(i))
            answer += ber::entry(request.msgid, "UID=u" + std::to_string(i) + ", ou=people,dc=org",
                                 ber::attribute("entryUUID", {id(i)}));
      } else if (request.content.find("people") == std::string::npos) {
        answer = ber::entry(request.msgid, "", ber::attribute("objectClass", {"OpenLDAProotDSE"}));
      } else {
        std::size_t number = 0;
        while (!is_in(request.content, number)) ++number;
        single.push_back(number);
        if (!gone.contains(number) && !others.contains(number)) answer = ber::entry(request.msgid, name_of(number));
      }
      co_await peer.send(answer + ber::searched(request.msgid));
    }
  }
};

class LookingAtMany : public LdapClient {
 protected:
  std::vector<bool> look(People& people) {
    client_of({[&people](Peer& peer) { return people.serve(peer); }});
    std::vector<bool> here;
    run([](Client& client, std::vector<bool>& found) -> asio::awaitable<void> {
      const auto kind = co_await client.kind(patience());
      EXPECT_TRUE(kind && *kind == ServerKind::openldap);
      auto asked = names();
      const auto answer = co_await client.are_here(std::move(asked), patience());
      EXPECT_TRUE(answer) << (answer ? "" : answer.error().message());
      if (answer) found = *answer;
    }(*client_, here));
    return here;
  }
};

TEST_F(LookingAtMany, WhoIsWhereTheyWereIsProvedWithFewSearches) {
  People people;
  EXPECT_EQ(look(people), std::vector<bool>(many, true));
  EXPECT_EQ(people.groups, many / 16);
  EXPECT_EQ(people.single, std::vector<std::size_t>{});
}

TEST_F(LookingAtMany, WhoDoesNotComeBackOrHasAnotherIdIsAskedForAloneAndIsNotThere) {
  People people;
  people.gone = {3, 17};
  people.others = {5, 79};
  std::vector<bool> expected(many, true);
  for (const auto i : {3, 5, 17, 79}) expected[static_cast<std::size_t>(i)] = false;
  EXPECT_EQ(look(people), expected);
  EXPECT_EQ(people.single, (std::vector<std::size_t>{3, 5, 17, 79}));
}

TEST_F(LookingAtMany, AnAccountThatMayNotSearchForNamesAsksForEachAlone) {
  People people;
  people.knows_names = false;
  people.gone = {7};
  std::vector<bool> expected(many, true);
  expected[7] = false;
  EXPECT_EQ(look(people), expected);
  EXPECT_EQ(people.groups, 1u);
  EXPECT_EQ(people.single.size(), many);
}

TEST_F(LookingAtMany, AServerThatIsSlowAtItIsNotAskedAgain) {
  People people;
  people.answers_groups = false;
  EXPECT_EQ(look(people), std::vector<bool>(many, true));
  EXPECT_EQ(people.groups, 1u);
  EXPECT_EQ(people.single.size(), many);
  run([](Client& client) -> asio::awaitable<void> {
    auto asked = names();
    const auto answer = co_await client.are_here(std::move(asked), patience());
    EXPECT_TRUE(answer.has_value());
  }(*client_));
  EXPECT_EQ(people.groups, 1u);
}

TEST(ParentOf, AnEscapedCommaBelongsToTheValue) {
  EXPECT_EQ(parent_of("uid=a,ou=b,dc=c"), "ou=b,dc=c");
  EXPECT_EQ(parent_of("cn=Doe\\, Jane,dc=c"), "dc=c");
  EXPECT_EQ(parent_of("cn=a\\\\,dc=c"), "dc=c");
  EXPECT_EQ(parent_of("dc=c"), "");
  EXPECT_EQ(parent_of("cn=a\\,dc=c"), "");
}

}  // namespace
}  // namespace dirbridge::ldap
