#include "ldap/control.hpp"

#include <gtest/gtest.h>

#include "ber.hpp"
#include "ldap/session.hpp"

namespace dirbridge::ldap {
namespace {

std::string bytes(std::initializer_list<int> octets) {
  std::string out;
  for (const int octet : octets) out += static_cast<char>(octet);
  return out;
}

TEST(Control, ValuesAreEncodedAsTheirDocumentsSay) {
  EXPECT_EQ(sync_request().value, bytes({0x30, 3, 0x0a, 1, 1}));
  EXPECT_EQ(sync_request("ab").value, bytes({0x30, 7, 0x0a, 1, 1, 0x04, 2, 'a', 'b'}));
  EXPECT_EQ(persistent_search().value, bytes({0x30, 9, 2, 1, 15, 1, 1, 0, 1, 1, 0xff}));
  EXPECT_EQ(dir_sync(false).value, bytes({0x30, 10, 2, 1, 0, 2, 3, 1, 0, 0, 4, 0}));
  EXPECT_EQ(dir_sync(true).value[4], 1);
  EXPECT_EQ(effective_rights("cn=a").value, "dn:cn=a");
}

TEST(Control, ACookieIsTakenFromASyncDoneControlAndNothingElse) {
  EXPECT_EQ(sync_cookie(bytes({0x30, 7, 0x04, 2, 'a', 'b', 1, 1, 0xff})).value(), "ab");
  EXPECT_EQ(sync_cookie(bytes({0x30, 0})).value(), "");
  EXPECT_EQ(sync_cookie(bytes({0x30, 3, 1, 1, 0xff})).value(), "");
  EXPECT_FALSE(sync_cookie(""));
  EXPECT_FALSE(sync_cookie("x"));
  EXPECT_FALSE(sync_cookie(bytes({0x30, 4, 0x04, 9, 'a', 'b'})));
}

TEST(Control, ASearchTakesItsControlsAlongAndItsAnswerShowsTheServers) {
  Session session;
  const int msgid = session.submit_search({.base = "dc=org"}, {}, {sync_request(), change_notification()}).value();
  std::string out = session.take_output();
  const auto request = ber::take_request(out);
  EXPECT_NE(request.controls.find(ber::tlv(0x04, sync_request_oid)), std::string::npos);
  EXPECT_NE(request.controls.find(ber::tlv(0x04, change_notification().oid)), std::string::npos);
  const auto done = ber::tlv(0x30, ber::tlv(0x04, sync_done_oid) + ber::tlv(0x04, "\x30\x02\x04\x00"));
  const auto answer = ber::message(msgid, ber::ldap_result(ber::search_done, 0), done);
  const auto messages = session.feed(answer).value();
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_NE(find_control(messages[0].controls, sync_done_oid), nullptr);
  EXPECT_EQ(find_control(messages[0].controls, dir_sync_oid), nullptr);
}

TEST(Attempt, NeverGoesOutWithoutTheCriticalNoOpControl) {
  using Kind = Attempt::Kind;
  const auto critical = ber::tlv(0x30, ber::tlv(0x04, no_op_oid) + bytes({1, 1, 0xff}));
  for (const auto& attempt :
       {Attempt{Kind::add_entry, "ou=a,dc=org", "objectClass", {"organizationalUnit"}},
        Attempt{Kind::delete_entry, "ou=a,dc=org", {}}, Attempt{Kind::add_value, "ou=a,dc=org", "member", {"cn=b"}},
        Attempt{Kind::remove_value, "ou=a,dc=org", "objectClass", {"dcObject"}}}) {
    Session session;
    ASSERT_TRUE(session.submit_attempt(attempt));
    std::string out = session.take_output();
    EXPECT_EQ(ber::take_request(out).controls, ber::tlv(0xa0, critical));
  }
}

TEST(Attempt, NeitherDoesAWholeDelta) {
  ModifyRequest delta;
  delta.target = Dn::parse("cn=g,dc=org").value();
  delta.attribute = "member";
  delta.add.push_back(Dn::parse("cn=b,dc=org").value());
  delta.remove.push_back(Dn::parse("cn=c,dc=org").value());
  delta.correlation = "request";
  delta.tracked = true;
  Session session;
  ASSERT_TRUE(session.submit_attempt(delta));
  std::string out = session.take_output();
  const auto request = ber::take_request(out);
  EXPECT_EQ(request.controls, ber::tlv(0xa0, ber::tlv(0x30, ber::tlv(0x04, no_op_oid) + bytes({1, 1, 0xff}))));
  EXPECT_LT(request.content.find("cn=b,dc=org"), request.content.find("cn=c,dc=org"));
  EXPECT_FALSE(session.submit_attempt(ModifyRequest{}));
}

TEST(Attempt, WithoutANameOrWithoutValuesIsRefused) {
  using Kind = Attempt::Kind;
  Session session;
  EXPECT_FALSE(session.submit_attempt({Kind::delete_entry, "", {}}));
  EXPECT_FALSE(session.submit_attempt({Kind::remove_value, "ou=a", "member"}));
  EXPECT_FALSE(session.submit_attempt({Kind::remove_value, "ou=a", "member", {""}}));
  EXPECT_EQ(session.take_output(), "");
}

}  // namespace
}  // namespace dirbridge::ldap
