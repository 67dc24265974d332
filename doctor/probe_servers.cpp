#include "doctor/probes.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include "ldap/result.hpp"

namespace dirbridge::doctor {
namespace {

using Transport = ldap::ServerUrl::Transport;

std::string whom(const ldap::ClientSettings& settings) {
  if (!settings.bind_dn.empty()) return settings.bind_dn;
  if (settings.kerberos.keytab_file.empty()) return "SASL EXTERNAL";
  return "the account of " + settings.kerberos.keytab_file +
         (settings.kerberos.principal.empty() ? std::string{} : ", " + settings.kerberos.principal);
}

// The answer to StartTLS, whatever else comes; what is wrong with it is told by the connection itself.
asio::awaitable<result<void>> say_start_tls(net::Stream& stream) {
  ldap::Session session;
  if (const auto msgid = session.submit_start_tls(); !msgid) co_return msgid.error();
  const std::string bytes = session.take_output();
  const auto [write_ec, written] = co_await asio::async_write(stream, asio::buffer(bytes), net::as_result);
  if (write_ec) co_return Error{write_ec};
  std::string buffer(4096, '\0');
  for (;;) {
    const auto [ec, count] = co_await stream.async_read_some(asio::buffer(buffer), net::as_result);
    if (ec) co_return Error{ec};
    const auto messages = session.feed(std::string_view{buffer}.substr(0, count));
    if (!messages) co_return messages.error();
    if (messages->empty()) continue;
    if (!messages->front().result.ok()) co_return ldap::to_error(messages->front().result);
    co_return result<void>{};
  }
}

asio::awaitable<result<void>> start_tls(net::Stream& stream, TimePoint deadline) {
  auto operation = say_start_tls(stream);
  const auto said = co_await net::with_deadline(std::move(operation), deadline);
  if (!said) co_return Error{errc::timed_out, "no answer to StartTLS"};
  co_return *said;
}

// A root DSE without TLS and without a bind: any word of LDAP will do.
asio::awaitable<bool> answers_in_clear(asio::any_io_executor executor, const ldap::ClientSettings& settings,
                                       ldap::ServerUrl url) {
  ldap::ConnectionSettings plain;
  plain.url = std::move(url);
  plain.url.transport = Transport::plain;
  plain.connect_timeout = settings.connect_timeout;
  auto opened = co_await ldap::Connection::open(executor, std::move(plain));
  if (!opened.connection) co_return false;
  Questioner server{std::move(opened.connection), settings.tls_timeout};
  std::vector<std::string> attributes{"1.1"};
  const Answer answer = co_await server.entry("", std::move(attributes));
  co_return !answer.lost.code;
}

// Does the port speak the other way? Asked only when it does not speak as the URL says.
asio::awaitable<WayFailed::Speaks> how_it_speaks(asio::any_io_executor executor, const ldap::ClientSettings& settings,
                                                 const ldap::ServerUrl& url) {
  if (url.transport == Transport::local) co_return WayFailed::Speaks::unknown;
  if (url.transport == Transport::tls) {
    const bool clear = co_await answers_in_clear(executor, settings, url);
    co_return clear ? WayFailed::Speaks::clear : WayFailed::Speaks::unknown;
  }
  net::Endpoint endpoint{url.host, url.port};
  const auto deadline = std::chrono::steady_clock::now() + settings.tls_timeout;
  const auto chain = co_await net::look_at_certificates(executor, std::move(endpoint), deadline);
  co_return chain ? WayFailed::Speaks::tls : WayFailed::Speaks::unknown;
}

}  // namespace

asio::awaitable<ServersFound> probe_servers(const ldap::ClientSettings& settings, Findings& findings) {
  const auto executor = co_await asio::this_coro::executor;
  const bool has_keytab = !settings.kerberos.keytab_file.empty();
  ServersFound found;
  Findings dead;  // of servers that are no use
  for (const auto& text : settings.urls) {
    const auto url = ldap::ServerUrl::parse(text);
    if (!url) continue;  // the settings were checked
    bool saw_certificate = false;
    if (url->transport == Transport::tls || (settings.starttls && url->transport == Transport::plain)) {
      net::Endpoint endpoint{url->host, url->port};
      const auto deadline = std::chrono::steady_clock::now() + settings.connect_timeout;
      net::TlsPrelude prelude;
      if (url->transport == Transport::plain) prelude = start_tls;
      const auto chain =
          co_await net::look_at_certificates(executor, std::move(endpoint), deadline, std::move(prelude));
      saw_certificate = static_cast<bool>(chain);
      if (chain) findings.push_back(judge_certificates(*chain, system_clock().wall_now()));
    }
    findings.push_back(judge_transport({settings.starttls || url->transport != Transport::plain, url->is_loopback(),
                                        !settings.bind_dn.empty(), has_keytab}));
    auto wanted = ldap::connection_settings(settings, *url);
    if (!wanted) {
      findings.push_back(judge_no_secret(wanted.error()));
      continue;
    }
    const bool anonymous = wanted->bind == ldap::ConnectionSettings::Bind::anonymous;
    auto opened = co_await ldap::Connection::open(executor, std::move(*wanted));
    if (!opened.connection) {
      WayFailed failed{opened.error, has_keytab};
      failed.is_clear = url->transport == Transport::plain && !settings.starttls && !has_keytab;
      if (is_of_bind(opened.error))
        findings.push_back({Check::connection, Severity::ok, text});
      else if (!saw_certificate)
        failed.speaks = co_await how_it_speaks(executor, settings, *url);
      dead.push_back(judge_no_way(failed));
      if (settings.urls.size() > 1) dead.back().evidence = text + ": " + dead.back().evidence;
      continue;
    }
    findings.push_back({Check::connection, Severity::ok, text});
    if (anonymous)
      findings.push_back({Check::bind, Severity::warning, "anonymous",
                          "set ldap.bind_dn and ldap.bind_password_file, ldap.keytab_file, or ldap.sasl_external"});
    else
      findings.push_back({Check::bind, Severity::ok, "as " + whom(settings)});
    if (found.first) {
      opened.connection->retire();
      found.others.push_back(*url);
    } else {
      found.first = std::move(opened.connection);
    }
  }
  // An agent works with one of them, and has no other to fail over to.
  for (auto& finding : dead) {
    if (found.first && finding.check == Check::connection) finding.severity = Severity::warning;
    findings.push_back(std::move(finding));
  }
  co_return found;
}

}  // namespace dirbridge::doctor
