// Private to net/: an open stream to a server, direct or through an HTTP proxy, plain or TLS.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "net/http_client.hpp"
#include "net/stream.hpp"

namespace dirbridge::net {

// Connects (within settings.connect_timeout and `deadline`), asks the proxy for a tunnel (RFC 9110 section 9.3.6) if
// there is one, and puts TLS to the server inside for https and wss. The errors say which step failed, and name host
// and proxy.
asio::awaitable<result<Stream>> open_stream(asio::any_io_executor executor, const Url& url,
                                            const ClientSettings& settings, TimePoint deadline);

}  // namespace dirbridge::net
