#include "agent/importer.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "support/run_until.hpp"
#include "support/scripted_directory.hpp"
#include "unit/agent/import_entries.hpp"

namespace dirbridge::agent {
namespace {

using namespace test;
using dirbridge::test::run_until;
using dirbridge::test::ScriptedDirectory;

struct ImporterTest : testing::Test {
  asio::io_context loop;
  std::shared_ptr<ScriptedDirectory> directory = std::make_shared<ScriptedDirectory>(loop.get_executor());
  ImportSettings settings{.users = {{people}, "(objectClass=inetOrgPerson)"},
                          .groups = {{groups}, "(objectClass=groupOfNames)"},
                          .ack_timeout = 10s};
  std::vector<proto::AgentFrame> frames;
  bool session = true;
  bool acks = true;
  std::unique_ptr<Importer> importer;

  void SetUp() override {
    importer =
        std::make_unique<Importer>(loop.get_executor(), directory, settings, [this](const proto::AgentFrame& frame) {
          if (!session) return false;
          EXPECT_TRUE(proto::parse_agent_frame(proto::to_json(frame))) << proto::to_json(frame).substr(0, 300);
          frames.push_back(frame);
          const auto* batch = std::get_if<proto::ImportBatch>(&frame);
          if (batch != nullptr && acks) importer->acknowledged({batch->import, batch->sequence});
          return true;
        });
    directory->entries = {{people, {}}, {groups, {}}};
  }
  void request(const std::string& id = "imp1") { importer->request({ImportId{id}, RequestId{"req"}}); }
  bool over() {
    return run_until(loop, [&] { return !importer->is_running(); });
  }
  template <class Frame>
  std::vector<Frame> all() {
    std::vector<Frame> found;
    for (const auto& frame : frames)
      if (const auto* wanted = std::get_if<Frame>(&frame)) found.push_back(*wanted);
    return found;
  }
};

TEST_F(ImporterTest, UsersAndGroupsAreSentInNumberedBatchesAndThenTheEnd) {
  settings.batch_entries = 4;
  SetUp();
  for (int i = 0; i < 10; ++i) directory->entries[people].push_back(user_entry("u" + std::to_string(i)));
  directory->entries[groups] = {group_entry("g1", 2), group_entry("g2", 0)};
  request();
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportBegin>().size(), 1u);
  const auto batches = all<proto::ImportBatch>();
  ASSERT_EQ(batches.size(), 3u);
  for (std::size_t i = 0; i < batches.size(); ++i) EXPECT_EQ(batches[i].sequence, i);
  ASSERT_EQ(all<proto::ImportEnd>().size(), 1u);
  EXPECT_EQ(all<proto::ImportEnd>()[0].users, 10u);
  EXPECT_EQ(all<proto::ImportEnd>()[0].groups, 2u);
  EXPECT_EQ(batches[2].groups[0].member_keys.size(), 2u);
}

TEST_F(ImporterTest, ALargeGroupComesInPiecesThatAllCarryItsAttributes) {
  settings.members_per_piece = 1000;
  SetUp();
  directory->entries[groups] = {group_entry("big", 2500)};
  request();
  ASSERT_TRUE(over());
  std::vector<proto::ImportedGroup> pieces;
  for (const auto& batch : all<proto::ImportBatch>())
    for (const auto& group : batch.groups) pieces.push_back(group);
  ASSERT_EQ(pieces.size(), 3u);
  std::set<std::string> keys;
  for (const auto& piece : pieces) {
    EXPECT_EQ(piece.name, "big");
    EXPECT_EQ(piece.stable_id, "uuid-big");
    EXPECT_LE(piece.member_keys.size(), 1000u);
    keys.insert(piece.member_keys.begin(), piece.member_keys.end());
  }
  EXPECT_EQ(keys.size(), 2500u);
  EXPECT_EQ(all<proto::ImportEnd>()[0].groups, 1u);
}

TEST_F(ImporterTest, NoBatchGoesFarOverItsSize) {
  settings.batch_bytes = 8 << 10;
  SetUp();
  for (int i = 0; i < 20; ++i) directory->entries[groups].push_back(group_entry("g" + std::to_string(i), 60));
  request();
  ASSERT_TRUE(over());
  for (const auto& batch : all<proto::ImportBatch>()) EXPECT_LT(proto::to_json(batch).size(), 16u << 10);
}

TEST_F(ImporterTest, AtMostFourBatchesAreOnTheirWay) {
  settings.batch_entries = 1;
  acks = false;
  SetUp();
  for (int i = 0; i < 10; ++i) directory->entries[people].push_back(user_entry("u" + std::to_string(i)));
  request();
  ASSERT_TRUE(run_until(loop, [&] { return all<proto::ImportBatch>().size() == 4; }));
  for (int i = 0; i < 50; ++i) loop.poll();
  EXPECT_EQ(all<proto::ImportBatch>().size(), 4u);
  importer->acknowledged({ImportId{"imp1"}, 0});
  ASSERT_TRUE(run_until(loop, [&] { return all<proto::ImportBatch>().size() == 5; }));
  acks = true;
  importer->acknowledged({ImportId{"imp1"}, 4});
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportEnd>().size(), 1u);
}

TEST_F(ImporterTest, AHubThatDoesNotAcknowledgeFailsTheImport) {
  settings.batch_entries = 1;
  settings.ack_timeout = 30ms;
  acks = false;
  SetUp();
  directory->entries[people] = {user_entry("u1")};
  request();
  ASSERT_TRUE(over());
  EXPECT_TRUE(all<proto::ImportEnd>().empty()) << "the last batch counts too";
  EXPECT_EQ(all<proto::ImportFailed>().size(), 1u);
}

TEST_F(ImporterTest, AnIncompleteSearchIsNeverAnEnd) {
  directory->entries[people] = {user_entry("u1")};
  directory->search_error = Error{ldap::make_code(4), "size limit"};
  request();
  ASSERT_TRUE(over());
  EXPECT_TRUE(all<proto::ImportEnd>().empty());
  ASSERT_EQ(all<proto::ImportFailed>().size(), 1u);
  EXPECT_NE(all<proto::ImportFailed>()[0].reason.find(people), std::string::npos);
}

TEST_F(ImporterTest, ABaseThatDoesNotExistFailsTheImport) {
  directory->entries.erase(groups);
  request();
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportFailed>().size(), 1u);
}

TEST_F(ImporterTest, AnEntryThatCannotBeImportedFailsTheImportAndIsNamed) {
  directory->entries[people] = {user_entry("u1"), {user_dn("u2"), {}}};
  request();
  ASSERT_TRUE(over());
  ASSERT_EQ(all<proto::ImportFailed>().size(), 1u);
  EXPECT_NE(all<proto::ImportFailed>()[0].reason.find("u2"), std::string::npos);
}

TEST_F(ImporterTest, EntriesWhoseNamesCannotBeHeldAreLeftOutAndTheRestIsImported) {
  auto too_long = user_entry("long");
  too_long.dn = "uid=" + std::string(5'000, 'x') + "," + people;
  auto no_name = user_entry("none");
  no_name.dn = "no name";
  auto long_group = group_entry("long", 1);
  long_group.dn = "cn=" + std::string(5'000, 'x') + "," + groups;
  auto group = group_entry("g", 2);
  group.attributes.back().values.push_back(too_long.dn);
  directory->entries[people] = {user_entry("u0"), too_long, no_name, user_entry("u1")};
  directory->entries[groups] = {long_group, group};
  request();
  ASSERT_TRUE(over());
  ASSERT_EQ(all<proto::ImportEnd>().size(), 1u) << all<proto::ImportFailed>().at(0).reason;
  EXPECT_EQ(all<proto::ImportEnd>()[0].users, 2u);
  EXPECT_EQ(all<proto::ImportEnd>()[0].groups, 1u);
  const auto batch = all<proto::ImportBatch>().at(0);
  ASSERT_EQ(batch.users.size(), 2u);
  ASSERT_EQ(batch.groups.size(), 1u);
  EXPECT_EQ(batch.groups[0].member_keys.size(), 2u);
}

TEST_F(ImporterTest, AnEntryWithoutAnyNameIsNoEntryAndFailsTheImport) {
  auto empty = user_entry("u1");
  empty.dn = "";
  directory->entries[people] = {empty};
  request();
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportFailed>().size(), 1u);
}

TEST_F(ImporterTest, AMemberThatIsNoNameIsLeftOut) {
  auto entry = group_entry("g", 2);
  entry.attributes.back().values.push_back("");
  directory->entries[groups] = {entry};
  request();
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportBatch>()[0].groups[0].member_keys.size(), 2u);
  EXPECT_EQ(all<proto::ImportEnd>().size(), 1u);
}

TEST_F(ImporterTest, ASecondImportIsRefusedWhileOneRuns) {
  request("imp1");
  request("imp2");
  ASSERT_TRUE(over());
  ASSERT_EQ(all<proto::ImportFailed>().size(), 1u);
  EXPECT_EQ(all<proto::ImportFailed>()[0].import, ImportId{"imp2"});
  EXPECT_EQ(all<proto::ImportEnd>().size(), 1u);
  request("imp3");
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportEnd>().size(), 2u);
}

TEST_F(ImporterTest, AnImportDoesNotOutliveItsSession) {
  settings.batch_entries = 1;
  acks = false;
  SetUp();
  for (int i = 0; i < 10; ++i) directory->entries[people].push_back(user_entry("u" + std::to_string(i)));
  request("imp1");
  ASSERT_TRUE(run_until(loop, [&] { return all<proto::ImportBatch>().size() == 4; }));
  importer->session_ended();
  acks = true;
  request("imp2");
  ASSERT_TRUE(run_until(loop, [&] { return all<proto::ImportEnd>().size() == 1; }));
  EXPECT_EQ(all<proto::ImportEnd>()[0].import, ImportId{"imp2"});
  EXPECT_TRUE(all<proto::ImportFailed>().empty());
  std::size_t of_first = 0;
  for (const auto& batch : all<proto::ImportBatch>()) of_first += batch.import == ImportId{"imp1"} ? 1 : 0;
  EXPECT_EQ(of_first, 4u) << "the first import went on";
}

TEST_F(ImporterTest, AStopFailsTheImportWithItsReason) {
  settings.batch_entries = 1;
  acks = false;
  SetUp();
  for (int i = 0; i < 10; ++i) directory->entries[people].push_back(user_entry("u" + std::to_string(i)));
  request();
  ASSERT_TRUE(run_until(loop, [&] { return all<proto::ImportBatch>().size() == 4; }));
  importer->stop("the agent is stopping");
  ASSERT_TRUE(over());
  ASSERT_EQ(all<proto::ImportFailed>().size(), 1u);
  EXPECT_EQ(all<proto::ImportFailed>()[0].reason, "the agent is stopping");
}

TEST_F(ImporterTest, TheFirstWordOfAnImportIsWhatTheDirectoryIs) {
  request();
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportBegin>().at(0).kind, proto::DirectoryKind::ldap);
  EXPECT_EQ(directory->searches.size(), 2u) << "nothing more is asked of an LDAP server";
}

TEST_F(ImporterTest, ADirectoryThatCannotBeAskedIsOfNoKindAndTheImportFails) {
  directory->kind_error = Error{errc::unavailable, "no route"};
  request();
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportBegin>().at(0).kind, proto::DirectoryKind::unsaid);
  ASSERT_EQ(all<proto::ImportFailed>().size(), 1u);
  EXPECT_NE(all<proto::ImportFailed>()[0].reason.find("no route"), std::string::npos);
}

struct WindowsImport : ImporterTest {
  void SetUp() override {
    ImporterTest::SetUp();
    directory->server_kind = ldap::ServerKind::active_directory;
    directory->entries[people] = {windows_user("ann")};
    directory->entries[groups] = {windows_group("g", "2")};
    directory->entries[""] = {{"", {{"configurationNamingContext", {"CN=Configuration,DC=example,DC=org"}}}}};
    directory->entries[partitions] = {
        {"CN=BROKEN," + partitions, {{"nCName", {"no name"}}, {"nETBIOSName", {"BROKEN"}}}},
        {"CN=CORP," + partitions, {{"nCName", {"DC=example,DC=org"}}, {"nETBIOSName", {"CORP"}}}}};
  }
  std::string domain() {
    const auto batches = all<proto::ImportBatch>();
    return batches.empty() || batches[0].groups.empty() ? "no group" : batches[0].groups[0].domain;
  }
  const std::string partitions = "CN=Partitions,CN=Configuration,DC=example,DC=org";
};

TEST_F(WindowsImport, KnowsWhatTheForestCallsTheDomain) {
  request();
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportBegin>().at(0).kind, proto::DirectoryKind::active_directory);
  EXPECT_EQ(all<proto::ImportEnd>().size(), 1u);
  EXPECT_EQ(domain(), "CORP");
}

TEST_F(WindowsImport, GoesByTheNamesOfEntriesWhereTheForestDoesNotSay) {
  directory->entries.erase(partitions);
  request();
  ASSERT_TRUE(over());
  EXPECT_EQ(all<proto::ImportEnd>().size(), 1u) << "that alone fails no import";
  EXPECT_EQ(domain(), "EXAMPLE");
  frames.clear();
  directory->entries.erase("");
  request();
  ASSERT_TRUE(over());
  EXPECT_EQ(domain(), "EXAMPLE");
}

}  // namespace
}  // namespace dirbridge::agent
