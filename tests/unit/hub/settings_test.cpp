#include "hub/settings.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include <boost/asio/io_context.hpp>

#include "hub/hub.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::hub {
namespace {

std::string problem(const HubSettings& settings) {
  const auto checked = to_result(problems_of(settings));
  return checked ? "" : checked.error().message();
}

TEST(HubSettings, TheDefaultsAreRight) { EXPECT_EQ(problem({}), ""); }

TEST(HubSettings, ThePublicUrlIsAnOriginOfHttpOrHttps) {
  const auto with = [](std::string url) {
    HubSettings settings;
    settings.public_url = std::move(url);
    return problem(settings);
  };
  EXPECT_EQ(with("https://hub.example.org"), "");
  EXPECT_EQ(with("http://[::1]:8080"), "");
  for (const char* wrong : {"wss://hub", "https://hub/path", "https://hub?x", "https://hub#x", "https://", "hub",
                            "https://hub:99999", "https://me:secret@hub"})
    EXPECT_TRUE(with(wrong).starts_with("hub.public_url: ")) << wrong;
  EXPECT_EQ(with("https://me:secret@hub").find("secret"), std::string::npos);
}

TEST(HubSettings, EveryNameOfTheCertificateIsAHostNameOrAnAddress) {
  HubSettings settings;
  settings.names = {"hub.example.org", "*.example.org", "10.0.0.1", "::1", "under_score"};
  EXPECT_EQ(problem(settings), "");
  for (const std::string wrong :
       {"", "a b", "a,DNS:b", "-a", "a-", "a..b", "*", "h\xC3\xBCtte", "a/b", "fe80::1%eth0", "x\n"}) {
    settings.names = {"ok", wrong};
    EXPECT_TRUE(problem(settings).starts_with("hub.names: ")) << wrong;
  }
  settings.names = {};
  EXPECT_TRUE(problem(settings).starts_with("hub.names: "));
  settings.tls = false;  // nobody asks
  EXPECT_EQ(problem(settings), "");
}

TEST(HubSettings, AHubWithWrongSettingsMakesNothingOnDisk) {
  const tests::TemporaryFolder folder;
  boost::asio::io_context loop{1};
  HubSettings settings;
  settings.data_dir = folder.path() + "/data";
  settings.names = {"not a name"};
  const auto opened = Hub::open(loop.get_executor(), settings);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::configuration);
  EXPECT_FALSE(std::filesystem::exists(settings.data_dir));
}

}  // namespace
}  // namespace dirbridge::hub
