// Private to net/: the few places where HTTP is written by hand.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace dirbridge::net {

// Status line and header of `response`, to the empty line. Content-Length and Connection are set here, whatever the
// handler said; names and values that could end a line early lose their control characters.
std::string response_head(const HttpResponse& response, bool keep_alive, unsigned version);
// A request target in absolute form (RFC 9112 section 3.2.2): "http://host:port/path?query". nullopt for any other, and
// for one with credentials or without a host. The views are of `target`.
struct WholeTarget {
  bool secure = false;    // https
  std::string_view host;  // with the port, as in Host
  std::string_view rest;  // "", "/path?query", or "?query"
};
std::optional<WholeTarget> split_target(std::string_view target);
// Request line and header, to the empty line. `host` is the Host header.
std::string request_head(const HttpRequest& request, std::string_view host);
// True if a response of this status to this method has a body (RFC 9110 section 6.4.1).
bool has_body(int status, std::string_view method);

}  // namespace dirbridge::net
