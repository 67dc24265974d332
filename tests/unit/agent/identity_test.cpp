#include "agent/identity.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "proto/frames.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::agent {
namespace {

struct IdentityTest : testing::Test {
  tests::TemporaryFolder folder;
  std::string state = folder.path() + "/state";
  static unsigned mode(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
  }
};

TEST_F(IdentityTest, TheFirstStartMakesAKeyThatOnlyItsOwnerReads) {
  auto identity = Identity::open(state);
  ASSERT_TRUE(identity) << identity.error().message();
  EXPECT_FALSE(identity->is_enrolled());
  EXPECT_EQ(mode(state + "/agent.key"), 0600u);
  EXPECT_EQ(mode(state), 0700u);
}

TEST_F(IdentityTest, TheKeyOutlivesAStartThatDidNotEnrol) {
  const auto key = Identity::open(state)->public_key();
  EXPECT_EQ(Identity::open(state)->public_key(), key);
}

TEST_F(IdentityTest, WhatTheHubAssignedIsThereAfterARestart) {
  ASSERT_TRUE(Identity::open(state)->enrolled(AgentId{"a53x"}, DirectoryId{"0oax"}));
  const auto identity = Identity::open(state);
  ASSERT_TRUE(identity);
  EXPECT_TRUE(identity->is_enrolled());
  EXPECT_EQ(identity->agent(), AgentId{"a53x"});
  EXPECT_EQ(identity->directory(), DirectoryId{"0oax"});
}

TEST_F(IdentityTest, TheProofIsASignatureOverTheChallengeAndTheSession) {
  auto identity = Identity::open(state);
  ASSERT_TRUE(identity->enrolled(AgentId{"a53x"}, DirectoryId{"0oax"}));
  const auto proof = identity->prove("nonce", "instance");
  EXPECT_TRUE(
      verify_signature(identity->public_key(), proto::challenge_text("nonce", AgentId{"a53x"}, "instance"), proof));
  EXPECT_FALSE(
      verify_signature(identity->public_key(), proto::challenge_text("nonce", AgentId{"a53x"}, "other"), proof));
}

TEST_F(IdentityTest, DamagedFilesAreNamed) {
  ASSERT_TRUE(Identity::open(state)->enrolled(AgentId{"a53x"}, DirectoryId{"0oax"}));
  for (const auto* damaged : {"", "{", "[]", "{\"agent\": 1}", "{\"agent\": \"a53x\"}"}) {
    ASSERT_TRUE(write_file(state + "/agent.json", damaged));
    const auto identity = Identity::open(state);
    ASSERT_FALSE(identity) << damaged;
    EXPECT_NE(identity.error().message().find("agent.json"), std::string::npos);
  }
  ASSERT_TRUE(write_file(state + "/agent.key", "no key"));
  const auto identity = Identity::open(state);
  ASSERT_FALSE(identity);
  EXPECT_NE(identity.error().message().find("agent.key"), std::string::npos);
}

TEST_F(IdentityTest, AnIdentityWithoutItsKeyIsNotReplacedByANewOne) {
  ASSERT_TRUE(Identity::open(state)->enrolled(AgentId{"a53x"}, DirectoryId{"0oax"}));
  std::filesystem::remove(state + "/agent.key");
  const auto identity = Identity::open(state);
  ASSERT_FALSE(identity);
  EXPECT_NE(identity.error().message().find("agent.key"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(state + "/agent.key"));
}

TEST_F(IdentityTest, ASecondAgentOnTheSameFolderIsRefusedAndToldWhoHasIt) {
  auto first = Identity::open(state);
  ASSERT_TRUE(first);
  const auto second = Identity::open(state);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::conflict);
  EXPECT_NE(second.error().message().find("process " + std::to_string(::getpid())), std::string::npos)
      << second.error().message();
  const Identity moved = std::move(*first);  // the lock goes along
  EXPECT_FALSE(Identity::open(state));
}

TEST_F(IdentityTest, TheFolderIsFreeWhenItsAgentHasGone) {
  { const auto first = Identity::open(state); }
  EXPECT_TRUE(Identity::open(state));
}

TEST_F(IdentityTest, AFolderThatCannotBeMadeIsNamed) {
  ASSERT_TRUE(write_file(folder.path() + "/file", "x"));
  const auto identity = Identity::open(folder.path() + "/file/state");
  ASSERT_FALSE(identity);
  EXPECT_NE(identity.error().message().find("state_dir"), std::string::npos);
}

}  // namespace
}  // namespace dirbridge::agent
