#include "app/commands_tls.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "app/api_client.hpp"
#include "base/text.hpp"
#include "net/tls.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::app {
namespace {

using std::filesystem::perms;

class TlsInit : public testing::Test {
 protected:
  int init(std::vector<std::string> hosts, bool force = false) {
    Invocation invocation;
    invocation.command = Command::tls_init;
    invocation.folder = folder_.path() + "/tls";
    invocation.hosts = std::move(hosts);
    invocation.force = force;
    return run_tls_init(invocation, console_);
  }
  std::string file(const std::string& name) { return folder_.path() + "/tls/" + name; }

  tests::TemporaryFolder folder_;
  std::ostringstream out_, err_;
  Console console_{out_, err_};
};

TEST_F(TlsInit, MakesACertificateThatTheAuthorityBesideItVouchesFor) {
  EXPECT_EQ(init({"hub.example.org", "10.1.2.3"}), exit_done);
  const net::Identity identity{read_file(file("hub.pem")).value(), read_file(file("hub.key")).value()};
  EXPECT_TRUE(net::TlsServerContext::make(identity));
  EXPECT_TRUE(net::TlsClientContext::make({.ca_file = file("ca.pem")}));
  EXPECT_NE(out_.str().find("hub.example.org, 10.1.2.3"), std::string::npos);
  for (const auto* key : {"ca.key", "hub.key"})
    EXPECT_EQ(std::filesystem::status(file(key)).permissions(), perms::owner_read | perms::owner_write) << key;
}

TEST_F(TlsInit, OverwritesNothingUnlessItIsForced) {
  init({});
  const auto before = read_file(file("ca.pem")).value();
  std::filesystem::remove(file("hub.key"));
  EXPECT_THROW(init({}), CommandFailure);
  EXPECT_EQ(read_file(file("ca.pem")).value(), before);
  EXPECT_FALSE(std::filesystem::exists(file("hub.key")));
  EXPECT_EQ(init({}, true), exit_done);
  EXPECT_NE(read_file(file("ca.pem")).value(), before);
}

TEST_F(TlsInit, RefusesANameThatNoCertificateCanHold) {
  EXPECT_THROW(init({"not a name"}), CommandFailure);
  EXPECT_FALSE(std::filesystem::exists(file("ca.pem")));
}

}  // namespace
}  // namespace dirbridge::app
