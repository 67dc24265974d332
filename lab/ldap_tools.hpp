// The directory's own word, asked by OpenLDAP's command-line programs in processes of their own: a check that shares no
// code with ldap/. Blocking.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "lab/process.hpp"

namespace dirbridge::lab {

struct LdifEntry {
  std::string dn;
  std::map<std::string, std::vector<std::string>> attributes;  // names in lower case
};

// Who asks, and how: a simple bind, with TLS if the URL says so.
struct LdapLogin {
  std::string url;
  std::string bind_dn;
  std::string password_file;
  std::string ca_file;  // for ldaps
};

class LdapTools {
 public:
  // How long a program may take: against a server that hangs, not a measure of its speed.
  static constexpr milliseconds patience{60'000};

  // `ldapi_url`: EXTERNAL over the local socket, as the user who runs the server.
  explicit LdapTools(std::string ldapi_url, milliseconds timeout = patience)
      : login_{std::move(ldapi_url), {}, {}, {}}, timeout_(timeout) {}
  explicit LdapTools(LdapLogin login, milliseconds timeout = patience) : login_(std::move(login)), timeout_(timeout) {}

  // errc::timed_out from a server that does not answer; errc::not_found if `base` is not there; else the tool's own
  // words.
  result<std::vector<LdifEntry>> search(const std::string& base, const std::string& scope, const std::string& filter,
                                        const std::vector<std::string>& attributes = {}) const;
  // The values of one attribute of one entry, sorted.
  result<std::vector<std::string>> values(const std::string& dn, const std::string& attribute) const;
  // Does the entry hold the value, by the server's own comparison?
  result<bool> holds(const std::string& dn, const std::string& attribute, const std::string& value) const;
  // ldapmodify with LDIF change records; records without a changetype are entries to add.
  result<void> modify(std::string_view ldif) const;

 private:
  result<ProcessOutput> run(std::vector<std::string> argv, std::string_view input) const;
  LdapLogin login_;
  milliseconds timeout_;
};

// Entries of an LDIF (RFC 2849) as ldapsearch prints them: folded lines, base64 values, comments. Exposed for its test.
std::vector<LdifEntry> parse_ldif(std::string_view text);

}  // namespace dirbridge::lab
