// How a connection comes up: connect, TLS or StartTLS, bind. What fails is told in words a person can act on.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/write.hpp>
#include <utility>

#include "ldap/bind_advice.hpp"
#include "ldap/connection.hpp"

namespace dirbridge::ldap {
namespace {

using Kind = Session::Message::Kind;
using Transport = ServerUrl::Transport;

TimePoint in(milliseconds timeout) { return std::chrono::steady_clock::now() + timeout; }

// Our own refusals and those of certificates stay until somebody changes something; a peer that is away comes back.
bool needs_a_person(const error_code& code) {
  return code == errc::configuration || code == errc::unauthenticated || code == errc::protocol ||
         code == errc::malformed;
}

Opened failed(const Error& error, const std::string& advice = {}) {
  const bool ours = error.code.category() == dirbridge_category();
  return {
      nullptr,
      {ours ? error.code : make_error_code(errc::unavailable), error.message() + (advice.empty() ? "" : "; " + advice)},
      needs_a_person(error.code)};
}

// The server said no to StartTLS or bind: its code stays, for those who branch on it.
Opened refused(const Result& result, std::string what, const std::string& advice) {
  if (!advice.empty()) what += " (" + advice + ")";
  const Error said = to_error(result);
  if (!said.detail.empty()) what += ": " + said.detail;
  // 389 DS says unwilling of a disabled account.
  constexpr int unwilling_to_perform = 53;
  const bool passes = said.code == condition::transient && result.code != unwilling_to_perform;
  constexpr int invalid_credentials = 49;
  return {nullptr, {said.code, std::move(what)}, !passes, result.code == invalid_credentials};
}

}  // namespace

Connection::Connection(asio::any_io_executor executor, net::Stream stream, ConnectionSettings settings)
    : executor_(executor),
      stream_(std::move(stream)),
      settings_(std::move(settings)),
      session_(settings_.limits),
      work_(executor),
      room_(executor),
      over_(executor) {}

Connection::~Connection() { stream_.close(); }

asio::awaitable<Opened> Connection::open(asio::any_io_executor executor, ConnectionSettings settings) {
  const ServerUrl url = settings.url;
  const TimePoint deadline = in(settings.connect_timeout);
  result<net::Stream> stream = Error{};
  if (url.transport == Transport::local) {
    stream = co_await net::connect_local(executor, url.socket_path, deadline);
  } else {
    net::Endpoint endpoint{url.host, url.port};
    stream = co_await net::connect_tcp(executor, std::move(endpoint), deadline);
  }
  if (!stream) co_return failed(stream.error(), "is the directory server running, and reachable from here?");
  const std::shared_ptr<Connection> self{new Connection(executor, std::move(*stream), std::move(settings))};
  auto opened = co_await self->secure_and_bind();
  if (opened.connection) self->run();
  co_return opened;
}

// A peer that vanishes without a word (power, network) is noticed within a minute; a stopped one is not, on purpose:
// its kernel still answers, and what was sent to it may still be carried out.
void Connection::keep_alive() {
  if (settings_.url.transport == Transport::local) return;
  const int fd = stream_.native_handle();
  const auto set = [fd](int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 60'000);  // while something is unacknowledged no probe is sent
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

asio::awaitable<Opened> Connection::secure_and_bind() {
  const std::string where = settings_.url.text();
  keep_alive();
  if (settings_.starttls) {
    auto msgid = session_.submit_start_tls();
    const auto answer = co_await exchange_until(msgid, Kind::extended, settings_.tls_timeout, "StartTLS");
    if (!answer) co_return failed(answer.error());
    if (!answer->result.ok()) co_return refused(answer->result, where + " refuses StartTLS", {});
    // RFC 4511 4.14.1: bytes in clear after the answer are somebody's injection.
    if (!session_.is_between_messages())
      co_return failed({errc::protocol, where + " sent data between the answer to StartTLS and TLS"});
  }
  if (settings_.starttls || settings_.url.transport == Transport::tls) {
    const auto secured = co_await stream_.secure_client(settings_.tls, settings_.url.host, in(settings_.tls_timeout));
    if (!secured) co_return failed({secured.error().code, "no TLS with " + where + ": " + secured.error().message()});
  }
  if (settings_.bind == ConnectionSettings::Bind::anonymous) co_return Opened{shared_from_this(), {}, false};

  if (settings_.bind == ConnectionSettings::Bind::gssapi) {
    Result word;
    const auto bound = co_await bind_gssapi(word);
    if (!bound) {
      auto opened = failed({bound.error().code, where + ", the bind with Kerberos: " + bound.error().message()});
      opened.is_wrong_secret = bound.error().code == errc::unauthenticated;
      co_return opened;
    }
    if (!word.ok()) co_return refused(word, where + " refused the bind with Kerberos", gssapi_bind_advice(word));
    co_return Opened{shared_from_this(), {}, false};
  }
  const bool simple = settings_.bind == ConnectionSettings::Bind::simple;
  const std::string who = simple ? settings_.bind_dn : "SASL EXTERNAL";
  auto msgid =
      simple ? session_.submit_simple_bind(settings_.bind_dn, settings_.password) : session_.submit_external_bind();
  const auto answer = co_await exchange_until(msgid, Kind::bind, settings_.bind_timeout, "the bind");
  if (!answer) co_return failed(answer.error());
  const auto& word = answer->result;
  const auto advice = bind_advice(word, answer->password);
  if (!word.ok()) co_return refused(word, where + " refused the bind of " + who, advice);
  // The server took the password, and will refuse everything else: no job must be judged by that.
  if (answer->password == PasswordState::must_change)
    co_return failed({errc::unauthenticated, where + " lets " + who + " do nothing (" + advice + ")"});
  co_return Opened{shared_from_this(), {}, false};
}

asio::awaitable<result<Session::Message>> Connection::exchange_until(result<int> msgid, Kind kind, milliseconds timeout,
                                                                     std::string what) {
  const std::string where = settings_.url.text();
  auto operation = exchange(std::move(msgid), kind);
  auto answer = co_await net::with_deadline(std::move(operation), in(timeout));
  if (!answer)
    co_return Error{errc::timed_out, where + " accepted the connection but did not answer " + what + " within " +
                                         std::to_string(timeout.count()) + " ms"};
  if (!*answer) co_return Error{answer->error().code, where + ", " + what + ": " + answer->error().message()};
  co_return std::move(**answer);
}

// One request and its answer, before the loops run.
asio::awaitable<result<Session::Message>> Connection::exchange(result<int> msgid, Kind kind) {
  if (!msgid) co_return msgid.error();
  const std::string bytes = session_.take_output();
  const auto [write_ec, written] = co_await asio::async_write(stream_, asio::buffer(bytes), net::as_result);
  if (write_ec) co_return Error{errc::closed, "the connection ended: " + write_ec.message()};
  std::string buffer(4096, '\0');
  for (;;) {
    const auto [ec, count] = co_await stream_.async_read_some(asio::buffer(buffer), net::as_result);
    if (ec) co_return Error{errc::closed, "the server ended the connection: " + ec.message()};
    auto messages = session_.feed(std::string_view{buffer}.substr(0, count));
    if (!messages) co_return messages.error();
    // One answer is due; whoever slips in another, even of an unknown msgid, is not the server we asked.
    if (session_.dropped() > 0) co_return Error{errc::protocol, "the server sent an answer nobody asked for"};
    if (messages->empty()) continue;
    auto& message = messages->front();
    if (message.kind == Kind::notice) {
      const std::string words = to_error(message.result).message();
      co_return Error{errc::closed, "the server announced the end of the connection: " + words};
    }
    if (message.msgid != *msgid || message.kind != kind || messages->size() > 1)
      co_return Error{errc::protocol, "the server sent an answer to something else"};
    co_return std::move(message);
  }
}

}  // namespace dirbridge::ldap
