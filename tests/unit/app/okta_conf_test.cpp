#include "app/okta_conf.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "app/settings.hpp"

namespace dirbridge::app {
namespace {

constexpr std::string_view usual =
    "# made by the installer\r\n"
    "orgUrl = https://example.okta.com\r\n"
    "ldapHost = ldap.example.org\r\n"
    "ldapPort = 389\r\n"
    "ldapSSLPort = 1636\r\n"
    "ldapUseSSL = true\r\n"
    "ldapAdminDN = cn=agent,ou=services,dc=example,dc=org\r\n"
    "ldapAdminPassword = AbC-secret==\r\n"
    "baseDN = dc=example,dc=org\r\n"
    "ldapSearchPageSize = 250\r\n"
    "pollingThreadCount = 4\r\n"
    "\r\n"
    "fipsMode = false\r\n";

Settings load(std::string_view conf, std::string toml = {}) {
  Sources sources;
  sources.okta_name = "Okta.conf";
  sources.okta_text = conf;
  sources.file_name = toml.empty() ? "" : "agent.toml";
  sources.file_text = std::move(toml);
  auto settings = Settings::load(sources);
  EXPECT_TRUE(settings) << settings.error().detail;
  return settings ? *settings : Settings{};
}
std::string error_of(std::string_view conf) {
  const auto parsed = parse_okta_conf(conf, "Okta.conf");
  EXPECT_FALSE(parsed);
  return parsed ? std::string{} : parsed.error().detail;
}

TEST(OktaConf, WhatItSaysOfTheDirectoryIsTaken) {
  const auto settings = load(usual);
  EXPECT_EQ(settings.list("ldap.urls"), std::vector<std::string>{"ldaps://ldap.example.org:1636"});
  EXPECT_EQ(settings.text("ldap.bind_dn"), "cn=agent,ou=services,dc=example,dc=org");
  EXPECT_EQ(settings.list("import.user_bases"), std::vector<std::string>{"dc=example,dc=org"});
  EXPECT_EQ(settings.list("import.group_bases"), std::vector<std::string>{"dc=example,dc=org"});
  EXPECT_EQ(settings.number("import.page_size"), 250);
  EXPECT_EQ(settings.number("agent.polls"), 4);
  EXPECT_EQ(settings.given("ldap.urls").where, "Okta.conf:3");
}

TEST(OktaConf, NamesAreTakenAsJavaWritesThem) {
  const auto settings = load("ldapHost=h\nldapAdminDN=cn\\=Doe\\\\, J\\=x,dc\\=org\nbaseDN=ou\\=a\\:b,dc\\=org\n");
  EXPECT_EQ(settings.text("ldap.bind_dn"), "cn=Doe\\, J=x,dc=org");
  EXPECT_EQ(settings.list("import.user_bases"), std::vector<std::string>{"ou=a:b,dc=org"});
  const auto plain = load("ldapHost=h\nldapAdminDN=cn=a\\=b\\, c,dc=org\nbaseDN=dc=org\n");
  EXPECT_EQ(plain.text("ldap.bind_dn"), "cn=a\\=b\\, c,dc=org") << "a DN's own escapes stay";
}

TEST(OktaConf, WithoutTlsThePlainPortIsTaken) {
  const auto settings = load("ldapHost=10.0.0.1\nldapUseSSL=false\n");
  EXPECT_EQ(settings.list("ldap.urls"), std::vector<std::string>{"ldap://10.0.0.1:389"});
  EXPECT_EQ(load("ldapHost=fd00::1\n").list("ldap.urls"), std::vector<std::string>{"ldap://[fd00::1]:389"});
}

TEST(OktaConf, EveryKeyThatIsNotUsedIsNamedAndNoValueIsShown) {
  const auto settings = load(usual);
  ASSERT_EQ(settings.unused().size(), 4u);
  EXPECT_EQ(settings.unused()[0], "Okta.conf:2: orgUrl: the hub's URL is agent.hub_url");
  EXPECT_TRUE(settings.unused()[1].starts_with("Okta.conf:8: ldapAdminPassword: "));
  EXPECT_EQ(settings.unused()[2], "Okta.conf:13: fipsMode");
  EXPECT_EQ(settings.unused()[3], "Okta.conf:4: ldapPort: ldapUseSSL is true");
  EXPECT_TRUE(std::ranges::none_of(settings.unused(),
                                   [](const auto& line) { return line.find("secret") != std::string::npos; }));
}

TEST(OktaConf, TheConfigurationFileWinsOverIt) {
  const auto settings = load(usual, "[import]\npage_size = 77\n");
  EXPECT_EQ(settings.number("import.page_size"), 77);
  EXPECT_EQ(settings.number("agent.polls"), 4);
}

TEST(OktaConf, WhatIsNotUsedIsShownWithTheSettingsAsComments) {
  const auto shown = load(usual).print(Role::agent);
  EXPECT_TRUE(shown.starts_with("# not used: Okta.conf:2: orgUrl: the hub's URL is agent.hub_url\n")) << shown;
  EXPECT_EQ(shown.find("secret"), std::string::npos);
  EXPECT_NE(shown.find("# Okta.conf:3\n"), std::string::npos) << shown;
}

TEST(OktaConf, AWrongFileIsSaidWithoutGuessingAtWhatItWouldHaveSet) {
  ProblemList problems;
  Sources sources;
  sources.okta_name = "Okta.conf";
  sources.okta_text = "ldapPort = 389\n";
  const auto settings = Settings::read(sources, problems);
  EXPECT_FALSE(problems.is_complete());
  EXPECT_TRUE(settings.list("ldap.urls").empty());
}

TEST(OktaConf, PollingThreadsOutOfRangeAreBroughtIntoItAsOktasAgentDoes) {
  EXPECT_EQ(load("ldapHost=h\npollingThreadCount=50\n").number("agent.polls"), 10);
  EXPECT_EQ(load("ldapHost=h\npollingThreadCount=0\n").number("agent.polls"), 1);
}

TEST(OktaConf, EverythingThatIsWrongIsSaidAtOnceWithItsLine) {
  const auto error =
      error_of("ldapHost = h\nldapUseSSL = maybe\nldapPort = 70000\nnonsense\nldapHost = i\n= 5\nbaseDN = nodn\n");
  for (const auto* line : {"Okta.conf:2: ldapUseSSL must be true or false, not \"maybe\"",
                           "Okta.conf:3: ldapPort must be a number from 1 to 65535, not \"70000\"",
                           "Okta.conf:4: is not \"key = value\"", "Okta.conf:5: ldapHost was given in line 1 already",
                           "Okta.conf:6: has no key before \"=\"", "Okta.conf:7: baseDN is no DN: "})
    EXPECT_NE(error.find(line), std::string::npos) << line << "\n" << error;
}

TEST(OktaConf, HostileFilesAreRefusedWithAReason) {
  EXPECT_NE(error_of("").find("ldapHost is missing"), std::string::npos);
  EXPECT_NE(error_of("ldapHost =\n").find("ldapHost is empty"), std::string::npos);
  EXPECT_NE(error_of(std::string(70'000, 'a')).find("larger than 64 KiB"), std::string::npos);
  EXPECT_NE(error_of(std::string(2'000, '\n')).find("more than 1000 lines"), std::string::npos);
  EXPECT_NE(error_of(std::string_view{"ldapHost = h\0x\n", 15}).find(":1: holds bytes that are no text"),
            std::string::npos);
  EXPECT_NE(error_of("ldapHost = \xff\xfe\n").find("holds bytes that are no text"), std::string::npos);
  EXPECT_NE(error_of("ldapHost = evil.org/dc=x??sub\n").find("ldapHost is no host name"), std::string::npos);
  EXPECT_NE(error_of("ldapHost = h\nldapSearchPageSize = 9999999999999999999999\n").find("ldapSearchPageSize must be"),
            std::string::npos);
}

}  // namespace
}  // namespace dirbridge::app
