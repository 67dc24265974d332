// The GSSAPI mechanism of SASL (RFC 4752), the client's side: what goes into the binds of one connection, and the
// security layer that they agree on. Never without a layer that seals. Pure: the tickets are there already.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "ldap/kerberos_ticket.hpp"
#include "ldap/security_layer.hpp"

namespace dirbridge::ldap {

class GssapiBind {
 public:
  explicit GssapiBind(KerberosTicketsPtr tickets);
  GssapiBind(GssapiBind&&) noexcept;
  ~GssapiBind();

  // Our next credentials. `from_server`: its own in the answer before; empty at first. errc::protocol: not the server
  // that the ticket is for, or one that would not seal.
  result<std::string> step(std::string_view from_server);
  // The server may say success now, and not earlier.
  bool is_agreed() const;
  // Once, after its success.
  std::unique_ptr<SecurityLayer> take_layer();
  // How long the ticket lasts from now; servers end a connection whose ticket has expired.
  std::chrono::seconds lifetime() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dirbridge::ldap
