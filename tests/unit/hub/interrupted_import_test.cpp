// An import that was running when the hub was killed: what the System Log says of it afterwards.
#include "api_fixture.hpp"

namespace dirbridge::hub {
namespace {

class InterruptedImport : public HubApi {
 protected:
  InterruptedImport() : HubApi(leave_one_running) {}
  static void leave_one_running(const std::string& data_dir) {
    furnish(data_dir);
    const auto ledger = ledger::open_sqlite_ledger({.path = data_dir + "/ledger.sqlite"}).value();
    append(*ledger, DirectoryId{"0oaCorpCorpCorpCorp1"},
           {ledger::ImportStarted{ImportId{"impTwoTwoTwoTwoTwo02"}, AgentId{"a53"}, ""}});
  }
};

TEST_F(InterruptedImport, EndsInTheSystemLogWithAFailureOnce) {
  constexpr auto target = "/api/v1/logs?filter=eventType%20eq%20%22system.import.complete%22";
  auto events = Json::parse(call("GET", target).body);
  ASSERT_EQ(events.size(), 1u) << events.dump(1);
  EXPECT_EQ(events[0]["outcome"]["result"], "FAILURE");
  EXPECT_NE(events[0]["outcome"]["reason"].get<std::string>().find("restarted"), std::string::npos);
  EXPECT_EQ(events[0]["target"][0]["id"], "0oaCorpCorpCorpCorp1");
  restart();
  events = Json::parse(call("GET", target).body);
  EXPECT_EQ(events.size(), 1u) << events.dump(1);
}

}  // namespace
}  // namespace dirbridge::hub
