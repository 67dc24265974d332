// The ldapmodify program, the yardstick of large requests: what an administrator with an LDIF file would run.
#pragma once
#include <cstddef>
#include <span>
#include <string>

#include "base/secret.hpp"
#include "bench/workload.hpp"

namespace dirbridge::bench {

// One thread; blocking. Everything throws std::runtime_error with the program's words.
class LdapModify {
 public:
  // `folder` exists; the LDIF and the password's file lie in it. `ca_file`: as for RawLdap.
  LdapModify(std::string folder, std::string url, std::string bind_dn, const Secret& password, std::string ca_file);

  // Writes the LDIF of a change of all seats of one group, `chunk` values in each modify. All are in, or all are out.
  void prepare(std::span<const Seat> seats, std::size_t chunk);
  // Runs the program on that LDIF: its start, TLS and bind, the LDIF read, the modifies one after the other, its end.
  void run();

 private:
  std::string file(const char* name) const { return folder_ + "/" + name; }

  std::string folder_;
  std::string url_;
  std::string bind_dn_;
  std::string ca_file_;
};

}  // namespace dirbridge::bench
