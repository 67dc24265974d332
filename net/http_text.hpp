// Private to net/: the few places where HTTP is written by hand.
#pragma once
#include <string>

#include "net/http.hpp"

namespace dirbridge::net {

// Status line and header of `response`, to the empty line. Content-Length and Connection are set here, whatever the
// handler said; names and values that could end a line early lose their control characters.
std::string response_head(const HttpResponse& response, bool keep_alive, unsigned version);
// Request line and header, to the empty line. `host` is the Host header.
std::string request_head(const HttpRequest& request, std::string_view host);
// True if a response of this status to this method has a body (RFC 9110 section 6.4.1).
bool has_body(int status, std::string_view method);

}  // namespace dirbridge::net
