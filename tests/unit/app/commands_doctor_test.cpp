// dirbridge doctor as a command: what it needs of a configuration, and what it prints of it.
#include "app/commands_doctor.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <thread>

#include "base/text.hpp"
#include "json/json.hpp"
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

TEST_F(DoctorCommand, EndsAtOnceOnASignalWhileNothingIsChanged) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 4), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  // Takes the connection and says nothing.
  int taken = -1;
  std::thread server{[&] {
    taken = ::accept(listener, nullptr, nullptr);
    ::kill(::getpid(), SIGTERM);
  }};
  std::string text{directory};
  text.replace(text.find(":9\""), 2, ":" + std::to_string(ntohs(address.sin_port)));
  EXPECT_EQ(run(write("agent.toml", text)), 128 + SIGTERM);
  server.join();
  ::close(taken);
  ::close(listener);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "dirbridge doctor: interrupted\n");
}

TEST_F(DoctorCommand, ShowsTheGravestFirst) {
  EXPECT_EQ(run(write("agent.toml", std::string{directory})), exit_refused);
  EXPECT_LT(out_.str().find("problem"), out_.str().find("info")) << out_.str();
}

}  // namespace
}  // namespace dirbridge::app
