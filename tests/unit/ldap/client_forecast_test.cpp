// What a server is asked about a modify that is not made, and what its answer is taken for.
#include "client_fixture.hpp"

#include "ldap/control.hpp"

namespace dirbridge::ldap {
namespace {

// A server of this kind that answers the one question about the group; what it was asked.
struct Foreteller {
  std::string root;      // attributes of the root DSE
  std::string about;     // attributes of the group's entry
  int code = 0;          // of a modify
  std::string identity;  // to "Who am I?"
  std::vector<std::string> modifies, looks;

  asio::awaitable<void> serve(Peer& peer) {
    for (;;) {
      const auto request = co_await peer.next();
      if (request.tag == 0) co_return;
      std::string answer;
      if (request.tag == ber::bind_request) answer = ber::bound(request.msgid);
      if (request.tag == ber::extended_request)
        answer = ber::message(request.msgid, ber::ldap_result(ber::extended_response, 0, {}, ber::tlv(0x8b, identity)));
      if (request.tag == ber::modify_request) {
        modifies.push_back(request.content + request.controls);
        answer = ber::modified(request.msgid, code);
      }
      if (request.tag == ber::search_request) {
        const bool of_group = request.content.find("cn=g,dc=org") != std::string::npos;
        if (of_group) looks.push_back(request.content + request.controls);
        answer = ber::entry(request.msgid, of_group ? "cn=g,dc=org" : "", of_group ? about : root) +
                 ber::searched(request.msgid);
      }
      if (!answer.empty()) co_await peer.send(answer);
    }
  }
};

class Forecasting : public LdapClient {
 protected:
  result<std::optional<Forecast>> ask(Foreteller& server, ModifyRequest request = add_one()) {
    client_of({[&server](Peer& peer) { return server.serve(peer); }});
    result<std::optional<Forecast>> told{std::optional<Forecast>{}};
    run([](Client& client, ModifyRequest asked, result<std::optional<Forecast>>& into) -> asio::awaitable<void> {
      into = co_await client.forecast(std::move(asked), patience());
    }(*client_, std::move(request), told));
    return told;
  }
  static Foreteller openldap(int code) {
    return {ber::attribute("objectClass", {"OpenLDAProotDSE"}), {}, code, {}, {}, {}};
  }
  static Foreteller ds389(const std::string& attribute_rights) {
    return {ber::attribute("vendorName", {"389 Project"}),
            ber::attribute("entryLevelRights", {"v"}) + ber::attribute("attributeLevelRights", {attribute_rights}),
            0,
            "dn: cn=agent,dc=org",
            {},
            {}};
  }
};

TEST_F(Forecasting, OpenLdapIsGivenTheModifyUnderTheCriticalNoOpControl) {
  auto server = openldap(Attempt::would_be_done);
  const auto told = ask(server);
  ASSERT_TRUE(told && *told);
  EXPECT_EQ((*told)->result.code, 0);
  EXPECT_TRUE((*told)->is_of_values);
  ASSERT_EQ(server.modifies.size(), 1u);
  const auto critical = ber::tlv(0x04, no_op_oid) + std::string{"\x01\x01\xff", 3};
  EXPECT_NE(server.modifies[0].find(critical), std::string::npos) << "a write without the control";
  EXPECT_NE(server.modifies[0].find("uid=a,dc=org"), std::string::npos);
}

TEST_F(Forecasting, ItsRefusalIsTheForecast) {
  for (const int code : {50, 65, 20, 19}) {
    auto server = openldap(code);
    const auto told = ask(server);
    ASSERT_TRUE(told && *told) << code;
    EXPECT_EQ((*told)->result.code, code);
  }
}

TEST_F(Forecasting, ADatabaseThatDoesNotKnowTheControlForetellsNothing) {
  auto server = openldap(12);
  const auto told = ask(server);
  ASSERT_TRUE(told);
  EXPECT_FALSE(*told);
}

TEST_F(Forecasting, AServerThatTakesNoChangesIsAnErrorAndNoVerdict) {
  for (const int code : {53, 10, 51}) {
    auto server = openldap(code);
    EXPECT_FALSE(ask(server)) << code;
  }
}

TEST_F(Forecasting, ACopyIsPassedOverForAServerThatTakesChanges) {
  for (const int code : {53, 10}) {
    auto copy = openldap(code);
    auto primary = openldap(Attempt::would_be_done);
    ScriptedServer other{context_, {[&primary](Peer& peer) { return primary.serve(peer); }}};
    ScriptedServer dead{context_, {close_at_once, close_at_once}};
    auto config = settings(serve({[&copy](Peer& peer) { return copy.serve(peer); }}).url());
    config.urls.push_back(other.url());
    config.urls.push_back(dead.url());
    connect_to(std::move(config));
    run([](Client& client) -> asio::awaitable<void> {
      const auto told = co_await client.forecast(add_one(), patience());
      EXPECT_TRUE(told && *told && (*told)->result.ok()) << (told ? "refused" : told.error().message());
      EXPECT_NE(client.status().detail.find("takes no changes"), std::string::npos) << client.status().detail;
    }(*client_));
    EXPECT_EQ(copy.modifies.size(), 1u);
    EXPECT_EQ(primary.modifies.size(), 1u);
    client_.reset();
  }
}

TEST_F(Forecasting, WhereEveryServerIsACopyEachIsAskedOnceAndTheErrorIsTold) {
  auto first = openldap(53);
  auto second = openldap(53);
  ScriptedServer other{context_, {[&second](Peer& peer) { return second.serve(peer); }}};
  auto config = settings(serve({[&first](Peer& peer) { return first.serve(peer); }}).url());
  config.urls.push_back(other.url());
  connect_to(std::move(config));
  run([](Client& client) -> asio::awaitable<void> {
    const auto told = co_await client.forecast(add_one(), patience());
    EXPECT_FALSE(told);
  }(*client_));
  EXPECT_EQ(first.modifies.size() + second.modifies.size(), 2u);
}

TEST_F(Forecasting, ARefusalThatFollowsFromTheRightsOf389IsNotCertain) {
  auto server = ds389("member:rsc");
  const auto refused = ask(server);
  ASSERT_TRUE(refused && *refused);
  EXPECT_FALSE((*refused)->is_certain) << "a rule may allow some values, or the database is read-only";
  auto willing = ds389("member:rscwo");
  const auto allowed = ask(willing);
  ASSERT_TRUE(allowed && *allowed);
  EXPECT_TRUE((*allowed)->is_certain);
}

TEST_F(Forecasting, Server389IsAskedForOurRightsAndNeverGivenAModify) {
  const std::pair<std::string, int> cases[]{{"cn:rsc, member:rscwo", 0}, {"member:rsco", 50}, {"cn:rscwo", 65}};
  for (const auto& [rights, code] : cases) {
    auto server = ds389(rights);
    const auto told = ask(server);
    ASSERT_TRUE(told && *told) << rights;
    EXPECT_EQ((*told)->result.code, code) << rights;
    EXPECT_FALSE((*told)->is_of_values);
    EXPECT_TRUE(server.modifies.empty());
    ASSERT_EQ(server.looks.size(), 1u);
    EXPECT_NE(server.looks[0].find("dn:cn=agent,dc=org"), std::string::npos) << "asked about somebody else";
  }
}

TEST_F(Forecasting, ARemovalNeedsTheRightToRemove) {
  auto request = add_one();
  std::swap(request.add, request.remove);
  auto server = ds389("member:rscw");
  const auto told = ask(server, std::move(request));
  ASSERT_TRUE(told && *told);
  EXPECT_EQ((*told)->result.code, 50);
}

TEST_F(Forecasting, ActiveDirectoryNamesWhatMayBeWritten) {
  const std::pair<std::vector<std::string>, int> cases[]{{{"member"}, 0}, {{"description"}, 50}};
  for (const auto& [writable, code] : cases) {
    Foreteller server{ber::attribute("supportedCapabilities", {"1.2.840.113556.1.4.800"}),
                      ber::attribute("sDRightsEffective", {"0"}) +
                          ber::attribute("allowedAttributes", {"member", "description"}) +
                          ber::attribute("allowedAttributesEffective", writable),
                      0,
                      {},
                      {},
                      {}};
    const auto told = ask(server);
    ASSERT_TRUE(told && *told);
    EXPECT_EQ((*told)->result.code, code);
    EXPECT_TRUE(server.modifies.empty());
  }
}

TEST_F(Forecasting, AnUnknownServerForetellsNothingAndIsNotAsked) {
  Foreteller server;
  const auto told = ask(server);
  ASSERT_TRUE(told);
  EXPECT_FALSE(*told);
  EXPECT_TRUE(server.modifies.empty());
  EXPECT_TRUE(server.looks.empty());
}

}  // namespace
}  // namespace dirbridge::ldap
