#include "integration/directories/word_of_server.hpp"

#include <ldap.h>

#include <map>
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

std::vector<bool> WordOfServer::ask(const std::vector<Question>& questions) const {
  constexpr std::size_t window = 64;
  LDAP* ldap = handle_->ldap;
  char none[] = LDAP_NO_ATTRS;
  char* attributes[] = {none, nullptr};
  std::vector<bool> found(questions.size());
  std::map<int, std::size_t> under_way;
  for (std::size_t next = 0; next < questions.size() || !under_way.empty();) {
    for (; next < questions.size() && under_way.size() < window; ++next) {
      const auto& [entry, filter] = questions[next];
      int msgid = 0;
      expect_success(ldap_search_ext(ldap, entry.c_str(), LDAP_SCOPE_BASE, filter.c_str(), attributes, 0, nullptr,
                                     nullptr, nullptr, 0, &msgid),
                     filter.c_str());
      under_way.emplace(msgid, next);
    }
    timeval patience{20, 0};
    LDAPMessage* message = nullptr;
    if (ldap_result(ldap, LDAP_RES_ANY, LDAP_MSG_ALL, &patience, &message) <= 0)
      throw std::runtime_error("the server does not answer");
    const auto at = under_way.extract(ldap_msgid(message));
    if (at.empty()) throw std::runtime_error("the server answered what it was not asked");
    const auto& question = questions[at.mapped()];
    found[at.mapped()] = ldap_count_entries(ldap, message) > 0;
    int code = LDAP_OTHER;
    ldap_parse_result(ldap, message, &code, nullptr, nullptr, nullptr, nullptr, 1);
    // Samba says operationsError of what it cannot parse.
    if (code == LDAP_NO_SUCH_OBJECT || code == LDAP_INVALID_DN_SYNTAX || code == LDAP_OPERATIONS_ERROR) continue;
    expect_success(code, (question.entry + " " + question.filter).c_str());
  }
  return found;
}

}  // namespace dirbridge::directories
