// A Kerberos ticket for a directory server, from a keytab: libkrb5 as a codec. Requests for the KDC come out, its
// replies go in; no socket, no thread, no file but keytab and krb5.conf.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace dirbridge::ldap {

// What a GSSAPI bind needs (gssapi_bind.hpp). In memory only, gone with the last owner.
struct KerberosTickets;
using KerberosTicketsPtr = std::shared_ptr<KerberosTickets>;

class TicketExchange {
 public:
  struct Request {
    std::string bytes;
    std::string realm;  // whose KDC is asked
  };
  // For the service "ldap/`host`" in the account's realm. `principal`: "svc-agent@AD.EXAMPLE.ORG"; empty: the keytab's
  // first. The keytab is read now. errc::configuration: what is wrong with it.
  static result<TicketExchange> begin(const std::string& keytab_file, const std::string& principal,
                                      const std::string& host);
  TicketExchange(TicketExchange&&) noexcept;
  ~TicketExchange();

  // `reply`: of the KDC to the request before; empty at first. nullopt: the tickets are there. Errors say what a person
  // can do: errc::unauthenticated and errc::configuration stay until somebody does it, errc::unavailable may pass.
  result<std::optional<Request>> step(std::string_view reply);
  KerberosTicketsPtr tickets() const { return tickets_; }
  const std::string& account() const { return account_; }
  const std::string& service() const { return service_; }

 private:
  struct Impl;
  TicketExchange(std::unique_ptr<Impl> impl, KerberosTicketsPtr tickets, std::string account, std::string service);
  std::unique_ptr<Impl> impl_;
  KerberosTicketsPtr tickets_;
  std::string account_;
  std::string service_;
};

}  // namespace dirbridge::ldap
