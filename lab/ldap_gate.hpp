// A gate on the way to a directory: clients connect to it, and what they send goes on to the server. Once it is armed,
// something is done at the very moment a modify comes by, before the server has it: freeze the server, kill the client.
// For the demo and the tests; plain LDAP only (behind StartTLS nothing is recognised, all of it is passed on).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace dirbridge::lab {

// Has a thread of its own; the destructor closes every connection.
class LdapGate {
 public:
  // Listens on a free loopback port for connections to the server on `server_port` of 127.0.0.1.
  static result<std::unique_ptr<LdapGate>> open(std::uint16_t server_port);
  ~LdapGate();
  LdapGate(const LdapGate&) = delete;
  LdapGate& operator=(const LdapGate&) = delete;

  std::string url() const;  // ldap://127.0.0.1:<port>
  std::uint16_t port() const;
  // The bytes that have come by so far, both ways; the first 4 MiB of them. Any thread.
  std::string seen() const;

  // `at_modify` runs once, on the gate's thread, when the next modify comes by; what it throws is lost. Any thread.
  void arm(std::function<void()> at_modify);
  // True once what the gate was armed with last has run; false at `deadline`. Any thread.
  bool await_modify(TimePoint deadline);

 private:
  struct Impl;
  explicit LdapGate(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dirbridge::lab
