// The agent's account with a keytab: GSSAPI over ldap://, signed and sealed.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "integration/directories/conformance_cases.hpp"
#include "lab/free_port.hpp"

namespace dirbridge::directories {
namespace {

// Bound, and without an answer until the deadline: the agent says why, and the job has not failed.
void expect_unhealthy(Play& p, const Play::Value& group, const std::string& words) {
  auto change = Play::add(group, {p.person(2)});
  change.remaining = milliseconds{4'000};
  p.deliver({change});
  ASSERT_TRUE(p.wait_until_unhealthy());
  EXPECT_NE(p.status().detail.find(words), std::string::npos) << p.status().detail;
  EXPECT_FALSE(p.is_finished()) << "a refused account must not fail the job";
  ASSERT_TRUE(p.finish());
  EXPECT_EQ(p.verdicts(), "not_sent");
  p.expect_holds(group, p.server.person(2), false);
}

// A keytab's keys stand behind their kind (AES-256, AES-128, RC4) and length, two bytes each.
std::string with_other_keys(std::string keytab) {
  for (const auto& [kind, length] : {std::pair{'\x12', '\x20'}, std::pair{'\x11', '\x10'}, std::pair{'\x17', '\x10'}}) {
    const std::string mark{'\0', kind, '\0', length};
    const auto at = keytab.find(mark);
    if (at != std::string::npos) keytab[at + mark.size()] ^= 1;
  }
  return keytab;
}

}  // namespace

std::vector<Case> kerberos_cases() {
  std::vector<Case> cases{
      {"KerberosChanges", "Kerberos on ldap://: add one new user and one member, remove one",
       [](Play& p) {
         p.connect_with(p.server.kerberos_settings());
         const auto group = p.group({1});
         p.expect("applied, already", {Play::add(group, {p.person(2), p.person(1)})});
         p.expect("applied, already; applied", {Play::remove(group, {p.person(1)})});
         p.expect_holds(group, p.server.person(1), false);
         p.expect_holds(group, p.server.person(2));
       }},
      {"KerberosReconnect", "Kerberos: the server is killed between two changes, and started again",
       [](Play& p) {
         p.connect_with(p.server.kerberos_settings());
         const auto group = p.group({1});
         p.expect("applied", {Play::add(group, {p.person(2)})});
         p.server.kill();
         p.server.restart();
         p.expect("applied; applied", {Play::add(group, {p.person(3)})});
         p.expect_holds(group, p.server.person(3));
       }},
      {"KerberosOldKey", "Kerberos: the keytab's key is not the account's",
       [](Play& p) {
         auto settings = p.server.kerberos_settings();
         const auto stale = p.server.folder() + "/stale.keytab";
         write_file(stale, with_other_keys(read_file(settings.kerberos.keytab_file).value()), 0600).value();
         settings.kerberos.keytab_file = stale;
         p.connect_with(settings);
         expect_unhealthy(p, p.group({1}), "export");
       }},
      {"KerberosKdcAway", "Kerberos: the KDC is away until the deadline",
       [](Play& p) {
         auto settings = p.server.kerberos_settings();
         settings.kerberos.kdcs = {"127.0.0.1:" + std::to_string(lab::free_port())};
         p.connect_with(settings);
         expect_unhealthy(p, p.group({1}), "no KDC of AD.EXAMPLE.ORG can be reached");
       }},
  };
  for (auto& one : cases) one.servers = {Server::samba};
  return cases;
}

}  // namespace dirbridge::directories
