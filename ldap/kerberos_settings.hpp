// What a bind with Kerberos needs to be told.
#pragma once
#include <string>
#include <vector>

namespace dirbridge::ldap {

struct KerberosSettings {
  std::string keytab_file;        // read at each bind
  std::string principal;          // empty: the keytab's first
  std::vector<std::string> kdcs;  // tried in this order; empty: the directory server itself
};

}  // namespace dirbridge::ldap
