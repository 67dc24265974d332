// Times of objects are shown in whole seconds, and no change is lost to it (contract B5).
#include "api_fixture.hpp"

namespace dirbridge::hub {
namespace {

// 2026-11-23T18:44:38.120Z
constexpr auto at = std::chrono::milliseconds{1'795'459'478'120};

class ObjectTimes : public HubApi {
 protected:
  ObjectTimes() : HubApi(furnish_at) {}
  static void furnish_at(const std::string& data_dir) {
    make_data_dir(data_dir).value();
    const auto ledger = ledger::open_sqlite_ledger({.path = data_dir + "/ledger.sqlite"}).value();
    const ImportId import{"impOneOneOneOneOne01"};
    ledger::ImportStaged staged{import, {}, {}};
    staged.users.emplace_back(UserId{"00uUserUserUserUser0"},
                              proto::ImportedUser{"uuid-u", "cn=u,dc=x", "cn=u,dc=x", "u", "", "", "", "u"});
    // The second group changes 300 ms later, within the same second.
    auto later = staged;
    for (auto* batch : {&staged, &later}) {
      const std::string name = batch == &staged ? "g" : "h";
      batch->groups.emplace_back(GroupId{"00gGroupGroupGroup0" + name}, proto::ImportedGroup{"uuid-" + name,
                                                                                             "cn=" + name + ",dc=x",
                                                                                             "cn=" + name + ",dc=x",
                                                                                             name,
                                                                                             "",
                                                                                             "member",
                                                                                             "groupOfNames",
                                                                                             {"cn=u,dc=x"}});
    }
    later.users.clear();
    std::vector<ledger::Record> records;
    const DirectoryId directory{"0oaCorpCorpCorpCorp1"};
    const auto add = [&](ledger::Body body, milliseconds after = {}) {
      records.push_back({0, directory, WallTime{at + after}, std::move(body)});
    };
    add(ledger::DirectoryCreated{"Corp", "LDAP"});
    add(ledger::ImportStarted{import, AgentId{"a53"}, ""});
    add(staged);
    add(later, 300ms);
    add(ledger::ImportApplied{import, 1, 2}, 400ms);
    add(ledger::OktaGroupCreated{GroupId{"00gOwnOwnOwnOwnOwn01"}, "own", ""}, 2'500ms);
    std::promise<result<std::uint64_t>> done;
    ledger->append(std::move(records), [&](result<std::uint64_t> appended) { done.set_value(std::move(appended)); });
    done.get_future().get().value();
  }
  Json get(const std::string& target) { return Json::parse(call("GET", target).body); }
  std::vector<std::string> groups(const std::string& filter) {
    std::vector<std::string> names;
    for (const auto& group : get("/api/v1/groups?filter=" + percent_encode(filter)))
      names.push_back(group["profile"]["name"]);
    return names;
  }
};

// Every text of `json` that is a time.
void each_time(const Json& json, const std::function<void(const std::string&)>& visit) {
  if (json.is_structured())
    for (const auto& one : json) each_time(one, visit);
  if (json.is_string() && json.get_ref<const std::string&>().starts_with("20") &&
      json.get_ref<const std::string&>().ends_with("Z"))
    visit(json);
}

TEST_F(ObjectTimes, AreWholeSeconds) {
  const auto hook = call("POST", "/api/v1/eventHooks",
                         R"({"name":"h","events":{"type":"EVENT_TYPE","items":["group.user_membership.add"]},)"
                         R"("channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"http://127.0.0.1:1/"}}})");
  EXPECT_EQ(hook.status, 200) << hook.body;
  const std::string app = "/api/v1/apps/0oaCorpCorpCorpCorp1";
  std::size_t seen = 0;
  for (const std::string& target :
       {std::string{"/api/v1/groups?expand=app"}, std::string{"/api/v1/users"}, std::string{"/api/v1/apps"},
        app + "/users", app + "/groups", std::string{"/api/v1/eventHooks"}})
    each_time(get(target), [&](const std::string& time) {
      ++seen;
      EXPECT_TRUE(time.ends_with(".000Z")) << target << " " << time;
    });
  EXPECT_GT(seen, 20u);
  EXPECT_EQ(get("/api/v1/groups/00gGroupGroupGroup0g")["lastUpdated"], "2026-11-23T18:44:38.000Z");
}

TEST_F(ObjectTimes, WhoeverTakesTheLastTimeItSawMissesNoChangeOfThatSecond) {
  // A poller saw g alone, before h came, and goes on from there.
  const auto seen = get("/api/v1/groups/00gGroupGroupGroup0g")["lastUpdated"].get<std::string>();
  for (const std::string attribute : {"lastUpdated", "lastMembershipUpdated"}) {
    EXPECT_EQ(groups(attribute + " gt \"" + seen + "\""), (std::vector<std::string>{"g", "h", "own"}));
    EXPECT_EQ(groups(attribute + " ge \"" + seen + "\""), (std::vector<std::string>{"g", "h", "own"}));
  }
  EXPECT_EQ(groups("lastUpdated gt \"2026-11-23T18:44:38.200Z\""), (std::vector<std::string>{"h", "own"}));
  EXPECT_EQ(groups("lastUpdated gt \"2026-11-23T18:44:40.620Z\""), std::vector<std::string>{});
}

TEST_F(ObjectTimes, TheOtherComparisonsAreWithWhatIsShown) {
  EXPECT_EQ(groups("lastUpdated eq \"2026-11-23T18:44:38.000Z\""), (std::vector<std::string>{"g", "h"}));
  EXPECT_EQ(groups("lastUpdated eq \"2026-11-23T18:44:38.120Z\""), std::vector<std::string>{});
  EXPECT_EQ(groups("lastUpdated le \"2026-11-23T18:44:38.000Z\""), (std::vector<std::string>{"g", "h"}));
  EXPECT_EQ(groups("lastUpdated lt \"2026-11-23T18:44:38.000Z\""), std::vector<std::string>{});
  EXPECT_EQ(groups("lastUpdated lt \"2026-11-23T18:44:38.001Z\""), (std::vector<std::string>{"g", "h"}));
}

}  // namespace
}  // namespace dirbridge::hub
