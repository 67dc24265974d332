#include "doctor/probes.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include "ldap/result.hpp"

namespace dirbridge::doctor {
namespace {

using Transport = ldap::ServerUrl::Transport;

// Was it the bind that failed? Only then is the code one of LDAP, or the server did not answer it.
bool is_of_bind(const Error& error) {
  return error.code.category() == ldap::category() || error.message().find("bind") != std::string::npos;
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

}  // namespace

asio::awaitable<std::shared_ptr<ldap::Connection>> probe_servers(const ldap::ClientSettings& settings,
                                                                 Findings& findings) {
  const auto executor = co_await asio::this_coro::executor;
  std::shared_ptr<ldap::Connection> first;
  for (const auto& text : settings.urls) {
    const auto url = ldap::ServerUrl::parse(text);
    if (!url) continue;  // the settings were checked
    if (url->transport == Transport::tls || (settings.starttls && url->transport == Transport::plain)) {
      net::Endpoint endpoint{url->host, url->port};
      const auto deadline = std::chrono::steady_clock::now() + settings.connect_timeout;
      net::TlsPrelude prelude;
      if (url->transport == Transport::plain) prelude = start_tls;
      const auto chain =
          co_await net::look_at_certificates(executor, std::move(endpoint), deadline, std::move(prelude));
      if (chain) findings.push_back(judge_certificates(*chain, system_clock().wall_now()));
    }
    findings.push_back(judge_transport(
        {settings.starttls || url->transport != Transport::plain, url->is_loopback(), !settings.bind_dn.empty()}));
    auto wanted = ldap::connection_settings(settings, *url);
    if (!wanted) {
      findings.push_back({Check::bind, Severity::problem, wanted.error().message(), "correct the file's name or mode"});
      continue;
    }
    const bool anonymous = wanted->bind == ldap::ConnectionSettings::Bind::anonymous;
    auto opened = co_await ldap::Connection::open(executor, std::move(*wanted));
    if (!opened.connection) {
      const bool of_bind = is_of_bind(opened.error);
      if (of_bind) findings.push_back({Check::connection, Severity::ok, text});
      findings.push_back({of_bind ? Check::bind : Check::connection, Severity::problem, opened.error.message(),
                          of_bind ? "correct ldap.bind_dn or the password file"
                                  : "correct ldap.urls, ldap.ca_file or the server's certificate"});
      continue;
    }
    findings.push_back({Check::connection, Severity::ok, text});
    if (anonymous)
      findings.push_back({Check::bind, Severity::warning, "anonymous",
                          "set ldap.bind_dn and ldap.bind_password_file, or ldap.sasl_external"});
    else
      findings.push_back(
          {Check::bind, Severity::ok, settings.bind_dn.empty() ? "as SASL EXTERNAL" : "as " + settings.bind_dn});
    if (first)
      opened.connection->retire();
    else
      first = std::move(opened.connection);
  }
  co_return first;
}

}  // namespace dirbridge::doctor
