// What a server's password policy says beside the result of a bind: in a control, which the client asks for.
#include "client_fixture.hpp"

namespace dirbridge::ldap {
namespace {

constexpr std::string_view policy_oid = "1.3.6.1.4.1.42.2.27.8.5.1";

// The response control with this value; remark: error [1] of the draft.
std::string policy_control(std::string_view value) {
  return ber::tlv(0x30, ber::tlv(0x04, policy_oid) + ber::tlv(0x04, value));
}
std::string remark(int number) { return ber::tlv(0x30, ber::tlv(0x81, std::string(1, static_cast<char>(number)))); }

class PasswordPolicy : public LdapClient {
 protected:
  // A server that answers binds with this, and everything else as if all were well; what the agent is told then.
  void serve_binds_with(int code, std::string control) {
    client_of({[code, control](Peer& peer) -> asio::awaitable<void> {
      const auto bind = co_await peer.next();
      EXPECT_NE(bind.controls.find(policy_oid), std::string::npos) << "the client must ask";
      co_await peer.send(ber::message(bind.msgid, ber::ldap_result(ber::bind_response, code), control));
      co_await answer_everything(peer);
    }});
  }
  ModifyReply try_change() {
    ModifyReply reply;
    run([](Client& client, ModifyReply& out) -> asio::awaitable<void> { out = co_await change(client, in(2s)); }(
                                                 *client_, reply));
    return reply;
  }
  void expect_refused(int code, int number, std::string_view words) {
    serve_binds_with(code, policy_control(remark(number)));
    const auto reply = try_change();
    EXPECT_EQ(reply.fate, Fate::not_sent);
    EXPECT_EQ(client_->status().state, DirectoryState::unhealthy);
    EXPECT_NE(client_->status().detail.find(words), std::string::npos) << client_->status().detail;
    EXPECT_EQ(server_->accepted(), 1u) << "tried again at once: that locks accounts";
  }
};

TEST_F(PasswordPolicy, SaysWhatInvalidCredentialsMean) {
  expect_refused(49, 0, "password has expired");
  expect_refused(49, 1, "locked or disabled");
  expect_refused(53, 1, "locked or disabled");
}

TEST_F(PasswordPolicy, APasswordThatMustBeChangedFirstIsNoGoodBindAndNoJobIsJudgedByIt) {
  expect_refused(0, 2, "must change its password first");
}

TEST_F(PasswordPolicy, AWarningIsNoRefusal) {
  serve_binds_with(0, policy_control(ber::tlv(0x30, ber::tlv(0xa0, ber::integer(0x80, 3600)))));
  EXPECT_EQ(try_change().fate, Fate::answered);
}

TEST_F(PasswordPolicy, WhatCannotBeReadIsNoRemark) {
  for (const auto& value :
       {std::string{}, std::string{"\x30"}, std::string{"\x04\x00", 2}, std::string(200, '\x30'),
        ber::tlv(0x30, ber::tlv(0x81, "")), ber::tlv(0x30, ber::tlv(0x81, std::string(9, '\x7f')))}) {
    serve_binds_with(0, policy_control(value));
    EXPECT_EQ(try_change().fate, Fate::answered) << value.size();
  }
  // A control without any value.
  serve_binds_with(0, ber::tlv(0x30, ber::tlv(0x04, policy_oid)));
  EXPECT_EQ(try_change().fate, Fate::answered);
}

}  // namespace
}  // namespace dirbridge::ldap
