// An OktaLDAPAgent.conf as a source of settings: who has one need not say the same again. Pure.
//
// `key = value` lines, '#' and '!' begin comments (a Java properties file without its escapes). Taken: ldapHost,
// ldapPort, ldapSSLPort, ldapUseSSL, ldapAdminDN, baseDN, ldapSearchPageSize, pollingThreadCount. Every other key is
// named in `unused`, its value is never shown: some are secrets. At most 64 KiB, 1,000 lines.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "app/settings_value.hpp"
#include "base/error.hpp"

namespace dirbridge::app {

struct OktaConf {
  struct Entry {
    std::string name;  // of ours: "ldap.urls"
    Value value;
    unsigned line = 0;
  };
  std::vector<Entry> settings;
  std::vector<std::string> unused;  // "Okta.conf:3: orgUrl: the hub's URL is agent.hub_url"
};

// The error has a line "file:12: what" for everything that is wrong.
result<OktaConf> parse_okta_conf(std::string_view text, const std::string& file);

}  // namespace dirbridge::app
