#include "app/service_settings.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

#include "base/text.hpp"

namespace dirbridge::app {
namespace {

// The table repeats the defaults of the structs it fills; this is where the two are held together.
TEST(ServiceSettings, TheTablesDefaultsAreTheHubsOwn) {
  const hub::HubSettings made = to_hub_settings(Settings{});
  const hub::HubSettings own;
  EXPECT_EQ(made.data_dir, own.data_dir);
  EXPECT_EQ(made.listen.host, own.listen.host);
  EXPECT_EQ(made.listen.port, own.listen.port);
  EXPECT_EQ(made.listen_tls.host, own.listen_tls.host);
  EXPECT_EQ(made.listen_tls.port, own.listen_tls.port);
  EXPECT_EQ(made.plain, own.plain);
  EXPECT_EQ(made.tls, own.tls);
  EXPECT_EQ(made.certificate_file, own.certificate_file);
  EXPECT_EQ(made.key_file, own.key_file);
  EXPECT_EQ(made.names, own.names);
  EXPECT_EQ(made.public_url, own.public_url);
  EXPECT_EQ(made.request_timeout, own.request_timeout);
  EXPECT_EQ(made.heartbeat, own.heartbeat);
  EXPECT_EQ(made.silence, own.silence);
  EXPECT_EQ(made.challenge_timeout, own.challenge_timeout);
  EXPECT_EQ(made.enrol_code_lifetime, own.enrol_code_lifetime);
  EXPECT_EQ(made.max_poll_wait, own.max_poll_wait);
  EXPECT_EQ(made.max_agents, own.max_agents);
  EXPECT_EQ(made.max_waiting_requests, own.max_waiting_requests);
  EXPECT_EQ(made.rates.plan, own.rates.plan);
  EXPECT_EQ(made.rates.limit, own.rates.limit);
  EXPECT_EQ(made.rates.window, own.rates.window);
  EXPECT_EQ(made.rates.enforce, own.rates.enforce);
  EXPECT_EQ(made.contract.error_profile, own.contract.error_profile);
  EXPECT_EQ(made.contract.directory_tokens, own.contract.directory_tokens);
  EXPECT_EQ(made.contract.out_of_scope, own.contract.out_of_scope);
  EXPECT_EQ(made.read_lifetime, own.read_lifetime);
  EXPECT_EQ(made.hook_ca_file, own.hook_ca_file);
  EXPECT_EQ(made.stop_grace, own.stop_grace);
  EXPECT_EQ(made.queue.lease, own.queue.lease);
  EXPECT_EQ(made.queue.max_deliveries, own.queue.max_deliveries);
  EXPECT_EQ(made.queue.backoff_base, own.queue.backoff_base);
  EXPECT_EQ(made.queue.backoff_max, own.queue.backoff_max);
  EXPECT_EQ(made.queue.max_open_jobs, own.queue.max_open_jobs);
  EXPECT_EQ(made.http.max_connections, own.http.max_connections);
  EXPECT_EQ(made.http.max_handshakes, own.http.max_handshakes);
  EXPECT_EQ(made.http.max_header_bytes, own.http.max_header_bytes);
  EXPECT_EQ(made.http.max_body_bytes, own.http.max_body_bytes);
  EXPECT_EQ(made.http.handshake_timeout, own.http.handshake_timeout);
  EXPECT_EQ(made.http.header_timeout, own.http.header_timeout);
  EXPECT_EQ(made.http.body_timeout, own.http.body_timeout);
  EXPECT_EQ(made.http.idle_timeout, own.http.idle_timeout);
  EXPECT_EQ(made.http.write_timeout, own.http.write_timeout);
  EXPECT_EQ(made.http.web_socket.max_message_bytes, own.http.web_socket.max_message_bytes);
  EXPECT_EQ(made.http.web_socket.max_queued_bytes, own.http.web_socket.max_queued_bytes);
  EXPECT_EQ(made.http.web_socket.write_timeout, own.http.web_socket.write_timeout);
}

Sources agent_flags() {
  Sources sources;
  sources.environment = {{"DIRBRIDGE_AGENT_HUB_URL", "wss://hub:8443"}, {"DIRBRIDGE_LDAP_URLS", "ldap://127.0.0.1"}};
  return sources;
}

TEST(ServiceSettings, TheTablesDefaultsAreTheAgentsOwn) {
  const auto settings = Settings::load(agent_flags());
  ASSERT_TRUE(settings);
  const auto converted = to_agent_settings(*settings);
  ASSERT_TRUE(converted) << converted.error().message();
  const agent::AgentSettings& made = *converted;
  const agent::AgentSettings own;
  EXPECT_EQ(made.hub_url, "wss://hub:8443");
  EXPECT_EQ(made.hub_ca_file, own.hub_ca_file);
  EXPECT_EQ(made.allow_plain, own.allow_plain);
  EXPECT_EQ(made.proxy_url, own.proxy_url);
  EXPECT_EQ(made.proxy_user, own.proxy_user);
  EXPECT_TRUE(made.proxy_password.empty());
  EXPECT_EQ(made.state_dir, own.state_dir);
  EXPECT_TRUE(made.enrol_code.empty());
  EXPECT_EQ(made.name, own.name);
  EXPECT_EQ(made.reconnect_base, own.reconnect_base);
  EXPECT_EQ(made.reconnect_max, own.reconnect_max);
  EXPECT_EQ(made.poll_wait, own.poll_wait);
  EXPECT_EQ(made.credit, own.credit);
  EXPECT_EQ(made.users.bases, own.users.bases);
  EXPECT_EQ(made.users.filter, own.users.filter);
  EXPECT_EQ(made.groups.bases, own.groups.bases);
  EXPECT_EQ(made.groups.filter, own.groups.filter);
  EXPECT_EQ(made.page_size, own.page_size);
  EXPECT_EQ(made.import_timeout, own.import_timeout);
  EXPECT_EQ(made.max_values_per_modify, own.max_values_per_modify);
  EXPECT_EQ(made.max_bytes_per_modify, own.max_bytes_per_modify);
  EXPECT_EQ(made.report_margin, own.report_margin);
  EXPECT_EQ(made.settle, own.settle);
  EXPECT_EQ(made.settle_interval, own.settle_interval);
  EXPECT_EQ(made.stop_grace, own.stop_grace);
  EXPECT_EQ(made.directory.urls, std::vector<std::string>{"ldap://127.0.0.1"});
  EXPECT_EQ(made.directory.starttls, own.directory.starttls);
  EXPECT_EQ(made.directory.allow_cleartext, own.directory.allow_cleartext);
  EXPECT_EQ(made.directory.sasl_external, own.directory.sasl_external);
  EXPECT_EQ(made.directory.connect_timeout, own.directory.connect_timeout);
  EXPECT_EQ(made.directory.tls_timeout, own.directory.tls_timeout);
  EXPECT_EQ(made.directory.bind_timeout, own.directory.bind_timeout);
  EXPECT_EQ(made.directory.operation_timeout, own.directory.operation_timeout);
  EXPECT_EQ(made.directory.window, own.directory.window);
  EXPECT_EQ(made.directory.idle, own.directory.idle);
  EXPECT_EQ(made.directory.reconnect_base, own.directory.reconnect_base);
  EXPECT_EQ(made.directory.reconnect_max, own.directory.reconnect_max);
  EXPECT_EQ(made.directory.refused_interval, own.directory.refused_interval);
  EXPECT_EQ(made.directory.max_message_bytes, own.directory.max_message_bytes);
}

std::string problems_of(const Sources& sources, Role role) {
  ProblemList problems;
  const Settings settings = Settings::read(sources, problems);
  check_relations(settings, role, problems);
  check_service(settings, role, problems);
  const auto verdict = problems.verdict();
  return verdict ? "none" : verdict.error().detail;
}

Sources file(const std::string& name, std::string text) {
  return {.file_name = name, .file_text = std::move(text), .environment = {}, .flags = {}};
}

TEST(ServiceSettings, WhatAnAgentCannotDoWithoutIsNamedWithEveryWayToGiveIt) {
  EXPECT_EQ(problems_of({}, Role::agent),
            "agent.hub_url is not set: give --hub-url, DIRBRIDGE_AGENT_HUB_URL, or hub_url in section [agent] of the "
            "file\n"
            "ldap.urls is not set: give --ldap-urls, DIRBRIDGE_LDAP_URLS, or urls in section [ldap] of the file\n"
            "import.user_bases: names no base: there would be nothing to import\n"
            "import.group_bases: names no base: there would be nothing to import");
}

TEST(ServiceSettings, AProblemOfTheAgentNamesThePlaceWhereItsKeyWasGiven) {
  Sources sources = file("agent.toml",
                         "[agent]\nhub_url = \"ws://hub.example.org\"\nproxy_user = \"me\"\nsetle = \"1s\"\n"
                         "[import]\nuser_bases = [\"no name\"]\ngroup_bases = [\"dc=x\"]\n");
  sources.environment = {{"DIRBRIDGE_LDAP_URLS", "http://ldap"}, {"DIRBRIDGE_LDAP_KEY_FILE", "key.pem"}};
  const std::string text = problems_of(sources, Role::agent);
  for (const char* line :
       {"agent.toml:2: agent.hub_url: ws:// to another machine", "agent.toml:3: agent.proxy_user: needs proxy_url",
        "agent.toml:4: unknown key \"agent.setle\"; did you mean \"settle\"?", "agent.toml:6: import.user_bases: ",
        "DIRBRIDGE_LDAP_URLS: ldap.urls: ", "DIRBRIDGE_LDAP_KEY_FILE: ldap.key_file: "})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\nin\n" << text;
}

TEST(ServiceSettings, AMisspelledKeyIsNotToldASecondTimeAsOneThatIsNotSet) {
  const std::string text = problems_of(file("agent.toml", "[agent]\nhub_ulr = \"wss://hub\"\n"), Role::agent);
  EXPECT_EQ(text.find("agent.hub_url"), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean \"hub_url\"?"), std::string::npos) << text;
}

TEST(ServiceSettings, AContradictionThatIsToldWithBothPlacesIsNotToldAgain) {
  Sources sources = file("agent.toml", "[agent]\nsettle = \"400ms\"\n");
  const std::string text = problems_of(sources, Role::agent);
  EXPECT_EQ(text.find("settle_interval"), text.rfind("settle_interval")) << text;
}

TEST(ServiceSettings, WhatAHubCannotStartWithNamesItsPlace) {
  Sources sources = file("hub.toml",
                         "[hub]\nnames = [\"hub example\", \"ok.example.org\"]\npublic_url = "
                         "\"https://hub.example.org/api\"\n[log]\nlevel = \"loud\"\n");
  EXPECT_EQ(problems_of(sources, Role::hub),
            "hub.toml:5: log.level must be debug, info, warn, error or off, not \"loud\"\n"
            "hub.toml:3: hub.public_url: must end with the host or its port: the API's own paths are appended to it\n"
            "hub.toml:2: hub.names: \"hub example\" is neither a host name nor an IP address");
}

TEST(ServiceSettings, AMissingCertificateIsAProblemOfTheConfiguration) {
  Sources sources = file("hub.toml", "[hub]\ncertificate_file = \"/not/there.pem\"\nkey_file = \"/not/there.key\"\n");
  const std::string text = problems_of(sources, Role::hub);
  EXPECT_TRUE(text.starts_with("hub.toml:2: hub.certificate_file: cannot read /not/there.pem: ")) << text;
}

TEST(ServiceSettings, AMissingCertificateOrAuthorityOfTheDirectoryIsOneToo) {
  Sources sources = file("agent.toml",
                         "[agent]\nhub_ca_file = \"/not/hub.pem\"\n[ldap]\nca_file = \"/not/ca.pem\"\n"
                         "certificate_file = \"/not/a.pem\"\nkey_file = \"/not/a.key\"\n");
  const std::string text = problems_of(sources, Role::agent);
  for (const char* line : {"agent.toml:2: agent.hub_ca_file: cannot read /not/hub.pem",
                           "agent.toml:4: ldap.ca_file: cannot read /not/ca.pem",
                           "agent.toml:5: ldap.certificate_file: cannot read /not/a.pem",
                           "agent.toml:6: ldap.key_file: cannot read /not/a.key"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\nin\n" << text;
}

TEST(ServiceSettings, TheSlashAtTheEndOfAPublicUrlIsNoPath) {
  Sources sources = file("hub.toml", "[hub]\npublic_url = \"https://hub.example.org:8443/\"\n");
  EXPECT_EQ(problems_of(sources, Role::hub), "none");
  EXPECT_EQ(to_hub_settings(Settings::load(sources).value()).public_url, "https://hub.example.org:8443");
}

TEST(ServiceSettings, EverySettingOfATextKindReachesItsPlace) {
  Sources sources = agent_flags();
  sources.environment.insert({{"DIRBRIDGE_LDAP_BIND_DN", "cn=me"},
                              {"DIRBRIDGE_LDAP_BIND_PASSWORD_FILE", "pw"},
                              {"DIRBRIDGE_LDAP_CA_FILE", "ca"},
                              {"DIRBRIDGE_LDAP_CERTIFICATE_FILE", "cert"},
                              {"DIRBRIDGE_LDAP_KEY_FILE", "key"},
                              {"DIRBRIDGE_AGENT_PROXY_USER", "me"},
                              {"DIRBRIDGE_AGENT_PROXY_PASSWORD", "secret"}});
  const auto made = to_agent_settings(Settings::load(sources).value());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->directory.bind_dn, "cn=me");
  EXPECT_EQ(made->directory.bind_password_file, "pw");
  EXPECT_EQ(made->directory.ca_file, "ca");
  EXPECT_EQ(made->directory.certificate_file, "cert");
  EXPECT_EQ(made->directory.key_file, "key");
  EXPECT_EQ(made->proxy_user, "me");
  EXPECT_EQ(made->proxy_password.reveal(), "secret");
}

TEST(ServiceSettings, ASecretComesFromTheHigherLayerAndItsFileLosesOneLineEnd) {
  const std::string path = testing::TempDir() + "dirbridge-secret-" + std::to_string(::getpid());
  ASSERT_TRUE(write_file(path, "from file\r\n", 0600));
  Sources sources;
  sources.file_name = "agent.toml";
  sources.file_text = "[agent]\nenrol_code_file = \"" + path + "\"\n";
  EXPECT_EQ(Settings::load(sources)->secret("agent.enrol_code")->reveal(), "from file");
  sources.environment = {{"DIRBRIDGE_AGENT_ENROL_CODE", "from environment"}};
  EXPECT_EQ(Settings::load(sources)->secret("agent.enrol_code")->reveal(), "from environment");
  const Setting* setting = find_setting("agent", "enrol_code_file");
  sources.flags = {{.setting = setting, .flag = "--enrol-code-file", .value = {path, {}}}};
  EXPECT_EQ(Settings::load(sources)->secret("agent.enrol_code")->reveal(), "from file");

  std::filesystem::remove(path);
  const auto missing = Settings::load(sources)->secret("agent.enrol_code");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().detail.find("--enrol-code-file"), std::string::npos) << missing.error().detail;
  EXPECT_NE(missing.error().detail.find(path), std::string::npos) << missing.error().detail;
}

}  // namespace
}  // namespace dirbridge::app
