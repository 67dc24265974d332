#include "hub/http/strict_transport.hpp"

#include <gtest/gtest.h>

namespace dirbridge::hub {
namespace {

TEST(StrictTransport, TiesNamesThatAreSomebodysForGood) {
  for (const auto* host : {"hub.example.com", "hub.example.com:8443", "HUB.Example.ORG.", "a.b"})
    EXPECT_TRUE(may_be_tied_to_tls(host)) << host;
}

TEST(StrictTransport, TiesNeitherAddressesNorNamesThatOthersHaveTomorrow) {
  for (const auto* host :
       {"", "localhost", "localhost:8443", "LocalHost.", "app.localhost", "127.0.0.1", "127.0.0.1:443", "127.1",
        "[::1]", "[2001:db8::1]:8443", "hub", "hub:443", "printer.local", "hub.test:1", "hub.internal", ".com", "."})
    EXPECT_FALSE(may_be_tied_to_tls(host)) << host;
}

}  // namespace
}  // namespace dirbridge::hub
