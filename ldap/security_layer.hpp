// What a SASL bind may put between LDAP and the socket (RFC 4422 section 3.7): every message signed and sealed.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace dirbridge::ldap {

// Of one connection, for its life. Without the four bytes of length that go before each piece on the wire.
class SecurityLayer {
 public:
  virtual ~SecurityLayer() = default;
  // The most that one piece may hold, of plain bytes to the peer and of sealed bytes from it.
  virtual std::size_t max_plain_bytes() const = 0;
  virtual std::size_t max_sealed_bytes() const = 0;
  // Errors are final: the connection must end.
  virtual result<std::string> seal(std::string_view plain) = 0;
  // errc::protocol: not sealed by the peer, or changed, left out or repeated on the way.
  virtual result<std::string> open(std::string_view sealed) = 0;
};

}  // namespace dirbridge::ldap
