#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "net/http_client.hpp"

namespace dirbridge::net {
namespace {

Error malformed(std::string_view text, const char* why) {
  return {errc::malformed, "not a URL: \"" + std::string{text.substr(0, 200)} + "\": " + why};
}

}  // namespace

bool Url::is_loopback() const {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  return ec ? equals_ignore_case(host, "localhost") : address.is_loopback();
}

std::string Url::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  const bool usual = port == (secure() ? 443 : 80);
  return scheme + "://" + (v6 ? "[" + host + "]" : host) + (usual ? "" : ":" + std::to_string(port)) + path;
}

result<Url> parse_url(std::string_view text) {
  const auto odd = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), odd)) return malformed(text, "it holds blanks or control characters");
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return malformed(text, "it must begin with http://, https://, ws:// or wss://");
  Url url;
  url.scheme = to_lower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https" && url.scheme != "ws" && url.scheme != "wss")
    return malformed(text, "the scheme must be http, https, ws or wss");
  auto rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const auto slash = rest.find_first_of("/?");
  auto authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) url.path = (rest[slash] == '?' ? "/" : "") + std::string{rest.substr(slash)};
  if (authority.find('@') != std::string_view::npos)
    return Error{errc::malformed,
                 "not a URL: user and password do not belong in one"};  // not repeated: it may be secret
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return malformed(text, "']' is missing");
    url.host = authority.substr(1, end - 1);
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(url.host, ec);
    if (ec || !address.is_v6()) return malformed(text, "no IPv6 address between the brackets");
    port = authority.substr(end + 1);
    if (!port.empty() && port.front() != ':') return malformed(text, "only a port may follow ']'");
  } else {
    const auto end = authority.find(':');
    url.host = authority.substr(0, end);
    if (end != std::string_view::npos) port = authority.substr(end);
    if (port.find(':', 1) != std::string_view::npos) return malformed(text, "an IPv6 address needs brackets");
  }
  if (url.host.empty()) return malformed(text, "the host is missing");
  url.port = url.secure() ? 443 : 80;
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (ec != std::errc{} || end != port.data() + port.size() || url.port == 0)
      return malformed(text, "the port must be a number from 1 to 65535");
  }
  return url;
}

}  // namespace dirbridge::net
