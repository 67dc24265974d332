// The certificates a server shows, whoever signed them: for telling what is wrong with them, never for trusting them.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/stream.hpp"

namespace dirbridge::net {

struct SeenCertificate {
  std::string subject;  // RFC 2253
  std::string issuer;
  WallTime not_after;
};

// What is said in clear before TLS begins, as StartTLS is; an error ends the look.
using TlsPrelude = std::function<asio::awaitable<result<void>>(Stream& stream, TimePoint deadline)>;

// A TCP connection, `prelude` if there is one, one TLS handshake without verification, and its end; nothing else is
// sent. The server's own certificate is first. Errors name host, port and cause.
asio::awaitable<result<std::vector<SeenCertificate>>> look_at_certificates(asio::any_io_executor executor,
                                                                           Endpoint endpoint, TimePoint deadline,
                                                                           TlsPrelude prelude = {});

}  // namespace dirbridge::net
