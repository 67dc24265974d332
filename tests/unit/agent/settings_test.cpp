#include "agent/settings.hpp"

#include <gtest/gtest.h>

#include "unit/agent/import_entries.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;

AgentSettings good_settings() {
  AgentSettings settings;
  settings.hub_url = "wss://hub.example.org:8443";
  settings.users.bases = {people};
  settings.groups.bases = {groups};
  settings.directory.urls = {"ldap://127.0.0.1:3890"};
  return settings;
}
std::string problem(const AgentSettings& settings) {
  const auto checked = check(settings);
  return checked ? "" : checked.error().message();
}

TEST(AgentSettings, WhatIsRightIsAccepted) { EXPECT_EQ(problem(good_settings()), ""); }

TEST(AgentSettings, PlainWebSocketsAreForLoopbackUnlessAllowed) {
  auto settings = good_settings();
  settings.hub_url = "ws://127.0.0.1:8080";
  EXPECT_EQ(problem(settings), "");
  settings.hub_url = "ws://hub.example.org";
  EXPECT_TRUE(problem(settings).starts_with("agent.hub_url: "));
  settings.allow_plain = true;
  EXPECT_EQ(problem(settings), "");
  settings.hub_url = "https://hub.example.org";
  EXPECT_TRUE(problem(settings).starts_with("agent.hub_url: "));
}

TEST(AgentSettings, EveryProblemNamesItsKey) {
  auto settings = good_settings();
  settings.users.bases = {"=no name="};
  settings.groups.filter = "(cn=";
  settings.settle_interval = settings.settle;
  settings.reconnect_base = settings.reconnect_max + 1ms;
  settings.credit = 0;
  const auto text = problem(settings);
  for (const auto* key : {"import.user_bases: ", "import.group_filter: ", "agent.settle_interval: ",
                          "agent.reconnect_base: ", "agent.credit: "})
    EXPECT_NE(text.find(key), std::string::npos) << key << " in\n" << text;
}

}  // namespace
}  // namespace dirbridge::agent
