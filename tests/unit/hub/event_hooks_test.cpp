// Event hooks over HTTP, with a real receiver: made, verified, told of events once, and again after a failure once.
#include "api_fixture.hpp"
#include "hub/hooks/hook_call.hpp"
#include "hub/hooks/hook_service.hpp"
#include "hub/system_log.hpp"
#include "hub_fixture.hpp"
#include "net/tls.hpp"
#include "support/web_receiver.hpp"

namespace dirbridge::hub {
namespace {

constexpr std::string_view challenge_header = "X-Okta-Verification-Challenge";

net::HttpResponse prove(const net::HttpRequest& request) {
  if (request.method != "GET") return {204, {}, ""};
  const Json proof{{"verification", std::string{request.header(challenge_header)}}};
  return {200, {{"Content-Type", "application/json"}}, proof.dump()};
}

class EventHooksApi : public HubApi {
 protected:
  static constexpr const char* hooks = "/api/v1/eventHooks";
  ~EventHooksApi() override {
    bool stopped = false;
    asio::co_spawn(loop_, receiver_.stop(), [&](std::exception_ptr) { stopped = true; });
    EXPECT_TRUE(test::run_until(loop_, [&] { return stopped; }));
  }
  Json definition() const {
    return {{"name", "Watcher"},
            {"events",
             {{"type", "EVENT_TYPE"},
              {"items", Json::array({"group.user_membership.add", "group.user_membership.remove"})}}},
            {"channel",
             {{"type", "HTTP"},
              {"version", "1.0.0"},
              {"config",
               {{"uri", receiver_.url() + "/hook?x=1"},
                {"headers", Json::array({{{"key", "X-Other"}, {"value", "o"}}})},
                {"authScheme", {{"type", "HEADER"}, {"key", "authorization"}, {"value", "top secret"}}}}}}}};
  }
  static std::string at(const std::string& id) { return std::string{hooks} + "/" + id; }
  std::string make() {
    const auto made = call("POST", hooks, definition().dump());
    EXPECT_EQ(made.status, 200) << made.body;
    return Json::parse(made.body)["id"];
  }
  std::string make_verified() {
    const auto id = make();
    EXPECT_EQ(call("POST", at(id) + "/lifecycle/verify").status, 200);
    receiver_.seen.clear();
    return id;
  }
  Json get(const std::string& target) { return Json::parse(call("GET", target).body); }
  std::string make_group(const std::string& name) {
    return Json::parse(call("POST", "/api/v1/groups", Json{{"profile", {{"name", name}}}}.dump()).body)["id"];
  }
  // One event of those the hook wants.
  void cause_an_event(const char* method = "PUT") {
    if (group_.empty()) group_ = make_group("Own");
    EXPECT_EQ(call(method, "/api/v1/groups/" + group_ + "/users/00uUserUserUserUser0").status, 204);
  }
  bool came(std::size_t count) {
    return test::run_until(loop_, [&] { return receiver_.seen.size() >= count; });
  }

  test::WebReceiver receiver_{loop_, prove};
  std::string group_;
};

TEST_F(EventHooksApi, AHookIsMadeUnverifiedAndItsSecretIsNeverShown) {
  const auto made = call("POST", hooks, definition().dump());
  ASSERT_EQ(made.status, 200) << made.body;
  const auto hook = Json::parse(made.body);
  EXPECT_TRUE(hook["id"].get<std::string>().starts_with("who"));
  EXPECT_EQ(hook["id"].get<std::string>().size(), 20u);
  EXPECT_EQ(hook["status"], "ACTIVE");
  EXPECT_EQ(hook["verificationStatus"], "UNVERIFIED");
  EXPECT_EQ(hook["channel"]["config"]["authScheme"], (Json{{"type", "HEADER"}, {"key", "authorization"}}));
  EXPECT_EQ(hook["channel"]["config"]["method"], "POST");
  EXPECT_TRUE(hook["_links"].contains("deactivate") && !hook["_links"].contains("activate"));
  EXPECT_EQ(made.body.find("top secret"), std::string::npos);
  EXPECT_EQ(get(at(hook["id"])), hook);
  EXPECT_EQ(get(hooks), Json::array({hook}));
  EXPECT_TRUE(receiver_.seen.empty());
}

TEST_F(EventHooksApi, VerificationIsOneGetWithAChallengeAndTheHeadersOfTheChannel) {
  const auto id = make();
  const auto verified = call("POST", at(id) + "/lifecycle/verify");
  ASSERT_EQ(verified.status, 200) << verified.body;
  EXPECT_EQ(Json::parse(verified.body)["verificationStatus"], "VERIFIED");
  ASSERT_EQ(receiver_.seen.size(), 1u);
  const auto& asked = receiver_.seen[0];
  EXPECT_EQ(asked.method, "GET");
  EXPECT_EQ(asked.target, "/hook?x=1");
  EXPECT_EQ(asked.header("Authorization"), "top secret");
  EXPECT_EQ(asked.header("X-Other"), "o");
  EXPECT_FALSE(asked.header(challenge_header).empty());
}

TEST_F(EventHooksApi, AReceiverThatDoesNotRepeatTheChallengeIsNotVerifiedAndTheCauseSaysWhy) {
  const auto id = make();
  receiver_.answer = [](const net::HttpRequest&) { return net::HttpResponse{200, {}, R"({"verification":"x"})"}; };
  auto refused = refusal(call("POST", at(id) + "/lifecycle/verify"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code, "E0000001");
  EXPECT_NE(refused.causes.find("is not the challenge"), std::string::npos) << refused.causes;
  receiver_.answer = [](const net::HttpRequest&) { return net::HttpResponse{302, {{"Location", "/"}}, ""}; };
  refused = refusal(call("POST", at(id) + "/lifecycle/verify"));
  EXPECT_NE(refused.causes.find("302"), std::string::npos) << refused.causes;
  EXPECT_EQ(get(at(id))["verificationStatus"], "UNVERIFIED");
}

TEST_F(EventHooksApi, AnEventIsDeliveredAsOktaDoesAndOthersAreNot) {
  const auto id = make_verified();
  cause_an_event();
  ASSERT_TRUE(came(1));
  const auto& sent = receiver_.seen[0];
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.header("Content-Type"), "application/json");
  EXPECT_EQ(sent.header("Authorization"), "top secret");
  const auto body = Json::parse(sent.body);
  EXPECT_EQ(body["eventType"], "com.okta.event_hook");
  EXPECT_EQ(body["eventTypeVersion"], "1.0");
  EXPECT_EQ(body["cloudEventsVersion"], "0.1");
  EXPECT_EQ(body["contentType"], "application/json");
  EXPECT_EQ(body["source"], "http://127.0.0.1:" + std::to_string(hub_->port()) + at(id));
  ASSERT_EQ(body["data"]["events"].size(), 1u);
  const auto logged = get("/api/v1/logs?filter=eventType%20eq%20%22group.user_membership.add%22");
  ASSERT_EQ(logged.size(), 1u);
  EXPECT_EQ(body["data"]["events"][0], logged[0]);
}

TEST_F(EventHooksApi, AfterAServersErrorItIsSentOnceMoreAndNotAgain) {
  make_verified();
  receiver_.answer = [](const net::HttpRequest&) { return net::HttpResponse{503, {}, ""}; };
  cause_an_event();
  ASSERT_TRUE(came(2));
  EXPECT_EQ(receiver_.seen[0].body, receiver_.seen[1].body);
  receiver_.answer = prove;
  cause_an_event("DELETE");
  ASSERT_TRUE(came(3));
  EXPECT_EQ(Json::parse(receiver_.seen[2].body)["data"]["events"][0]["eventType"], "group.user_membership.remove");
}

TEST_F(EventHooksApi, ARefusalOfTheReceiverIsFinal) {
  make_verified();
  receiver_.answer = [](const net::HttpRequest&) { return net::HttpResponse{404, {}, ""}; };
  cause_an_event();
  ASSERT_TRUE(came(1));
  cause_an_event("DELETE");
  ASSERT_TRUE(came(2));
  EXPECT_NE(receiver_.seen[0].body, receiver_.seen[1].body);
}

TEST_F(EventHooksApi, NothingGoesToAHookThatIsUnverifiedOrOff) {
  const auto id = make();
  cause_an_event();
  EXPECT_EQ(call("POST", at(id) + "/lifecycle/verify").status, 200);
  const auto off = call("POST", at(id) + "/lifecycle/deactivate");
  EXPECT_EQ(Json::parse(off.body)["status"], "INACTIVE");
  EXPECT_TRUE(Json::parse(off.body)["_links"].contains("activate"));
  cause_an_event("DELETE");
  EXPECT_EQ(Json::parse(call("POST", at(id) + "/lifecycle/activate").body)["status"], "ACTIVE");
  cause_an_event();
  ASSERT_TRUE(came(2));
  ASSERT_EQ(receiver_.seen.size(), 2u) << "the verification, and the last event only";
  const auto events = Json::parse(receiver_.seen[1].body)["data"]["events"];
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["eventType"], "group.user_membership.add");
}

TEST_F(EventHooksApi, AnotherChannelMustBeVerifiedAnewAndTheSecretStaysIfItIsNotGiven) {
  const auto id = make_verified();
  auto changed = definition();
  changed["name"] = "Renamed";
  changed["channel"]["config"]["authScheme"].erase("value");
  auto answer = Json::parse(call("PUT", at(id), changed.dump()).body);
  EXPECT_EQ(answer["name"], "Renamed");
  EXPECT_EQ(answer["verificationStatus"], "VERIFIED");
  cause_an_event();
  ASSERT_TRUE(came(1));
  EXPECT_EQ(receiver_.seen[0].header("Authorization"), "top secret");
  changed["channel"]["config"]["uri"] = receiver_.url() + "/elsewhere";
  answer = Json::parse(call("PUT", at(id), changed.dump()).body);
  EXPECT_EQ(answer["verificationStatus"], "UNVERIFIED");
}

TEST_F(EventHooksApi, ADeletedHookIsGone) {
  const auto id = make_verified();
  EXPECT_EQ(refusal(call("DELETE", at(id))).code, "E0000006") << "it is active";
  EXPECT_EQ(call("POST", at(id) + "/lifecycle/deactivate").status, 200);
  EXPECT_EQ(call("DELETE", at(id)).status, 204);
  EXPECT_EQ(get(hooks), Json::array());
  for (const auto* way : {"", "/lifecycle/verify", "/lifecycle/activate", "/lifecycle/deactivate"})
    EXPECT_EQ(refusal(call(*way == 0 ? "GET" : "POST", at(id) + way)).code, "E0000007");
  EXPECT_EQ(refusal(call("PUT", at(id), definition().dump())).status, 404);
  EXPECT_EQ(refusal(call("DELETE", at(id))).status, 404);
}

TEST_F(EventHooksApi, EveryWrongFieldIsNamedAtOnce) {
  auto wrong = definition();
  wrong["name"] = " ";
  wrong["events"]["items"] = Json::array({"directory.external.group.membership.add", "no type!"});
  wrong["channel"]["config"]["uri"] = "ftp://x/";
  wrong["channel"]["config"]["headers"] =
      Json::array({{{"key", "Host"}, {"value", "h"}}, {{"key", "X"}, {"value", "a\nb"}}});
  wrong["channel"]["config"]["authScheme"]["value"] = "";
  const auto refused = refusal(call("POST", hooks, wrong.dump()));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code, "E0000001");
  for (const auto* part : {"name: ", "is not eligible for event hooks", "holds what is no event type",
                           "channel.config.uri: ", "may be set", "the value of X", "authScheme.value: "})
    EXPECT_NE(refused.causes.find(part), std::string::npos) << part << "\n" << refused.causes;
  EXPECT_EQ(refusal(call("POST", hooks, "{")).code, "E0000003");
  EXPECT_EQ(refusal(call("POST", hooks, "[]")).code, "E0000003");
  for (const auto* part : {"name", "events", "channel"}) {
    auto without = definition();
    without.erase(part);
    EXPECT_NE(refusal(call("POST", hooks, without.dump())).causes.find(part), std::string::npos);
  }
}

TEST_F(EventHooksApi, ATwentySixthHookIsRefused) {
  for (std::size_t i = 0; i < max_event_hooks; ++i) make();
  const auto refused = refusal(call("POST", hooks, definition().dump()));
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.causes.find("at most 25"), std::string::npos);
}

TEST_F(EventHooksApi, TheScopesAreThoseOfEventHooks) {
  const auto token = Json::parse(
      call("POST", "/_dirbridge/v1/tokens", R"({"name":"r","scopes":["okta.eventHooks.read"]})").body)["token"];
  const net::Headers reader{{"Authorization", "SSWS " + token.get<std::string>()}};
  EXPECT_EQ(call("GET", hooks, {}, reader).status, 200);
  EXPECT_EQ(call("POST", hooks, definition().dump(), reader).status, 403);
}

class KeptHook : public HubApi {
 protected:
  KeptHook() : HubApi(keep_one) {}
  static void keep_one(const std::string& data_dir) {
    furnish(data_dir);
    EventHook hook;
    hook.name = "Kept";
    hook.events = {"group.user_membership.add"};
    hook.uri = "http://127.0.0.1:1/";
    hook.is_verified = true;
    const auto ledger = ledger::open_sqlite_ledger({.path = data_dir + "/ledger.sqlite"}).value();
    append(*ledger, {},
           {ledger::EventHookCreated{ledger::EventHookId{"whoKept"}, to_text(hook)},
            ledger::EventHookCreated{ledger::EventHookId{"whoWorn"}, "{}"}});
  }
};

TEST_F(KeptHook, IsThereAfterARestartAndAnUnreadableOneIsPassedOver) {
  const auto all = Json::parse(call("GET", "/api/v1/eventHooks").body);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]["id"], "whoKept");
  EXPECT_EQ(all[0]["verificationStatus"], "VERIFIED");
  EXPECT_EQ(call("POST", "/api/v1/eventHooks/whoKept/lifecycle/deactivate").status, 200);
  EXPECT_EQ(call("DELETE", "/api/v1/eventHooks/whoKept").status, 204);
}

class HookReceiverTls : public HubFixture {};

TEST_F(HookReceiverTls, IsBelievedIfItsCertificateIsOfTheAuthorityThatTheSettingsName) {
  const auto authority = net::make_authority("Receivers");
  const auto ca_file = folder_ + "/receivers.pem";
  write_file(ca_file, authority.certificate).value();
  const auto context = net::TlsServerContext::make(net::issue(authority, {"127.0.0.1"})).value();
  test::WebReceiver receiver{*context_, hub::prove, context};
  HookService trusting{context_->get_executor(), system_clock(), hub_->store, ca_file};
  EventHook hook;
  hook.name = "tls";
  hook.events = {"x"};
  hook.uri = receiver.url() + "/";
  const auto story = [](HookService& hooks, EventHook wanted) -> asio::awaitable<result<EventHook>> {
    const auto made = co_await hooks.create(std::move(wanted));
    if (!made) co_return made.error();
    const auto verified = co_await hooks.verify(made->id, "http://hub");
    co_return verified;
  };
  const auto both = [&]() -> asio::awaitable<void> {
    const auto believed = co_await story(trusting, hook);
    EXPECT_TRUE(believed && believed->is_verified) << (believed ? "" : believed.error().message());
    HookService doubting{context_->get_executor(), system_clock(), hub_->store, ""};
    const auto refused = co_await story(doubting, hook);
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::denied);
    EXPECT_NE(refused.error().message().find("certificate"), std::string::npos) << refused.error().message();
    co_await receiver.stop();
  };
  play(both());
}

class HookOfAnImport : public HubFixture {};

TEST_F(HookOfAnImport, IsToldOfEachGroupThoughTheyComeFasterThanAnyReceiverTakesThem) {
  constexpr std::size_t groups = 6'000;
  test::WebReceiver receiver{*context_, hub::prove};
  HookService hooks{context_->get_executor(), system_clock(), hub_->store, ""};
  EventHook hook;
  hook.name = "import";
  hook.events = {"group.create"};
  hook.uri = receiver.url() + "/";
  play([](HookService& service, EventHook wanted) -> asio::awaitable<void> {
    const auto made = co_await service.create(std::move(wanted));
    const auto verified = co_await service.verify(made->id, "http://hub");
    EXPECT_TRUE(verified.has_value());
  }(hooks, hook));
  LogFacts facts;
  facts.type = "group.create";
  for (std::size_t i = 0; i < groups; ++i) log_event(hub_->store, facts, directory_);
  // Each call is read once: this is asked at every turn of the loop.
  std::size_t read = 0;
  std::size_t count = 0;
  const auto told = [&] {
    for (; read < receiver.seen.size(); ++read)
      if (const auto& call = receiver.seen[read]; call.method == "POST")
        count += nlohmann::json::parse(call.body)["data"]["events"].size();
    return count;
  };
  constexpr std::size_t calls = 1 + groups / 100;  // the first is the challenge
  EXPECT_TRUE(test::run_until(*context_, [&] { return receiver.seen.size() >= calls; }));
  EXPECT_EQ(told(), groups);
  // Those that are recorded together with the import itself.
  play([](Store& store, DirectoryId directory, std::string text) -> asio::awaitable<void> {
    std::vector<ledger::Body> bodies;
    bodies.emplace_back(ledger::EventLogged{std::move(text)});
    const auto done = co_await store.append(directory, std::move(bodies));
    EXPECT_TRUE(done.has_value());
  }(hub_->store, directory_, to_text(facts, random_uuid())));
  EXPECT_TRUE(test::run_until(*context_, [&] { return told() == groups + 1; }));
  play(receiver.stop());
}

TEST(HookCall, NoAnswerAndAServersErrorAreTriedAgainAndEverythingElseIsFinal) {
  EXPECT_EQ(judge_delivery(net::HttpResponse{200, {}, ""}).verdict, HookVerdict::delivered);
  EXPECT_EQ(judge_delivery(net::HttpResponse{204, {}, ""}).verdict, HookVerdict::delivered);
  EXPECT_EQ(judge_delivery(net::HttpResponse{301, {}, ""}).verdict, HookVerdict::refused);
  EXPECT_EQ(judge_delivery(net::HttpResponse{400, {}, ""}).verdict, HookVerdict::refused);
  EXPECT_EQ(judge_delivery(net::HttpResponse{500, {}, ""}).verdict, HookVerdict::again);
  EXPECT_EQ(judge_delivery(Error{errc::timed_out, "x"}).verdict, HookVerdict::again);
  EXPECT_EQ(judge_delivery(Error{errc::closed, "x"}).verdict, HookVerdict::again);
  EXPECT_EQ(judge_delivery(Error{errc::too_large, "x"}).verdict, HookVerdict::refused);
}

}  // namespace
}  // namespace dirbridge::hub
