#include "ldap/session.hpp"

#include <gtest/gtest.h>

#include <random>

#include "ber.hpp"
#include "ldap/filter.hpp"

namespace dirbridge::ldap {
namespace {

using Kind = Session::Message::Kind;

Dn dn(std::string_view text) { return Dn::parse(text).value(); }
ModifyRequest add_one() { return {dn("cn=g,dc=org"), "member", {dn("uid=a,dc=org")}, {}, {}}; }

// The one request the session wants to send.
ber::Request sent(Session& session) {
  std::string bytes = session.take_output();
  auto request = ber::take_request(bytes);
  EXPECT_TRUE(bytes.empty());
  return request;
}

std::vector<Session::Message> feed(Session& session, std::string_view bytes) {
  auto messages = session.feed(bytes);
  EXPECT_TRUE(messages) << messages.error().message();
  return messages ? *messages : std::vector<Session::Message>{};
}

// RFC 4511 section 4.2.2: serverSaslCreds, in a bind of several steps.
TEST(Session, WhatTheServerSaysInASaslBindIsHandedOn) {
  Session session;
  const int msgid = session.submit_gssapi_bind("ours").value();
  const auto answer = ber::message(msgid, ber::ldap_result(ber::bind_response, 14, "", ber::tlv(0x87, "theirs")));
  const auto messages = feed(session, answer);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].result.code, 14);
  EXPECT_EQ(messages[0].value, "theirs");
}

TEST(Session, EveryAnswerSplitAtEveryPositionCompletesOnItsLastByte) {
  const auto canned = [](int msgid) {
    return std::vector<std::string>{
        ber::entry(msgid, "uid=a,dc=org", ber::attribute("uid", {"a"}) + ber::attribute("cn", {"A", "\xC3\x84"})),
        ber::reference(msgid, "ldap://other/dc=org"), ber::searched_page(msgid, "next")};
  };
  std::string whole;
  for (const auto& part : canned(1)) whole += part;
  for (std::size_t at = 0; at <= whole.size(); ++at) {
    Session session;
    ASSERT_EQ(session.submit_search({.base = "dc=org"}, {.size = 500}).value(), 1);
    auto messages = feed(session, whole.substr(0, at));
    EXPECT_EQ(messages.size(), at < canned(1)[0].size()                         ? 0u
                               : at < canned(1)[0].size() + canned(1)[1].size() ? 1u
                               : at < whole.size()                              ? 2u
                                                                                : 3u);
    for (auto& message : feed(session, whole.substr(at))) messages.push_back(std::move(message));
    ASSERT_EQ(messages.size(), 3u) << at;
    EXPECT_EQ(messages[0].kind, Kind::search_entry);
    EXPECT_EQ(messages[0].entry.dn, "uid=a,dc=org");
    ASSERT_NE(messages[0].entry.find("CN"), nullptr);
    EXPECT_EQ(messages[0].entry.find("CN")->values, (std::vector<std::string>{"A", "\xC3\x84"}));
    EXPECT_EQ(messages[1].kind, Kind::search_reference);
    EXPECT_EQ(messages[1].result.referrals, std::vector<std::string>{"ldap://other/dc=org"});
    EXPECT_EQ(messages[2].kind, Kind::search_done);
    EXPECT_EQ(messages[2].cookie, "next");
    EXPECT_TRUE(session.is_between_messages());
  }
}

TEST(Session, OneByteAtATimeIsEnough) {
  Session session;
  const int msgid = session.submit_simple_bind("cn=agent", Secret{"pw"}).value();
  const std::string reply = ber::bound(msgid, 49, "bad password");
  for (std::size_t i = 0; i + 1 < reply.size(); ++i) EXPECT_TRUE(feed(session, reply.substr(i, 1)).empty());
  EXPECT_FALSE(session.is_between_messages());
  const auto done = feed(session, reply.substr(reply.size() - 1));
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].msgid, msgid);
  EXPECT_EQ(done[0].kind, Kind::bind);
  EXPECT_EQ(done[0].result.code, 49);
  EXPECT_EQ(done[0].result.diagnostic, "bad password");
}

TEST(Session, EveryBufferedMessageIsDrainedInOrder) {
  Session session;
  std::string replies;
  for (int i = 0; i < 300; ++i) {
    const int msgid = session.submit_modify(add_one()).value();
    replies += ber::modified(msgid, msgid % 2 == 0 ? 0 : 20);
  }
  const auto messages = feed(session, replies);
  ASSERT_EQ(messages.size(), 300u);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(messages[i].msgid, i + 1);
    EXPECT_EQ(messages[i].kind, Kind::modify);
    EXPECT_EQ(messages[i].result.code, (i + 1) % 2 == 0 ? 0 : 20);
  }
}

TEST(Session, AModifySaysAddThenDeleteAndNothingElse) {
  Session session;
  auto request = add_one();
  request.remove = {dn("cn=Smith\\, John,dc=org")};
  session.submit_modify(request).value();
  const auto pdu = sent(session);
  EXPECT_EQ(pdu.tag, ber::modify_request);
  const auto change = [](int op, std::string_view value) {
    return ber::tlv(0x30,
                    std::string{"\x0a\x01"} + static_cast<char>(op) + ber::attribute("member", {std::string{value}}));
  };
  EXPECT_EQ(pdu.content, ber::tlv(0x04, "cn=g,dc=org") +
                             ber::tlv(0x30, change(0, "uid=a,dc=org") + change(1, "cn=Smith\\, John,dc=org")));
}

TEST(Session, AModifyWithoutValuesOrWithAnEmptyOneIsNeverEncoded) {
  Session session;
  auto none = add_one();
  none.add.clear();
  EXPECT_EQ(session.submit_modify(none).error().code, errc::malformed);
  auto hollow = add_one();
  hollow.remove.emplace_back();
  EXPECT_EQ(session.submit_modify(hollow).error().code, errc::malformed);
  EXPECT_TRUE(session.take_output().empty());
}

TEST(Session, BindsAreEncodedAsTheRfcSays) {
  Session simple;
  simple.submit_simple_bind("cn=agent", Secret{"pw"}).value();
  EXPECT_EQ(sent(simple).content, std::string{"\x02\x01\x03"} + ber::tlv(0x04, "cn=agent") + ber::tlv(0x80, "pw"));
  Session external;
  external.submit_external_bind().value();
  EXPECT_EQ(sent(external).content, std::string{"\x02\x01\x03"} + ber::tlv(0x04, "") +
                                        ber::tlv(0xa3, ber::tlv(0x04, "EXTERNAL") + ber::tlv(0x04, "")));
  Session start_tls;
  start_tls.submit_start_tls().value();
  EXPECT_EQ(sent(start_tls).content, ber::tlv(0x80, "1.3.6.1.4.1.1466.20037"));
}

TEST(Session, ANameWithAnEmptyPasswordIsNotSent) {
  Session session;
  EXPECT_EQ(session.submit_simple_bind("cn=agent", Secret{}).error().code, errc::configuration);
  EXPECT_TRUE(session.take_output().empty());
}

TEST(Session, ASearchCarriesItsPageAndCookie) {
  Session session;
  session
      .submit_search({.base = "dc=org", .filter = Filter::equality("cn", "a*").text(), .attributes = {"1.1"}},
                     {.size = 7, .cookie = "here"})
      .value();
  const auto pdu = sent(session);
  EXPECT_EQ(pdu.tag, ber::search_request);
  EXPECT_NE(pdu.content.find(ber::tlv(0xa3, ber::tlv(0x04, "cn") + ber::tlv(0x04, "a*"))), std::string::npos);
  EXPECT_NE(pdu.controls.find("1.2.840.113556.1.4.319"), std::string::npos);
  EXPECT_NE(pdu.controls.find(ber::tlv(0x04, "here")), std::string::npos);
  EXPECT_EQ(session.submit_search({.base = "dc=org", .filter = "((("}).error().code, make_code(-7));
}

TEST(Session, AnswersNobodyWaitsForAreDropped) {
  Session session;
  const int msgid = session.submit_search({.base = "dc=org"}).value();
  const int other = session.submit_search({.base = "dc=org"}).value();
  session.take_output();
  session.abandon(other);
  const auto abandon = sent(session);
  EXPECT_EQ(abandon.tag, ber::abandon_request);
  EXPECT_EQ(abandon.content, std::string(1, static_cast<char>(other)));
  const auto messages =
      feed(session, ber::modified(77) + ber::entry(other, "dc=x") + ber::searched(other) + ber::entry(999, "dc=y") +
                        ber::message(-5, ber::ldap_result(ber::search_done, 0)) + ber::searched(msgid) +
                        ber::searched(msgid));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].msgid, msgid);
}

TEST(Session, ANoticeOfDisconnectionIsAMessageOfItsOwn) {
  Session session;
  session.submit_modify(add_one()).value();
  const auto messages = feed(session, ber::notice_of_disconnection(52, "shutting down"));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].kind, Kind::notice);
  EXPECT_EQ(messages[0].oid, Session::notice_of_disconnection);
  EXPECT_EQ(messages[0].result.code, 52);
  EXPECT_EQ(messages[0].result.diagnostic, "shutting down");
}

TEST(Session, AReferralIsReportedAndNotChased) {
  Session session;
  const int msgid = session.submit_modify(add_one()).value();
  session.take_output();
  const auto messages =
      feed(session, ber::message(msgid, ber::ldap_result(ber::modify_response, 10, "",
                                                         ber::tlv(0xa3, ber::tlv(0x04, "ldap://127.0.0.1:1/")))));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].result.code, 10);
  EXPECT_EQ(messages[0].result.referrals, std::vector<std::string>{"ldap://127.0.0.1:1/"});
  EXPECT_TRUE(session.take_output().empty());
}

TEST(Session, AnnouncedSizesAboveTheLimitEndTheSessionBeforeTheBytesCome) {
  Session session{{.max_message_bytes = 1000}};
  session.submit_search({.base = "dc=org"}).value();
  EXPECT_EQ(session.feed(std::string{"\x30\x84\x7f\xff\xff\xff", 6}).error().code, errc::too_large);
  EXPECT_EQ(session.feed("").error().code, errc::too_large);
  EXPECT_EQ(session.submit_modify(add_one()).error().code, errc::too_large);
}

TEST(Session, ALargeAnswerBelowTheLimitArrives) {
  Session session;
  const int msgid = session.submit_search({.base = "dc=org"}).value();
  const std::vector<std::string> members(20'000, "uid=somebody,ou=people,dc=example,dc=org");
  const auto messages = feed(session, ber::entry(msgid, "cn=g", ber::attribute("member", members)));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].entry.find("member")->values.size(), 20'000u);
}

TEST(Session, WhatIsNotLdapEndsTheSession) {
  const std::vector<std::string> hostile{
      "HTTP/1.1 400 Bad Request\r\n",
      std::string{"\x30\x80\x02\x01\x01", 5},          // indefinite length
      std::string{"\x30\x89\0\0\0\0\0\0\0\0\0", 11},   // nine length octets
      std::string{"\x16\x03\x01\x00\x05", 5},          // a TLS record
      std::string{"\x30\x00", 2},                      // an empty message
      std::string{"\x30\x03\x02\x01\x01", 5},          // a msgid and no operation
      std::string{"\x30\x05\x02\x01\x01\x65\x7f", 7},  // the operation is longer than its message
      std::string{"\x30\x05\x02\x01\x01\x65\x00", 7},  // a result without a result code
      std::string{"\x30\x05\x02\x01\x01\x64\x00", 7},  // an entry without a name
      ber::message(1, ber::tlv(ber::search_entry, ber::tlv(0x04, "dc=x") + std::string{"\x30\x20\x30\x02", 4})),
      ber::message(1, ber::ldap_result(ber::search_done, 0),
                   ber::tlv(0x30, ber::tlv(0x04, "1.2.840.113556.1.4.319") + ber::tlv(0x04, "\x30\x7f"))),
      ber::message(0, ber::ldap_result(ber::search_done, 0)),  // unsolicited, and no extended response
  };
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    Session session;
    session.submit_search({.base = "dc=org"}).value();
    const auto fed = session.feed(hostile[i]);
    ASSERT_FALSE(fed) << i;
    EXPECT_EQ(fed.error().code, errc::protocol) << i;
    EXPECT_FALSE(fed.error().detail.empty());
    EXPECT_FALSE(session.submit_search({.base = "dc=org"}));
  }
}

// Found by the next test: libldap aborted the process.
TEST(Session, APagingControlWithoutAValueIsAnError) {
  Session session;
  session.submit_search({.base = "dc=org"}, {.size = 5}).value();
  const auto control = ber::tlv(0x30, ber::tlv(0x04, "1.2.840.113556.1.4.319"));
  EXPECT_EQ(session.feed(ber::message(1, ber::ldap_result(ber::search_done, 0), control)).error().code, errc::protocol);
}

// Every answer with every byte spoilt in turn: an error, a message or silence, never a crash.
TEST(Session, SpoiltBytesNeverCrash) {
  std::mt19937 random{99};
  const std::string whole = ber::entry(1, "uid=a,dc=org", ber::attribute("uid", {"a", "b"})) +
                            ber::reference(1, "ldap://x") + ber::notice_of_disconnection(52, "bye") +
                            ber::searched_page(1, "next");
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int round = 0; round < 40; ++round) {
      Session session{{.max_message_bytes = 65'536}};
      session.submit_search({.base = "dc=org"}, {.size = 5}).value();
      auto spoilt = whole;
      spoilt[at] = static_cast<char>(random());
      if (round % 2 == 1) spoilt[random() % spoilt.size()] = static_cast<char>(random());
      (void)session.feed(spoilt);
    }
}

TEST(Session, UnbindIsTheLastWord) {
  Session session;
  session.submit_unbind();
  EXPECT_EQ(sent(session).tag, ber::unbind_request);
  EXPECT_EQ(session.submit_modify(add_one()).error().code, errc::closed);
}

}  // namespace
}  // namespace dirbridge::ldap
