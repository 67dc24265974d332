// Gets a ticket from a KDC: libkrb5 says what to ask (kerberos_ticket.hpp), Asio asks, so that no KDC can hold the
// loop.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "ldap/kerberos_settings.hpp"
#include "ldap/kerberos_ticket.hpp"
#include "net/stream.hpp"

namespace dirbridge::ldap {

namespace asio = boost::asio;

// "kdc.example.org", "kdc.example.org:88", "[::1]:88"; port 88 if none is named. errc::configuration.
result<net::Endpoint> parse_kdc(std::string_view text);

// For the service "ldap/`host`", before `deadline`; over TCP. The error says what a person can do.
asio::awaitable<result<KerberosTicketsPtr>> fetch_tickets(asio::any_io_executor executor, KerberosSettings settings,
                                                          std::string host, TimePoint deadline);

}  // namespace dirbridge::ldap
