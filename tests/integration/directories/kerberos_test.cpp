// The sealed bind on a real controller: what can be overheard, what heals, and what the agent says about the rest.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>

#include "base/text.hpp"
#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/stage.hpp"
#include "lab/ldap_gate.hpp"
#include "support/examine_now.hpp"
#include "support/run_until.hpp"

namespace dirbridge::directories {
namespace {

class Kerberos : public OnEachServer {
 protected:
  // What the agent says of itself with these settings.
  std::string complaint(const ldap::ClientSettings& settings) {
    Stage stage{server()};
    stage.connect_with(settings);
    stage.deliver({Stage::add(stage.group({1}), {stage.person(2)})});
    EXPECT_TRUE(stage.wait_until_unhealthy());
    return stage.status().detail;
  }
  static bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }
  // A ticket is for the name in the URL: the gate must be reached by the name that the controller has.
  static std::string url_of(const lab::LdapGate& gate) { return "ldap://localhost:" + std::to_string(gate.port()); }
};
INSTANTIATE_TEST_SUITE_P(On, Kerberos, ::testing::Values(Server::samba), test_name);

TEST_P(Kerberos, NoNameGoesInClear) {
  const auto gate = lab::LdapGate::open(server().samba().port()).value();
  Stage stage{server()};
  auto settings = server().kerberos_settings();
  settings.urls = {url_of(*gate)};
  stage.connect_with(settings);
  const auto group = stage.group({1});
  EXPECT_EQ(stage.play({Stage::add(group, {stage.person(2), stage.person(1)})}), "applied, already");
  EXPECT_TRUE(stage.holds(group, server().person(2)));
  const auto seen = to_lower(gate->seen());
  // The gate did hear what there was: two connections, and their binds.
  EXPECT_TRUE(says(seen, "gssapi"));
  EXPECT_GT(seen.size(), 5'000u);
  for (const std::string word : {"<guid=", "member", "objectguid", "ou=people", "ou=groups", "user 2", "rootdse",
                                 "supportedcapabilities", "dc=example"})
    EXPECT_FALSE(says(seen, word)) << word << " was to be overheard";
}

TEST_P(Kerberos, EverybodyIsRead) {
  boost::asio::io_context loop{1};
  ldap::Client client{loop.get_executor(), server().kerberos_settings()};
  ldap::SearchRequest request{server().people_base(), ldap::Scope::one_level, "(sAMAccountName=u*)", {}, 0};
  std::size_t seen = 0;
  ldap::EntrySink sink = [&seen](ldap::Entry) -> ldap::asio::awaitable<void> {
    ++seen;
    co_return;
  };
  std::optional<result<std::uint64_t>> count;
  const auto read = [&]() -> ldap::asio::awaitable<void> {
    count = co_await client.search(request, sink, milliseconds{10'000});
  };
  ldap::asio::co_spawn(loop, read(), ldap::asio::detached);
  ASSERT_TRUE(test::run_until(loop, [&] { return count.has_value(); }));
  ASSERT_TRUE(*count) << count->error().message();
  EXPECT_EQ(seen, ServerUnderTest::people);
}

TEST_P(Kerberos, ANewKeytabHealsWithoutARestart) {
  Stage stage{server()};
  auto settings = server().kerberos_settings();
  const auto good = read_file(settings.kerberos.keytab_file).value();
  settings.kerberos.keytab_file = server().folder() + "/changing.keytab";
  settings.refused_interval = milliseconds{200};
  stage.connect_with(settings);
  stage.deliver({Stage::add(stage.group({1}), {stage.person(2)})});
  ASSERT_TRUE(stage.wait_until_unhealthy());
  EXPECT_TRUE(says(stage.status().detail, "changing.keytab")) << stage.status().detail;
  EXPECT_FALSE(stage.is_finished()) << "a keytab that is not there must not fail the job";
  write_file(settings.kerberos.keytab_file, good, 0600).value();
  ASSERT_TRUE(stage.finish());
  EXPECT_EQ(stage.verdicts(), "applied");
}

TEST_P(Kerberos, TheKeytabOfSomebodyElseIsTold) {
  auto settings = server().kerberos_settings();
  server().samba().export_keytab("svc-reader", settings.kerberos.keytab_file).value();
  const auto detail = complaint(settings);
  EXPECT_TRUE(says(detail, "has no key of svc-agent@AD.EXAMPLE.ORG; it has keys of svc-reader@AD.EXAMPLE.ORG"))
      << detail;
}

TEST_P(Kerberos, AnAccountThatTheKdcDoesNotKnowIsTold) {
  auto settings = server().kerberos_settings();
  auto keytab = read_file(settings.kerberos.keytab_file).value();
  for (std::size_t at = 0; (at = keytab.find("svc-agent", at)) != std::string::npos; ++at)
    keytab.replace(at, 9, "svc-agenx");
  settings.kerberos.keytab_file = server().folder() + "/unknown.keytab";
  settings.kerberos.principal = "svc-agenx@AD.EXAMPLE.ORG";
  write_file(settings.kerberos.keytab_file, keytab, 0600).value();
  const auto detail = complaint(settings);
  EXPECT_TRUE(says(detail, "knows no such account")) << detail;
}

TEST_P(Kerberos, AServerThatIsCalledByAnotherNameIsTold) {
  auto settings = server().kerberos_settings();
  auto& url = settings.urls.front();
  url.replace(url.find("localhost"), 9, "127.0.0.1");
  const auto detail = complaint(settings);
  EXPECT_TRUE(says(detail, "ldap/127.0.0.1@AD.EXAMPLE.ORG") && says(detail, "service principal name")) << detail;
}

TEST_P(Kerberos, TheDoctorFindsNothingWrong) {
  agent::AgentSettings settings;
  settings.directory = server().kerberos_settings();
  settings.users = {{server().people_base()}, "(objectClass=user)"};
  settings.groups = {{server().groups_base()}, "(objectClass=group)"};
  const auto seen = test::examine_now(settings);
  EXPECT_LE(doctor::worst_of(seen.findings), doctor::Severity::info) << test::text_of(seen);
  EXPECT_TRUE(says(test::text_of(seen), "transport ok: signed and sealed by Kerberos")) << test::text_of(seen);
  EXPECT_TRUE(says(seen.advice, "svc-agent"));
}

}  // namespace
}  // namespace dirbridge::directories
