// An account in every state in which a server refuses it: the agent says what a person must do, no job fails by it, and
// when the account is put right, the job that waited is done. The sentences are those for the servers' real answers.
#include <ostream>

#include "base/text.hpp"
#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/stage.hpp"

namespace dirbridge::directories {
namespace {

using Act = std::function<void(const ServerUnderTest&)>;

struct Refusal {
  std::string id;
  Server server;
  std::string sentence;  // a part of what is said
  Act provoke;
  Act undo;
  bool in_clear = false;        // bind without TLS
  bool wrong_password = false;  // in the password file, until undone
};
void PrintTo(const Refusal& one, std::ostream* out) { *out << one.id; }

std::string changes_of(const std::string& dn, const std::vector<std::pair<std::string, std::string>>& values) {
  std::string ldif = lab::ldif_line("dn", dn) + "changetype: modify\n";
  for (const auto& [name, value] : values)
    ldif += "replace: " + name + "\n" + (value.empty() ? "" : name + ": " + value + "\n") + "-\n";
  return ldif + "\n";
}
using Values = std::vector<std::pair<std::string, std::string>>;
Act agent_gets(Values values) {
  return [values](const ServerUnderTest& server) { server.change(changes_of(server.agent_entry(), values)); };
}

// ---- OpenLDAP: the overlay ppolicy; a policy of its own for the agent's account ----

Act slapd_policy(const std::string& cn, std::string rules, Values of_agent) {
  return [=](const ServerUnderTest& server) {
    const std::string dn = "cn=" + cn + "," + server.groups_base();
    server.change("dn: " + dn + "\nobjectClass: device\nobjectClass: pwdPolicy\ncn: " + cn +
                  "\npwdAttribute: userPassword\n" + rules + "\n");
    auto values = of_agent;
    values.emplace_back("pwdPolicySubentry", dn);
    server.change_relaxed(changes_of(server.agent_entry(), values));
  };
}
Act slapd_policy_gone(const std::string& cn, std::vector<std::string> of_agent) {
  return [=](const ServerUnderTest& server) {
    Values values{{"pwdPolicySubentry", ""}};
    for (const auto& name : of_agent) values.emplace_back(name, "");
    server.change_relaxed(changes_of(server.agent_entry(), values));
    server.remove_entry("cn=" + cn + "," + server.groups_base());
  };
}
// To take the setting away again is without effect until slapd is started anew: a strength of 0 is not.
Act slapd_security(const std::string& strength) {
  return [strength](const ServerUnderTest& server) {
    server.change("dn: cn=config\nchangetype: modify\nreplace: olcSecurity\nolcSecurity: simple_bind=" + strength +
                  "\n");
  };
}

// ---- 389 DS: the policy of the whole server ----

Act ds389(Values of_server, Values of_agent) {
  return [=](const ServerUnderTest& server) {
    if (!of_server.empty()) server.change(changes_of("cn=config", of_server));
    if (!of_agent.empty()) server.change(changes_of(server.agent_entry(), of_agent));
  };
}

// ---- Active Directory ----

Act samba_domain(Values values, Values of_agent = {}) {
  return [=](const ServerUnderTest& server) {
    server.change(changes_of(server.suffix(), values));
    if (!of_agent.empty()) server.change(changes_of(server.agent_entry(), of_agent));
  };
}
const std::string normal_account = "66048";  // whose password does not expire
const std::string expiring_account = "512";  // whose does
const std::string disabled_account = "66050";

// The password is six years old. Over LDAP nobody can say so (0 and -1 are all that is taken of pwdLastSet), and Samba
// takes a maxPwdAge of a day or less for none at all: the database itself is changed.
void samba_password_is_old(const ServerUnderTest& server) {
  server.change(changes_of(server.agent_entry(), {{"userAccountControl", expiring_account}}));
  const std::string bypass_password_hash = "local_oid:1.3.6.1.4.1.7165.4.3.12:0";
  // $2 and $4: of "-H DATABASE -s CONFIGURATION".
  server.paste_command("change() { printf 'dn: %s\\nchangetype: modify\\nreplace: pwdLastSet\\npwdLastSet: %s\\n' '" +
                       server.agent_entry() + "' 132223104000000000 | ldbmodify -H \"$2\" --configfile=\"$4\" " +
                       "--controls=" + bypass_password_hash + "; }; change");
}
void samba_password_is_new(const ServerUnderTest& server) {
  agent_gets({{"pwdLastSet", "0"}})(server);
  agent_gets({{"pwdLastSet", "-1"}, {"userAccountControl", normal_account}})(server);
}

std::vector<Refusal> refusals() {
  return {
      {"ExpiredPassword", Server::openldap, "password has expired: set a new one",
       slapd_policy("expires", "pwdMaxAge: 86400\n", {{"pwdChangedTime", "20200101000000Z"}}),
       slapd_policy_gone("expires", {"pwdChangedTime"})},
      {"LockedAccount", Server::openldap, "whether the account is locked",
       slapd_policy("locks", "pwdLockout: TRUE\n", {{"pwdAccountLockedTime", "000001010000Z"}}),
       slapd_policy_gone("locks", {"pwdAccountLockedTime"})},
      {"PasswordToBeChanged", Server::openldap, "must change its password first",
       slapd_policy("resets", "pwdMustChange: TRUE\n", {{"pwdReset", "TRUE"}}),
       slapd_policy_gone("resets", {"pwdReset"})},
      {"TlsRequired", Server::openldap, "wants TLS: use ldaps://", slapd_security("128"), slapd_security("0"), true},

      {"ExpiredPassword", Server::ds389, "password has expired: set a new one",
       ds389({{"passwordExp", "on"}, {"passwordMaxAge", "8640000"}}, {{"passwordExpirationTime", "20200101000000Z"}}),
       ds389({{"passwordExp", "off"}}, {{"passwordExpirationTime", ""}})},
      {"PasswordToBeChanged", Server::ds389, "must change its password first",
       ds389({{"passwordMustChange", "on"}}, {{"userPassword", "Agent-Passw0rd.1"}}),
       ds389({{"passwordMustChange", "off"}}, {{"userPassword", "Agent-Passw0rd.1"}, {"passwordExpirationTime", ""}})},
      {"DisabledAccount", Server::ds389, "locked or disabled", ds389({}, {{"nsAccountLock", "true"}}),
       ds389({}, {{"nsAccountLock", ""}})},
      {"LockedByWrongPasswords", Server::ds389, "locked or disabled: unlock it",
       ds389({{"passwordLockout", "on"}, {"passwordMaxFailure", "3"}}, {}),
       ds389({{"passwordLockout", "off"}},
             {{"accountUnlockTime", ""}, {"passwordRetryCount", ""}, {"retryCountResetTime", ""}}),
       false, true},
      {"TlsRequired", Server::ds389, "wants TLS: use ldaps://", ds389({{"nsslapd-require-secure-binds", "on"}}, {}),
       ds389({{"nsslapd-require-secure-binds", "off"}}, {}), true},

      {"ExpiredPassword", Server::samba, "password has expired: set a new one", samba_password_is_old,
       samba_password_is_new},
      {"PasswordToBeChanged", Server::samba, "must change its password first",
       agent_gets({{"userAccountControl", expiring_account}, {"pwdLastSet", "0"}}),
       agent_gets({{"pwdLastSet", "-1"}, {"userAccountControl", normal_account}})},
      {"DisabledAccount", Server::samba, "the account is disabled: enable it",
       agent_gets({{"userAccountControl", disabled_account}}), agent_gets({{"userAccountControl", normal_account}})},
      {"ExpiredAccount", Server::samba, "the account has expired: extend it",
       agent_gets({{"accountExpires", "132000000000000000"}}), agent_gets({{"accountExpires", "0"}})},
      {"LockedByWrongPasswords", Server::samba, "the account is locked: unlock it",
       samba_domain({{"lockoutThreshold", "3"}}), samba_domain({{"lockoutThreshold", "0"}}, {{"lockoutTime", "0"}}),
       false, true},
  };
}

class RefusedBind : public ::testing::TestWithParam<Refusal> {
 protected:
  void SetUp() override {
    server_ = ServerUnderTest::of(GetParam().server);
    if (server_ != nullptr) return;
    const auto& why = ServerUnderTest::why_missing(GetParam().server);
    if (why.code == errc::not_found) GTEST_SKIP() << why.message();
    FAIL() << why.message();
  }
  ServerUnderTest& server() { return *server_; }

 private:
  ServerUnderTest* server_ = nullptr;
};

// Whatever comes of a test, the next one has the account as it was.
struct Undo {
  const Act& act;
  const ServerUnderTest& server;
  bool done = false;
  void now() {
    if (!std::exchange(done, true)) act(server);
  }
  ~Undo() {
    try {
      now();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
};

TEST_P(RefusedBind, SaysWhatToDoAndTheJobIsDoneWhenTheAccountIsPutRight) {
  const auto& refusal = GetParam();
  Stage stage{server()};
  const auto group = stage.group({1});
  auto settings = server().agent_settings();
  const auto password = read_file(settings.bind_password_file).value();
  settings.refused_interval = milliseconds{100};
  if (refusal.in_clear) settings.urls = {server().plain_url()};
  settings.bind_password_file = server().folder() + "/changing.password";
  write_file(settings.bind_password_file, refusal.wrong_password ? "not the password" : password, 0600).value();
  stage.connect_with(settings);
  Undo undo{refusal.undo, server()};
  refusal.provoke(server());
  stage.deliver({Stage::add(group, {stage.person(2)})});
  EXPECT_TRUE(stage.wait_until_told(refusal.sentence)) << stage.status().detail;
  std::printf("%s, %s: %s\n", name_of(refusal.server).c_str(), refusal.id.c_str(), stage.status().detail.c_str());
  EXPECT_FALSE(stage.is_finished()) << "a refused account must not fail the job";
  if (refusal.wrong_password) write_file(settings.bind_password_file, password, 0600).value();
  undo.now();
  ASSERT_TRUE(stage.finish());
  EXPECT_EQ(stage.verdicts(), "applied") << stage.outcome().of(0).diagnostic << stage.outcome().of(0).advice;
}

INSTANTIATE_TEST_SUITE_P(On, RefusedBind, ::testing::ValuesIn(refusals()),
                         [](const auto& chosen) { return chosen.param.id + "_" + name_of(chosen.param.server); });

}  // namespace
}  // namespace dirbridge::directories
