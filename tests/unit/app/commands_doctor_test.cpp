// dirbridge doctor as a command: what it needs of a configuration, and what it prints of it.
#include "app/commands_doctor.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/text.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::app {
namespace {

using nlohmann::json;

class DoctorCommand : public ::testing::Test {
 protected:
  // Nobody listens on port 9: the doctor comes as far as that.
  static constexpr std::string_view directory =
      "[ldap]\nurls = [\"ldap://127.0.0.1:9\"]\n[import]\nuser_bases = [\"ou=people,dc=org\"]\n"
      "group_bases = [\"ou=groups,dc=org\"]\n";
  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_.path() + "/" + name;
    write_file(path, text, 0600).value();
    return path;
  }
  int run(const std::string& config, const std::string& okta = {}, bool as_json = false) {
    Invocation invocation;
    invocation.command = Command::doctor;
    invocation.config_file = config;
    invocation.okta_conf = okta;
    out_.str({});
    err_.str({});
    return run_doctor(invocation, Console{.out = out_, .err = err_, .json = as_json});
  }
  tests::TemporaryFolder folder_;
  std::ostringstream out_, err_;
};

TEST_F(DoctorCommand, NeedsNoHub) {
  EXPECT_EQ(run(write("agent.toml", std::string{directory})), exit_refused) << err_.str();
  EXPECT_NE(out_.str().find("connection"), std::string::npos) << out_.str();
}

TEST_F(DoctorCommand, NeedsNothingThatIsOfTheHubToBeThere) {
  const std::string hub =
      "[agent]\nhub_url = \"wss://hub.example.org\"\nhub_ca_file = \"/nowhere/ca.pem\"\n"
      "enrol_code_file = \"/nowhere/code\"\nproxy_password_file = \"/nowhere/password\"\n"
      "proxy_url = \"http://proxy:3128\"\n";
  EXPECT_EQ(run(write("agent.toml", hub + std::string{directory})), exit_refused) << err_.str();
}

TEST_F(DoctorCommand, ADirectoryThatIsNotConfiguredIsAUsageError) {
  EXPECT_EQ(run(write("agent.toml", "[agent]\nhub_url = \"wss://hub.example.org\"\n")), exit_usage);
  EXPECT_NE(err_.str().find("ldap.urls"), std::string::npos) << err_.str();
  EXPECT_EQ(err_.str().find("hub_url"), std::string::npos) << err_.str();
}

TEST_F(DoctorCommand, NamesTheKeysOfAnOktaConfThatAreNotUsed) {
  const auto okta = write("Okta.conf",
                          "orgUrl = https://example.okta.com\nldapHost = 127.0.0.1\nldapPort = 9\nldapUseSSL = false\n"
                          "baseDN = dc=org\nfipsMode = false\n");
  EXPECT_EQ(run({}, okta), exit_refused) << err_.str();
  EXPECT_NE(out_.str().find("orgUrl"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("fipsMode"), std::string::npos) << out_.str();
  EXPECT_EQ(run({}, okta, true), exit_refused);
  const auto printed = json::parse(out_.str());
  ASSERT_EQ(printed.at("unused").size(), 2u) << out_.str();
  EXPECT_NE(printed.at("unused")[1].get<std::string>().find("fipsMode"), std::string::npos);
  for (const auto& finding : printed.at("findings")) EXPECT_TRUE(finding.at("items").is_array());
}

TEST_F(DoctorCommand, ShowsTheGravestFirst) {
  EXPECT_EQ(run(write("agent.toml", std::string{directory})), exit_refused);
  EXPECT_LT(out_.str().find("problem"), out_.str().find("info")) << out_.str();
}

}  // namespace
}  // namespace dirbridge::app
