// The Kerberos bind of a connection: a ticket, the exchange of RFC 4752, and from then on everything sealed.
#include <algorithm>

#include "ldap/bind_advice.hpp"
#include "ldap/connection.hpp"
#include "ldap/gssapi_bind.hpp"
#include "ldap/kerberos_fetch.hpp"

namespace dirbridge::ldap {
namespace {

using Kind = Session::Message::Kind;
using std::chrono::seconds;

constexpr int sasl_bind_in_progress = 14;
constexpr int max_rounds = 8;  // three are usual
// A connection is left for a new one before its ticket expires: servers end it then, with whatever is under way.
constexpr seconds before_expiry{300};

TimePoint now() { return std::chrono::steady_clock::now(); }

}  // namespace

asio::awaitable<result<void>> Connection::bind_gssapi(Result& refusal) {
  // All of it under one deadline: the exchange with the KDC, too.
  const auto deadline = now() + settings_.bind_timeout;
  auto tickets = co_await fetch_tickets(executor_, settings_.kerberos, settings_.url.host, deadline);
  if (!tickets) co_return tickets.error();
  GssapiBind bind{std::move(*tickets)};
  std::string from_server;
  for (int round = 0; round < max_rounds; ++round) {
    const auto credentials = bind.step(from_server);
    if (!credentials) co_return credentials.error();
    const bool agreed = bind.is_agreed();
    const auto left = std::chrono::ceil<milliseconds>(deadline - now());
    auto msgid = session_.submit_gssapi_bind(*credentials);
    auto answer = co_await exchange_until(msgid, Kind::bind, std::max(left, milliseconds{1}), "the bind");
    if (!answer) co_return answer.error();
    if (answer->result.code == sasl_bind_in_progress) {
      from_server = std::move(answer->value);
      continue;
    }
    refusal = std::move(answer->result);
    if (!refusal.ok()) co_return result<void>{};
    if (!agreed) co_return Error{errc::protocol, settings_.url.text() + " said yes before it proved who it is"};
    // What came behind the answer in clear is somebody's injection.
    if (!session_.is_between_messages())
      co_return Error{errc::protocol, settings_.url.text() + " sent data in clear behind the answer to the bind"};
    session_.seal(bind.take_layer());
    const auto lifetime = bind.lifetime();
    good_until_ = now() + std::max(lifetime - before_expiry, lifetime / 2);
    co_return result<void>{};
  }
  co_return Error{errc::protocol, settings_.url.text() + " goes on and on with the bind"};
}

asio::awaitable<void> Connection::expiry_loop(std::shared_ptr<Connection> self) {
  while (self->is_open() && now() < *self->good_until_) co_await self->over_.wait(*self->good_until_);
  if (self->is_open()) self->retire();
}

}  // namespace dirbridge::ldap
