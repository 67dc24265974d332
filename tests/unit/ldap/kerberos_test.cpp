// What can go wrong before a server is asked: keytabs, and KDCs that do not answer. The rest needs a real KDC
// (tests/integration/directories/kerberos_test.cpp).
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "ldap/bind_advice.hpp"
#include "ldap/client.hpp"
#include "ldap/kerberos_fetch.hpp"
#include "scripted_server.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::ldap {
namespace {

std::string two_bytes(std::size_t number) {
  return {static_cast<char>(number >> 8 & 0xff), static_cast<char>(number & 0xff)};
}
std::string counted(const std::string& text) { return two_bytes(text.size()) + text; }

// Version 2 of the format: one entry of agent@EXAMPLE.ORG with an AES-256 key.
std::string keytab_of_agent() {
  const std::string entry = two_bytes(1) + counted("EXAMPLE.ORG") + counted("agent") + std::string{"\0\0\0\1", 4} +
                            std::string(4, '\0') + "\1" + two_bytes(18) + counted(std::string(32, 'k'));
  return std::string{"\5\2", 2} + std::string(2, '\0') + two_bytes(entry.size()) + entry;
}

class Kerberos : public ::testing::Test {
 protected:
  Kerberos() { write_file(keytab(), keytab_of_agent(), 0600).value(); }
  std::string keytab() const { return folder_.path() + "/keytab"; }
  // The error of a fetch; empty if there was none.
  Error fetch(KerberosSettings settings, milliseconds patience = milliseconds{10'000}) {
    Error error;
    const auto story = [&]() -> asio::awaitable<void> {
      auto executor = context_.get_executor();
      auto tickets = co_await fetch_tickets(executor, std::move(settings), "db.example.org", in(patience));
      if (!tickets) error = tickets.error();
    };
    run_to_end(context_, story());
    return error;
  }
  static bool says(const Error& error, const std::string& words) {
    return error.message().find(words) != std::string::npos;
  }
  tests::TemporaryFolder folder_;
  asio::io_context context_{1};
};

TEST_F(Kerberos, AKeytabThatIsNotThereIsNamed) {
  const auto error = fetch({folder_.path() + "/none", {}, {"127.0.0.1:1"}});
  EXPECT_EQ(error.code, errc::configuration);
  EXPECT_TRUE(says(error, folder_.path() + "/none")) << error.message();
}

TEST_F(Kerberos, AFileThatIsNoKeytabIsNamed) {
  write_file(keytab(), "not a keytab", 0600).value();
  const auto error = fetch({keytab(), {}, {"127.0.0.1:1"}});
  EXPECT_EQ(error.code, errc::configuration);
  EXPECT_TRUE(says(error, keytab())) << error.message();
}

TEST_F(Kerberos, AKeytabWithoutTheAccountSaysWhomItHas) {
  const auto error = fetch({keytab(), "other@EXAMPLE.ORG", {"127.0.0.1:1"}});
  EXPECT_EQ(error.code, errc::configuration);
  EXPECT_TRUE(says(error, "has keys of agent@EXAMPLE.ORG")) << error.message();
}

TEST_F(Kerberos, AKdcThatIsAwayMayComeBack) {
  std::uint16_t closed = 0;
  { closed = ScriptedServer{context_, {}}.port(); }
  const auto error = fetch({keytab(), {}, {"127.0.0.1:" + std::to_string(closed)}});
  EXPECT_EQ(error.code, errc::unavailable);
  EXPECT_TRUE(says(error, "no KDC of EXAMPLE.ORG can be reached")) << error.message();
}

TEST_F(Kerberos, AKdcThatSaysNothingIsLeftAtTheDeadline) {
  const ScriptedServer silent{context_, {[](Peer& peer) { return peer.swallow(); }}};
  const auto begin = std::chrono::steady_clock::now();
  const auto error = fetch({keytab(), {}, {"127.0.0.1:" + std::to_string(silent.port())}}, milliseconds{100});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_EQ(error.code, errc::unavailable);
  EXPECT_TRUE(says(error, "did not answer in time")) << error.message();
}

TEST_F(Kerberos, OneThatClosesIsFollowedByTheNext) {
  const ScriptedServer closing{context_, {[](Peer&) -> asio::awaitable<void> { co_return; }}};
  const ScriptedServer silent{context_, {[](Peer& peer) { return peer.swallow(); }}};
  const auto error = fetch(
      {keytab(), {}, {"127.0.0.1:" + std::to_string(closing.port()), "127.0.0.1:" + std::to_string(silent.port())}},
      milliseconds{200});
  EXPECT_EQ(closing.accepted(), 1u);
  EXPECT_EQ(silent.accepted(), 1u);
  EXPECT_EQ(error.code, errc::unavailable);
}

TEST_F(Kerberos, AKdcThatAnnouncesAnEndlessReplyIsNotBelieved) {
  const ScriptedServer boasting{context_, {[](Peer& peer) -> asio::awaitable<void> {
                                  co_await peer.send("\x7f\xff\xff\xff");
                                  co_await peer.swallow();
                                }}};
  EXPECT_TRUE(says(fetch({keytab(), {}, {"127.0.0.1:" + std::to_string(boasting.port())}}), "too large"));
}

TEST_F(Kerberos, AKdcThatTalksNonsenseIsAnError) {
  const ScriptedServer babbling{context_, {[](Peer& peer) -> asio::awaitable<void> {
                                  co_await peer.send(std::string{"\0\0\0\5hello", 9});
                                  co_await peer.swallow();
                                }}};
  EXPECT_TRUE(says(fetch({keytab(), {}, {"127.0.0.1:" + std::to_string(babbling.port())}}), "agent@EXAMPLE.ORG"));
}

TEST(KerberosSettings, AKdcIsAHostAndPerhapsAPort) {
  EXPECT_EQ(parse_kdc("kdc.example.org").value().port, 88);
  EXPECT_EQ(parse_kdc("kdc.example.org:1088").value().port, 1088);
  EXPECT_EQ(parse_kdc("[::1]:1088").value().host, "::1");
  EXPECT_EQ(parse_kdc("[::1]").value().port, 88);
  for (const std::string bad : {"", ":88", "kdc:", "kdc:0", "kdc:x", "kdc:70000", "[::1", "tcp/kdc", "::1"})
    EXPECT_FALSE(parse_kdc(bad)) << bad;
}

TEST(KerberosSettings, ContradictionsAreNamed) {
  ClientSettings good;
  good.urls = {"ldap://dc1.example.org"};
  good.kerberos.keytab_file = "/etc/agent.keytab";
  EXPECT_TRUE(check(good));
  const auto why = [&](auto change) {
    auto settings = good;
    change(settings);
    const auto checked = check(settings);
    return checked ? std::string{} : checked.error().message();
  };
  const auto has = [](const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
  };
  EXPECT_TRUE(has(why([](auto& s) { s.urls = {"ldaps://dc1.example.org"}; }), "signs and seals by itself"));
  EXPECT_TRUE(has(why([](auto& s) { s.starttls = true; }), "ldap.starttls"));
  EXPECT_TRUE(has(why([](auto& s) { s.urls = {"ldapi://%2Frun%2Fldapi"}; }), "signs and seals by itself"));
  EXPECT_TRUE(has(why([](auto& s) { s.bind_dn = "cn=agent"; }), "exclude each other"));
  EXPECT_TRUE(has(why([](auto& s) { s.sasl_external = true; }), "exclude each other"));
  EXPECT_TRUE(has(why([](auto& s) { s.kerberos.principal = "agent"; }), "name the realm"));
  EXPECT_TRUE(has(why([](auto& s) { s.kerberos.kdcs = {"a:b"}; }), "host:port of a KDC"));
  EXPECT_TRUE(has(why([](auto& s) {
                    s.kerberos.keytab_file.clear();
                    s.kerberos.principal = "agent@EXAMPLE.ORG";
                  }),
                  "needs ldap.keytab_file"));
}

TEST(KerberosAdvice, DoesNotSpeakOfPasswords) {
  EXPECT_NE(gssapi_bind_advice({49, {}, "data 52e", {}}).find("service principal name"), std::string::npos);
  EXPECT_NE(gssapi_bind_advice({7, {}, {}, {}}).find("GSSAPI"), std::string::npos);
}

}  // namespace
}  // namespace dirbridge::ldap
