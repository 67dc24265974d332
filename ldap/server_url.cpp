#include "ldap/server_url.hpp"

#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "base/text.hpp"

namespace dirbridge::ldap {
namespace {

Error malformed(std::string_view text, std::string_view why) {
  return {errc::configuration,
          "not a URL of a directory server: \"" + std::string{text.substr(0, 200)} + "\": " + std::string{why}};
}

}  // namespace

result<ServerUrl> ServerUrl::parse(std::string_view text) {
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return malformed(text, "it must begin with ldap://, ldaps:// or ldapi://");
  const std::string scheme = to_lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  for (const char c : rest)
    if (c == '/' || c == '?' || c == '#' || c == '@' || static_cast<unsigned char>(c) <= ' ')
      return malformed(text, "only a host and a port may follow (a socket's path is written with %2F)");
  ServerUrl url;
  if (scheme == "ldapi") {
    url.transport = Transport::local;
    auto path = percent_decode(rest);
    if (!path || path->empty()) return malformed(text, "the path of the local socket is missing");
    url.socket_path = std::move(*path);
    return url;
  }
  if (scheme != "ldap" && scheme != "ldaps") return malformed(text, "it must begin with ldap://, ldaps:// or ldapi://");
  url.transport = scheme == "ldaps" ? Transport::tls : Transport::plain;
  url.port = scheme == "ldaps" ? 636 : 389;

  std::string_view port;
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) return malformed(text, "']' is missing");
    url.host = rest.substr(1, end - 1);
    port = rest.substr(end + 1);
    if (!port.empty() && port[0] != ':') return malformed(text, "only a port may follow ']'");
  } else {
    const auto end = rest.find(':');
    url.host = rest.substr(0, end);
    if (end != std::string_view::npos) port = rest.substr(end);
    if (port.find(':', 1) != std::string_view::npos) return malformed(text, "an IPv6 address needs brackets");
  }
  if (url.host.empty()) return malformed(text, "the host is missing");
  if (port.empty()) return url;
  port.remove_prefix(1);
  const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (ec != std::errc{} || end != port.data() + port.size() || url.port == 0)
    return malformed(text, "the port must be 1 to 65535");
  return url;
}

std::string ServerUrl::text() const {
  if (transport == Transport::local) return "ldapi://" + percent_encode(socket_path);
  const bool v6 = host.find(':') != std::string::npos;
  return (transport == Transport::tls ? "ldaps://" : "ldap://") + (v6 ? "[" + host + "]" : host) + ":" +
         std::to_string(port);
}

bool ServerUrl::is_loopback() const {
  if (transport == Transport::local) return true;
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(host, ec);
  return ec ? equals_ignore_case(host, "localhost") : address.is_loopback();
}

}  // namespace dirbridge::ldap
