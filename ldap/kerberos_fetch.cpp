#include "ldap/kerberos_fetch.hpp"

#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

#include "net/deadline.hpp"

namespace dirbridge::ldap {
namespace {

constexpr std::uint16_t kerberos_port = 88;
constexpr std::size_t length_bytes = 4;
// A ticket carries the account's groups; Windows bounds it at 64 KiB.
constexpr std::size_t max_reply_bytes = 256 << 10;
// Pre-authentication, the ticket, and referrals; libkrb5 gives up earlier.
constexpr int max_requests = 20;

std::string text_of(const net::Endpoint& kdc) { return kdc.host + ":" + std::to_string(kdc.port); }

// RFC 4120 section 7.2.2: over TCP four bytes of length go before each message.
asio::awaitable<result<std::string>> exchange(net::Stream& stream, const std::string& request) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(request.size() >> shift & 0xff);
  bytes += request;
  const auto [write_ec, written] = co_await asio::async_write(stream, asio::buffer(bytes), net::as_result);
  if (write_ec) co_return Error{errc::unavailable, write_ec.message()};
  std::array<unsigned char, length_bytes> head{};
  const auto [head_ec, head_size] = co_await asio::async_read(stream, asio::buffer(head), net::as_result);
  if (head_ec) co_return Error{errc::unavailable, head_ec.message()};
  std::size_t length = 0;
  for (const auto byte : head) length = length << 8 | byte;
  if (length > max_reply_bytes) co_return Error{errc::unavailable, "its reply is too large"};
  std::string reply(length, '\0');
  const auto [ec, size] = co_await asio::async_read(stream, asio::buffer(reply), net::as_result);
  if (ec) co_return Error{errc::unavailable, ec.message()};
  co_return reply;
}

// A connection for each request, as libkrb5 does it: a KDC closes after its reply.
asio::awaitable<result<std::string>> ask(asio::any_io_executor executor, net::Endpoint kdc, const std::string& request,
                                         TimePoint deadline) {
  const auto where = text_of(kdc);
  auto stream = co_await net::connect_tcp(executor, std::move(kdc), deadline);
  if (!stream) co_return Error{errc::unavailable, stream.error().message()};
  auto asking = exchange(*stream, request);
  auto reply = co_await net::with_deadline(std::move(asking), deadline);
  if (!reply) co_return Error{errc::unavailable, where + " did not answer in time"};
  if (!*reply) co_return Error{errc::unavailable, where + ": " + reply->error().message()};
  co_return std::move(**reply);
}

}  // namespace

result<net::Endpoint> parse_kdc(std::string_view text) {
  const Error malformed{errc::configuration, "\"" + std::string{text} + "\" is not the host or host:port of a KDC"};
  net::Endpoint kdc{{}, kerberos_port};
  auto port = text.substr(text.size());
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return malformed;
    kdc.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return malformed;
  } else {
    const auto colon = text.find(':');
    kdc.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (kdc.host.empty() || kdc.host.find_first_of("/ \t") != std::string::npos) return malformed;
  if (port.empty()) return kdc;
  const auto* const last = port.data() + port.size();
  const auto [end, ec] = std::from_chars(port.data() + 1, last, kdc.port);
  if (ec != std::errc{} || end != last || kdc.port == 0) return malformed;
  return kdc;
}

asio::awaitable<result<KerberosTicketsPtr>> fetch_tickets(asio::any_io_executor executor, KerberosSettings settings,
                                                          std::string host, TimePoint deadline) {
  std::vector<net::Endpoint> kdcs;
  for (const auto& text : settings.kdcs) {
    auto kdc = parse_kdc(text);
    if (!kdc) co_return kdc.error();
    kdcs.push_back(std::move(*kdc));
  }
  if (kdcs.empty()) kdcs.push_back({host, kerberos_port});
  auto exchange_of = TicketExchange::begin(settings.keytab_file, settings.principal, host);
  if (!exchange_of) co_return exchange_of.error();
  const auto realm = exchange_of->account().substr(exchange_of->account().rfind('@') + 1);

  std::string reply;
  std::size_t at = 0;
  for (int i = 0; i < max_requests; ++i) {
    const auto request = exchange_of->step(reply);
    if (!request) co_return request.error();
    if (!*request) co_return exchange_of->tickets();
    if ((*request)->realm != realm)
      co_return Error{errc::configuration, "the ticket for " + exchange_of->service() + " is given out in the realm " +
                                               (*request)->realm +
                                               ", which this agent does not ask: use an account of "
                                               "the server's own realm"};
    std::string away;
    // The one that answered before is asked on; each gets its share of the time.
    for (bool answered = false; !answered;) {
      const auto now = std::chrono::steady_clock::now();
      const auto until = now + (deadline - now) / static_cast<int>(kdcs.size() - at);
      auto answer = co_await ask(executor, kdcs[at], (*request)->bytes, until);
      answered = answer.has_value();
      if (answered) {
        reply = std::move(*answer);
        continue;
      }
      away += (away.empty() ? "" : "; ") + answer.error().message();
      if (++at == kdcs.size())
        co_return Error{errc::unavailable, "no KDC of " + realm + " can be reached (" + away +
                                               "): is it running, and does ldap.kdcs name it?"};
    }
  }
  co_return Error{errc::protocol, "the KDC of " + realm + " asks for more and more"};
}

}  // namespace dirbridge::ldap
