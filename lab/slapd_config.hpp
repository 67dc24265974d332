// The cn=config of a private slapd, as LDIF for slapadd. Pure but for the random salt.
#pragma once
#include <string>

#include "base/error.hpp"
#include "lab/private_slapd.hpp"

namespace dirbridge::lab {

// Where this system keeps slapd's parts; errc::not_found names the package.
struct SlapdParts {
  std::string modules;  // folder of back_mdb.so; empty: built in
  std::string schemas;  // folder of core.ldif
};
result<SlapdParts> find_slapd_parts();

std::string slapd_config_ldif(const SlapdOptions& options, const SlapdParts& parts);

// {SSHA}: what slapd without extra modules can verify.
std::string hash_password(const std::string& password);

}  // namespace dirbridge::lab
