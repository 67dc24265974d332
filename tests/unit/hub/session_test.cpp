// Who is let in as an agent, what a session tolerates, and imports.
#include "hub/system_log.hpp"
#include "hub_fixture.hpp"

namespace dirbridge::hub {
namespace {

class Session : public HubFixture {
 public:
  proto::Hello hello_with(const PlayedAgent& agent, const std::string& code) {
    proto::Hello hello;
    hello.enrol_code = code;
    hello.public_key = agent.key.public_key();
    hello.name = "played";
    hello.software = "test";
    hello.instance = agent.instance;
    return hello;
  }
  asio::awaitable<void> until_import(ImportId import, std::string wanted) {
    const auto row = co_await hub_->imports.wait(import, std::chrono::steady_clock::now() + 5s);
    if (!row || row->state != wanted)
      throw std::runtime_error("the import is " + (row ? row->state + " " + row->reason : "unknown"));
  }
};

TEST_F(Session, AnEnrolmentCodeWorksOnceForOneAgent) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    const auto code = co_await test->make_enrol_code();
    auto first = test->dial(), second = test->dial();
    first.say(test->hello_with(first, code));
    second.say(test->hello_with(second, code));
    EXPECT_FALSE((co_await first.hear<proto::Enrolled>()).agent.empty());
    const auto refusal = co_await second.hear<proto::GoAway>();
    EXPECT_TRUE(refusal.final);
    EXPECT_NE(refusal.reason.find("used"), std::string::npos);
  }(this));
}

TEST_F(Session, AnExpiredCodeAndAnUnknownAgentAreRefusedForGood) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    const auto code = co_await test->make_enrol_code(-1ms);
    auto late = test->dial();
    late.say(test->hello_with(late, code));
    EXPECT_TRUE((co_await late.hear<proto::GoAway>()).final);
    auto stranger = test->dial();
    proto::Hello hello;
    hello.agent = AgentId{"a53unknown"};
    hello.name = hello.software = hello.instance = "x";
    stranger.say(hello);
    EXPECT_TRUE((co_await stranger.hear<proto::GoAway>()).final);
  }(this));
}

TEST_F(Session, AProofWithAnotherKeyIsRefusedAndTheAgentIsNotConnected) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    agent.socket->abort();
    auto impostor = test->dial();
    impostor.id = agent.id;
    proto::Hello hello;
    hello.agent = agent.id;
    hello.name = hello.software = "x";
    hello.instance = impostor.instance;
    impostor.say(hello);
    const auto challenge = co_await impostor.hear<proto::Challenge>();
    impostor.say(proto::Proof{impostor.key.sign(proto::challenge_text(challenge.nonce, agent.id, impostor.instance))});
    EXPECT_TRUE((co_await impostor.hear<proto::GoAway>()).final);
    EXPECT_FALSE(test->hub_->registry.find(agent.id));
  }(this));
}

TEST_F(Session, AFrameThatBreaksTheProtocolEndsTheSessionWithAReason) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    for (const auto* text :
         {"{", "{\"type\":\"nonsense\"}", "{\"type\":\"poll\",\"poll\":1,\"credit\":0,\"wait_ms\":1}"}) {
      auto agent = test->dial();
      co_await test->enrol(agent);
      agent.socket->send(text);
      EXPECT_FALSE((co_await agent.hear<proto::GoAway>()).reason.empty()) << text;
    }
  }(this));
}

TEST_F(Session, APollThatIsOpenAlreadyBreaksTheProtocol) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    for (int twice = 0; twice < 2; ++twice) agent.say(proto::Poll{1, 16, 10'000ms});
    EXPECT_NE((co_await agent.hear<proto::GoAway>()).reason.find("is open already"), std::string::npos);
  }(this));
}

TEST_F(Session, ANewerConnectionOfTheSameAgentReplacesTheOlder) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    auto again = test->dial();
    again.id = agent.id;
    const auto key = agent.key.private_pem();
    again.key = *SigningKey::from_pem(key);
    co_await test->come_back(again);
    EXPECT_FALSE((co_await agent.hear<proto::GoAway>()).final);
    EXPECT_TRUE(test->hub_->registry.find(agent.id));
    EXPECT_EQ(test->hub_->registry.size(), 1u);
  }(this));
}

TEST_F(Session, AnImportIsAppliedOnlyWithTheCountsItsAgentProved) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    for (const std::uint64_t counted : {2, 3}) {
      const auto import = test->hub_->imports.request(test->directory_, new_request_id());
      if (!import) throw std::runtime_error(import.error().message());
      co_await agent.hear<proto::ImportRequest>();
      agent.say(proto::ImportBegin{*import, ""});
      proto::ImportBatch batch{*import, 0, {}, {}};
      // One of them twice, which is no third user.
      for (const auto* name : {"u0", "new", "new"}) {
        const auto dn = std::string{"uid="} + name + ",ou=people,dc=example,dc=org";
        batch.users.push_back({std::string{"uuid-"} + name, dn, dn, name, "", "", "", name});
      }
      agent.say(batch);
      agent.say(proto::ImportEnd{*import, counted, 0});
      co_await test->until_import(*import, counted == 2 ? "applied" : "dropped");
    }
    const auto row = test->hub_->store.views().directory(test->directory_);
    EXPECT_EQ(row->users, 2u);
    EXPECT_EQ(test->hub_->store.views().user_by_stable_id(test->directory_, "uuid-u0"), UserId{"00uu0"});
  }(this));
}

TEST_F(Session, AnImportMakesADirectoryWhatItsAgentSaysItIs) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    const auto kind = [&] { return test->hub_->store.views().directory(test->directory_)->kind; };
    EXPECT_EQ(kind(), "LDAP");
    for (const auto said : {proto::DirectoryKind::active_directory, proto::DirectoryKind::unsaid}) {
      const auto import = test->hub_->imports.request(test->directory_, new_request_id());
      co_await agent.hear<proto::ImportRequest>();
      agent.say(proto::ImportBegin{*import, "", said});
      proto::ImportBatch batch{*import, 0, {}, {}};
      batch.groups.push_back({"uuid-g", "CN=g,DC=x", "cn=g,dc=x", "g", "", "member", "group", {}});
      batch.groups[0].scope = proto::GroupScope::global;
      agent.say(batch);
      agent.say(proto::ImportEnd{*import, 0, 1});
      co_await test->until_import(*import, "applied");
      EXPECT_EQ(kind(), "AD");
    }
    EXPECT_EQ(test->hub_->store.views().group(test->directory_, test->group_)->group.scope, proto::GroupScope::global);
  }(this));
}

TEST_F(Session, AnImportTellsOfEachGroupThatItMakesChangesOrDeletes) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    const auto group = [](const std::string& name, const std::string& description) {
      return proto::ImportedGroup{"uuid-" + name, "cn=" + name, "cn=" + name,   name,
                                  description,    "member",     "groupOfNames", {}};
    };
    const std::vector<std::vector<proto::ImportedGroup>> generations{
        {group("a", ""), group("b", ""), group("c", "")},
        {group("a", "told anew"), group("b", ""), group("d", "")},
        {group("a", "told anew"), group("b", ""), group("d", "")}};
    std::vector<std::string> told;
    WallTime since = system_clock().wall_now() - 1s;
    std::uint64_t cursor = 0;
    for (const auto& groups : generations) {
      const auto import = test->hub_->imports.request(test->directory_, new_request_id());
      co_await agent.hear<proto::ImportRequest>();
      agent.say(proto::ImportBegin{*import, ""});
      agent.say(proto::ImportBatch{*import, 0, {}, groups});
      agent.say(proto::ImportEnd{*import, 0, groups.size()});
      co_await test->until_import(*import, "applied");
      co_await test->settle();
      std::string all;
      for (const auto& row : test->hub_->store.views().events(
               {.since = since, .until = system_clock().wall_now() + 1s, .cursor = cursor, .limit = 1000})) {
        cursor = row.sequence;
        const auto event = read_log_event(row.json, row.at);
        const auto type = event->at("eventType").get<std::string>();
        if (!type.starts_with("system.import.")) continue;
        all += type.substr(14);
        if (event->at("target").size() > 1) all += " " + event->at("target")[1]["displayName"].get<std::string>();
        const auto& details = event->at("debugContext").at("debugData");
        if (details.contains("groupsCreated"))
          all += " " + details["groupsCreated"].get<std::string>() + details["groupsUpdated"].get<std::string>() +
                 details["groupsDeleted"].get<std::string>();
        all += "; ";
      }
      told.push_back(all);
    }
    const auto count = [](const std::string& text, const std::string& part) {
      return text.find(part) != std::string::npos && text.find(part) == text.rfind(part);
    };
    for (const auto* part : {"group.create a; ", "group.create b; ", "group.create c; ", "group.delete g; "})
      EXPECT_TRUE(count(told[0], part)) << told[0];
    EXPECT_TRUE(told[0].starts_with("start; ")) << told[0];
    EXPECT_TRUE(told[0].ends_with("group_membership.complete; complete 301; ")) << told[0];
    for (const auto* part : {"group.create d; ", "group.update a; ", "group.delete c; "})
      EXPECT_TRUE(count(told[1], part)) << told[1];
    EXPECT_TRUE(told[1].ends_with("complete 111; ")) << told[1];
    EXPECT_EQ(told[2], "start; group_membership.complete; complete 000; ");
  }(this));
}

TEST_F(Session, AnAgentsSoftwareIsKnownWhenItIsGone) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    co_await test->settle();
    EXPECT_EQ(test->hub_->store.views().agent(agent.id)->software, "test");
    const auto before = test->hub_->store.views().last_sequence();
    auto again = test->dial();
    again.id = agent.id;
    again.key = std::move(agent.key);
    co_await test->come_back(again);
    co_await test->settle();
    EXPECT_LE(test->hub_->store.views().last_sequence(), before + 2) << "events of the link, and nothing else";
  }(this));
}

TEST_F(Session, AnAgentOfActiveDirectoryIsLoggedAsOne) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    const auto import = test->hub_->imports.request(test->directory_, new_request_id());
    co_await agent.hear<proto::ImportRequest>();
    agent.say(proto::ImportBegin{*import, "", proto::DirectoryKind::active_directory});
    agent.say(proto::ImportEnd{*import, 0, 0});
    co_await test->until_import(*import, "applied");
    agent.socket->abort();
    while (test->hub_->registry.is_connected(test->directory_)) co_await asio::post(asio::use_awaitable);
    const auto settled = co_await test->hub_->store.settle();
    EXPECT_TRUE(settled);
    const auto newest = test->hub_->store.views().events(
        {.until = system_clock().wall_now() + 1s, .cursor = 0, .newest_first = true, .limit = 1});
    if (newest.empty()) throw std::runtime_error("no event");
    const auto event = read_log_event(newest.front().json, newest.front().at);
    EXPECT_EQ(event->at("eventType"), "system.agent.ad.connect");
    EXPECT_EQ(event->at("outcome").at("result"), "FAILURE");
  }(this));
}

TEST_F(Session, AnOlderAgentImportsAsEverAndMayNotSayWhatItsVersionHasNot) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    for (const bool too_much : {false, true}) {
      auto agent = test->dial();
      auto hello = test->hello_with(agent, co_await test->make_enrol_code());
      hello.version = 2;
      agent.say(hello);
      agent.id = (co_await agent.hear<proto::Enrolled>()).agent;
      co_await test->prove(agent);
      const auto import = test->hub_->imports.request(test->directory_, new_request_id());
      co_await agent.hear<proto::ImportRequest>();
      agent.say(proto::ImportBegin{*import, "", {}});
      proto::ImportBatch batch{*import, 0, {{"uuid-u0", "uid=u0", "uid=u0", "u0", "", "", "", ""}}, {}};
      if (too_much) batch.users[0].object_sid = "S-1-5-21-1";
      agent.say(batch);
      if (!too_much) {
        agent.say(proto::ImportEnd{*import, 1, 0});
        co_await test->until_import(*import, "applied");
        agent.socket->abort();
        while (test->hub_->registry.is_connected(test->directory_)) co_await asio::post(asio::use_awaitable);
      } else {
        EXPECT_NE((co_await agent.hear<proto::GoAway>()).reason.find("version 3"), std::string::npos);
      }
    }
    EXPECT_EQ(test->hub_->store.views().directory(test->directory_)->kind, "LDAP");
  }(this));
}

TEST_F(Session, AnImportWhoseAgentLeavesIsDroppedAndNothingChanges) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    const auto import = test->hub_->imports.request(test->directory_, new_request_id());
    co_await agent.hear<proto::ImportRequest>();
    agent.say(proto::ImportBegin{*import, ""});
    agent.socket->abort();
    co_await test->until_import(*import, "dropped");
    EXPECT_EQ(test->hub_->store.views().directory(test->directory_)->users, 10u);
  }(this));
}

TEST_F(Session, ASecondImportOfADirectoryIsRefusedWhileOneRuns) {
  play([](Session* test) -> asio::awaitable<void> {
    co_await test->furnish();
    auto agent = test->dial();
    co_await test->enrol(agent);
    EXPECT_TRUE(test->hub_->imports.request(test->directory_, new_request_id()));
    EXPECT_EQ(test->hub_->imports.request(test->directory_, new_request_id()).error().code, errc::conflict);
  }(this));
}

}  // namespace
}  // namespace dirbridge::hub
