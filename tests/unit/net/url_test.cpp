#include <gtest/gtest.h>

#include "net/http_client.hpp"

namespace dirbridge::net {
namespace {

struct Good {
  const char* text;
  const char* scheme;
  const char* host;
  std::uint16_t port;
  const char* path;
};
std::ostream& operator<<(std::ostream& out, const Good& good) { return out << good.text; }

class GoodUrl : public testing::TestWithParam<Good> {};

TEST_P(GoodUrl, IsTakenApart) {
  const auto& expected = GetParam();
  const auto url = parse_url(expected.text).value();
  EXPECT_EQ(url.scheme, expected.scheme);
  EXPECT_EQ(url.host, expected.host);
  EXPECT_EQ(url.port, expected.port);
  EXPECT_EQ(url.path, expected.path);
  EXPECT_EQ(parse_url(url.text()).value().text(), url.text());
}
INSTANTIATE_TEST_SUITE_P(Each, GoodUrl,
                         testing::Values(Good{"http://hub", "http", "hub", 80, "/"},
                                         Good{"HTTPS://hub.example.org:8443/a/b?c=d#e", "https", "hub.example.org",
                                              8443, "/a/b?c=d"},
                                         Good{"ws://127.0.0.1:1", "ws", "127.0.0.1", 1, "/"},
                                         Good{"wss://[::1]:65535/x", "wss", "::1", 65535, "/x"},
                                         Good{"wss://[2001:db8::1]", "wss", "2001:db8::1", 443, "/"},
                                         Good{"http://hub?x=1", "http", "hub", 80, "/?x=1"}));

class BadUrl : public testing::TestWithParam<const char*> {};

TEST_P(BadUrl, IsRefused) { EXPECT_EQ(parse_url(GetParam()).error().code, errc::malformed) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(Each, BadUrl,
                         testing::Values("", "hub", "hub:80", "ftp://hub", "http://", "http://:80",
                                         "http://hub:", "http://hub:0", "http://hub:65536", "http://hub:8x",
                                         "http://[::1", "http://[::1]x", "http://[127.0.0.1]", "http://::1",
                                         "http://hub/a b", "http://hub/\r\nX: y", "http://user:secret@hub"));

TEST(Url, ASecretInAUrlIsNotRepeated) {
  EXPECT_EQ(parse_url("http://user:secret@hub").error().message().find("secret"), std::string::npos);
}

TEST(Url, LoopbackIsKnownByNameAndAddress) {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]"})
    EXPECT_TRUE(parse_url(std::string{"ws://"} + host).value().is_loopback()) << host;
  for (const char* host : {"localhost.example.org", "10.0.0.1", "[::2]", "127.0.0.1.example.org"})
    EXPECT_FALSE(parse_url(std::string{"ws://"} + host).value().is_loopback()) << host;
}

}  // namespace
}  // namespace dirbridge::net
