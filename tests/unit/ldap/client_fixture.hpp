// A client, the scripted server it talks to, and the scripts that several tests share.
#pragma once
#include <gtest/gtest.h>

#include <optional>

#include "base/text.hpp"
#include "ldap/client.hpp"
#include "net/tls.hpp"
#include "scripted_server.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::ldap {
using Fate = ModifyReply::Fate;

inline asio::awaitable<void> close_at_once(Peer&) { co_return; }

class LdapClient : public ::testing::Test {
 protected:
  LdapClient() { write_file(password_file(), "secret\n", 0600).value(); }
  std::string password_file() const { return folder_.path() + "/password"; }
  ClientSettings settings(const std::string& url) const {
    ClientSettings settings;
    settings.urls = {url};
    settings.bind_dn = "cn=agent,dc=org";
    settings.bind_password_file = password_file();
    settings.connect_timeout = settings.tls_timeout = settings.bind_timeout = 10s;
    settings.reconnect_base = 5ms;
    settings.reconnect_max = 20ms;
    return settings;
  }
  // Of a server that was there a moment ago: whoever connects is refused.
  std::string url_of_nobody() {
    const ScriptedServer gone{context_, {close_at_once}};
    return gone.url();
  }
  ScriptedServer& serve(std::vector<Script> scripts) {
    return *(server_ = std::make_unique<ScriptedServer>(context_, std::move(scripts)));
  }
  void connect_to(ClientSettings settings) { client_.emplace(context_.get_executor(), std::move(settings)); }
  void client_of(std::vector<Script> scripts) { connect_to(settings(serve(std::move(scripts)).url())); }
  void run(asio::awaitable<void> story) { run_to_end(context_, std::move(story)); }

  static ModifyRequest add_one(std::string_view member = "uid=a,dc=org") {
    return {Dn::parse("cn=g,dc=org").value(), "member", {Dn::parse(member).value()}, {}, "request"};
  }
  // modify() and wait() in one.
  static asio::awaitable<ModifyReply> change(Client& client, TimePoint deadline) {
    auto request = add_one();
    const auto pending = co_await client.modify(std::move(request), deadline);
    co_return co_await pending->wait(deadline);
  }

  tests::TemporaryFolder folder_;
  asio::io_context context_{1};
  std::unique_ptr<ScriptedServer> server_;
  std::optional<Client> client_;
};

// Scripts: what a server does on one connection.
inline asio::awaitable<void> answer_everything(Peer& peer) {
  for (;;) {
    const auto request = co_await peer.next();
    if (request.tag == 0) co_return;
    if (request.tag == ber::bind_request) co_await peer.send(ber::bound(request.msgid));
    if (request.tag == ber::modify_request) co_await peer.send(ber::modified(request.msgid));
    if (request.tag == ber::search_request)
      co_await peer.send(ber::entry(request.msgid, "cn=g,dc=org") + ber::searched(request.msgid));
  }
}
inline asio::awaitable<void> say_nothing(Peer& peer) { co_await peer.stay_silent(); }
inline asio::awaitable<void> bind_then_say_nothing(Peer& peer) {
  co_await peer.bind();
  co_await peer.stay_silent();
}
inline asio::awaitable<void> refuse_the_password(Peer& peer) {
  co_await peer.bind(49, "no such luck");
  co_await peer.stay_silent();
}
inline asio::awaitable<void> close_after_the_modify(Peer& peer) {
  co_await peer.bind();
  const auto request = co_await peer.next();
  EXPECT_EQ(request.tag, ber::modify_request);
}
inline asio::awaitable<void> reset_after_the_modify(Peer& peer) {
  co_await close_after_the_modify(peer);
  peer.reset();
}

}  // namespace dirbridge::ldap
