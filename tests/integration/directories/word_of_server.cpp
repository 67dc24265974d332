#include "integration/directories/word_of_server.hpp"

#include <ldap.h>

#include <stdexcept>

#include "base/text.hpp"

namespace dirbridge::directories {
namespace {

void expect_success(int code, const char* step) {
  if (code != LDAP_SUCCESS) throw std::runtime_error(std::string{step} + ": " + ldap_err2string(code));
}

}  // namespace

struct WordOfServer::Handle {
  LDAP* ldap = nullptr;
  ~Handle() { ldap_unbind_ext_s(ldap, nullptr, nullptr); }
};

WordOfServer::WordOfServer(const ServerUnderTest& server) : handle_(std::make_unique<Handle>()) {
  const auto settings = server.agent_settings();
  LDAP*& ldap = handle_->ldap;
  expect_success(ldap_initialize(&ldap, settings.urls.front().c_str()), "ldap_initialize");
  const int version = LDAP_VERSION3;
  const int fresh = 0;
  const timeval patience{10, 0};
  ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
  ldap_set_option(ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
  ldap_set_option(ldap, LDAP_OPT_NETWORK_TIMEOUT, &patience);
  ldap_set_option(ldap, LDAP_OPT_TIMEOUT, &patience);
  ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, settings.ca_file.c_str());
  ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &fresh);
  std::string password{trim(read_file(settings.bind_password_file).value())};
  berval secret{password.size(), password.data()};
  expect_success(ldap_sasl_bind_s(ldap, settings.bind_dn.c_str(), LDAP_SASL_SIMPLE, &secret, nullptr, nullptr, nullptr),
                 "bind");
}

WordOfServer::~WordOfServer() = default;

bool WordOfServer::finds(const std::string& entry, const std::string& filter) const {
  char none[] = LDAP_NO_ATTRS;
  char* attributes[] = {none, nullptr};
  LDAPMessage* found = nullptr;
  const int code = ldap_search_ext_s(handle_->ldap, entry.c_str(), LDAP_SCOPE_BASE, filter.c_str(), attributes, 0,
                                     nullptr, nullptr, nullptr, 0, &found);
  const int count = ldap_count_entries(handle_->ldap, found);
  ldap_msgfree(found);
  expect_success(code, filter.c_str());
  return count > 0;
}

}  // namespace dirbridge::directories
