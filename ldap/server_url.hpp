// Where a directory server is: ldap://host:389, ldaps://host:636, ldapi://%2Frun%2Fslapd%2Fldapi.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace dirbridge::ldap {

struct ServerUrl {
  enum class Transport { plain, tls, local };
  Transport transport = Transport::plain;
  std::string host;         // without brackets; empty for local
  std::uint16_t port = 0;   // 389 and 636 if the text names none
  std::string socket_path;  // local only

  // RFC 4516, the part that names a server: a DN, attributes or a query after the host are refused.
  static result<ServerUrl> parse(std::string_view text);
  std::string text() const;
  bool is_loopback() const;  // nobody else hears what is said: local socket, 127.0.0.0/8, ::1, localhost
};

}  // namespace dirbridge::ldap
