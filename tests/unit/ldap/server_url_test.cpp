#include "ldap/server_url.hpp"

#include <gtest/gtest.h>

namespace dirbridge::ldap {
namespace {

std::string spelled(std::string_view text) {
  const auto url = ServerUrl::parse(text);
  return url ? url->text() : url.error().message();
}

TEST(ServerUrl, DefaultsAndSpellings) {
  EXPECT_EQ(spelled("ldap://db.example.org"), "ldap://db.example.org:389");
  EXPECT_EQ(spelled("LDAPS://db.example.org/"), "ldaps://db.example.org:636");
  EXPECT_EQ(spelled("ldap://[::1]:1389"), "ldap://[::1]:1389");
  EXPECT_EQ(spelled("ldapi://%2Frun%2Fslapd%2Fldapi"), "ldapi://%2Frun%2Fslapd%2Fldapi");
  EXPECT_EQ(ServerUrl::parse("ldapi://%2Frun%2Fldapi")->socket_path, "/run/ldapi");
}

TEST(ServerUrl, WhatIsNoServerIsRefused) {
  for (const auto* text : {"", "db.example.org", "http://x", "ldap://", "ldap://x:0", "ldap://x:65536", "ldap://x:1a",
                           "ldap://x:", "ldap://::1", "ldap://[::1", "ldap://[::1]x", "ldap://x/dc=example",
                           "ldap://user@x", "ldap://x?y", "ldapi://", "ldapi:///run/ldapi", "ldap://a b"}) {
    const auto url = ServerUrl::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, errc::configuration);
  }
}

TEST(ServerUrl, LoopbackIsWhatNobodyElseHears) {
  for (const auto* text : {"ldapi://%2Fx", "ldap://127.0.0.1", "ldap://127.9.9.9", "ldap://localhost", "ldap://[::1]"})
    EXPECT_TRUE(ServerUrl::parse(text)->is_loopback()) << text;
  for (const auto* text : {"ldap://10.0.0.1", "ldap://localhost.example.org", "ldap://[::2]"})
    EXPECT_FALSE(ServerUrl::parse(text)->is_loopback()) << text;
}

}  // namespace
}  // namespace dirbridge::ldap
