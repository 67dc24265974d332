// A hub without sockets: real ledger in a temporary folder, real loop, agents played by the test over memory.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <future>

#include "base/crypto.hpp"
#include "hub/gateway/agent_session.hpp"
#include "hub/membership_service.hpp"
#include "support/paired_web_socket.hpp"

namespace dirbridge::hub {

// The agent's side of a session, spoken frame by frame.
struct PlayedAgent {
  std::unique_ptr<test::PairedWebSocket> socket;
  SigningKey key = SigningKey::generate();
  AgentId id;
  std::string instance = "first-process";
  int version = proto::protocol_version;

  void say(const proto::AgentFrame& frame) { socket->send(proto::to_json(frame)); }
  // Reads frames until one of this kind comes; fails the test at the deadline.
  template <class Frame>
  asio::awaitable<Frame> hear() {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    for (;;) {
      auto text = co_await net::with_deadline(socket->read(), deadline);
      if (!text) throw std::runtime_error("no frame came in time");
      if (!*text) throw std::runtime_error("the session ended: " + text->error().message());
      auto frame = proto::parse_hub_frame(**text);
      if (!frame) throw std::runtime_error(frame.error().message());
      if (auto* wanted = std::get_if<Frame>(&*frame)) co_return std::move(*wanted);
    }
  }
};

class HubFixture : public ::testing::Test {
 public:  // the stories are coroutines outside the class
  HubFixture() {
    char name[] = "/tmp/dirbridge-hub-test-XXXXXX";
    folder_ = ::mkdtemp(name);
    start();
  }
  ~HubFixture() override {
    stop();
    std::filesystem::remove_all(folder_);
  }

  struct Running {
    Running(asio::any_io_executor executor, const HubSettings& settings, std::unique_ptr<ledger::Ledger> ledger,
            std::unique_ptr<ledger::Views> views, std::uint64_t epoch_)
        : epoch(epoch_),
          store(executor, std::move(ledger), std::move(views), system_clock()),
          book(executor, system_clock(), store, settings.queue, epoch, 500ms),
          imports(executor, store, registry),
          memberships(executor, system_clock(), store, book, registry, {}),
          previews(executor, system_clock(), registry) {
      book.connect(
          [this] {
            for (const auto& agent : registry.all()) agent->deliver();
          },
          [this](const queue::CancelLease& lease) {
            if (const auto agent = registry.find(lease.agent))
              agent->send(proto::Cancel{lease.job, lease.lease, "deadline"});
          });
    }
    std::uint64_t epoch;
    Store store;
    AgentRegistry registry;
    JobBook book;
    ImportService imports;
    MembershipService memberships;
    PreviewService previews;
  };

  void start() {
    const auto file = folder_ + "/ledger.sqlite";
    auto ledger = ledger::open_sqlite_ledger({.path = file});
    ASSERT_TRUE(ledger) << ledger.error().message();
    auto views = ledger::open_sqlite_views(file);
    ASSERT_TRUE(views) << views.error().message();
    const auto epoch = (*views)->last_epoch() + 1;
    std::promise<void> ready;
    std::vector<ledger::Record> records;
    records.push_back({0, {}, system_clock().wall_now(), ledger::EpochStarted{epoch}});
    (*ledger)->append(std::move(records), [&](result<std::uint64_t>) { ready.set_value(); });
    ready.get_future().wait();
    context_ = std::make_unique<asio::io_context>(1);
    hub_ = std::make_unique<Running>(context_->get_executor(), settings_, std::move(*ledger), std::move(*views), epoch);
    hub_->book.recover(hub_->store.views().open_jobs());
    asio::co_spawn(*context_, hub_->book.run(), [](std::exception_ptr) {});
  }
  void stop() {
    context_->stop();
    hub_.reset();      // its timers need the loop's services,
    context_.reset();  // and the coroutines that are left end with the loop, as in the program
  }
  // Runs one story on the loop to its end; an exception fails the test.
  void play(asio::awaitable<void> story) {
    std::exception_ptr problem;
    bool ended = false;
    asio::co_spawn(*context_, std::move(story), [&](std::exception_ptr e) {
      problem = e;
      ended = true;
    });
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!ended && std::chrono::steady_clock::now() < deadline) context_->run_one_for(100ms);
    ASSERT_TRUE(ended) << "the story did not end";
    if (problem) std::rethrow_exception(problem);
  }

  asio::awaitable<void> append(std::vector<ledger::Body> bodies) {
    auto done = co_await hub_->store.append(directory_, std::move(bodies));
    if (!done) throw std::runtime_error(done.error().message());
  }
  // A directory with one group of no members and users u0…u9.
  asio::awaitable<void> furnish() {
    std::vector<ledger::Body> bodies;
    bodies.emplace_back(ledger::DirectoryCreated{"lab", "LDAP"});
    bodies.emplace_back(ledger::ImportStarted{ImportId{"imp1"}, AgentId{"a"}, ""});
    ledger::ImportStaged staged{ImportId{"imp1"}, {}, {}};
    for (int i = 0; i < 10; ++i) {
      const auto name = "u" + std::to_string(i);
      const auto dn = "uid=" + name + ",ou=people,dc=example,dc=org";
      staged.users.emplace_back(UserId{"00u" + name},
                                proto::ImportedUser{"uuid-" + name, dn, dn, name, "", "", "", name});
    }
    const std::string dn = "cn=g,ou=groups,dc=example,dc=org";
    staged.groups.emplace_back(group_, proto::ImportedGroup{"uuid-g", dn, dn, "g", "", "member", "groupOfNames", {}});
    bodies.emplace_back(staged);
    bodies.emplace_back(ledger::ImportApplied{ImportId{"imp1"}, 10, 1});
    co_await append(std::move(bodies));
  }
  asio::awaitable<std::string> make_enrol_code(milliseconds lifetime = 60'000ms) {
    const auto code = random_id("enrol-", 30);
    std::vector<ledger::Body> bodies;
    bodies.emplace_back(ledger::EnrolCodeCreated{sha256_hex(code), system_clock().wall_now() + lifetime});
    co_await append(std::move(bodies));
    co_return code;
  }
  // Opens a session's socket; the hub's side runs on its own.
  PlayedAgent dial() {
    auto [ours, theirs] = test::PairedWebSocket::make(context_->get_executor());
    const GatewayParts gateway{
        context_->get_executor(), system_clock(), settings_, hub_->epoch,    hub_->store, hub_->book,
        hub_->registry,           hub_->imports,  nullptr,   &hub_->previews};
    asio::co_spawn(
        *context_,
        [](std::shared_ptr<AgentSession> session) -> asio::awaitable<void> {
          co_await session->run();
        }(std::make_shared<AgentSession>(gateway, std::move(theirs))),
        [](std::exception_ptr) {});
    PlayedAgent agent;
    agent.socket = std::move(ours);
    return agent;
  }
  // hello, enrolment, proof, welcome, an empty open_jobs.
  asio::awaitable<void> enrol(PlayedAgent& agent) {
    const auto code = co_await make_enrol_code();
    proto::Hello hello;
    hello.version = agent.version;
    hello.enrol_code = code;
    hello.public_key = agent.key.public_key();
    hello.name = "played";
    hello.software = "test";
    hello.instance = agent.instance;
    agent.say(hello);
    agent.id = (co_await agent.hear<proto::Enrolled>()).agent;
    co_await prove(agent);
  }
  asio::awaitable<void> come_back(PlayedAgent& agent, std::vector<proto::OpenJobs::Held> held = {}) {
    proto::Hello hello;
    hello.agent = agent.id;
    hello.name = "played";
    hello.software = "test";
    hello.instance = agent.instance;
    agent.say(hello);
    co_await prove(agent, std::move(held));
  }
  asio::awaitable<void> prove(PlayedAgent& agent, std::vector<proto::OpenJobs::Held> held = {}) {
    const auto challenge = co_await agent.hear<proto::Challenge>();
    agent.say(proto::Proof{agent.key.sign(proto::challenge_text(challenge.nonce, agent.id, agent.instance))});
    co_await agent.hear<proto::Welcome>();
    agent.say(proto::OpenJobs{std::move(held)});
    co_await agent.hear<proto::OpenJobsAck>();
  }
  // One POST groups/modify; the answer lands in `answer`.
  void post(std::optional<ModifyAnswer>& answer, proto::Action action, const std::string& user, milliseconds wait) {
    proto::ModifyBody body{group_, action, "member", {UserId{user}}};
    asio::co_spawn(*context_,
                   hub_->memberships.modify(Principal{TokenId{"00T1"}, "t", {}}, directory_, std::move(body),
                                            new_request_id(), std::chrono::steady_clock::now() + wait),
                   [&answer](std::exception_ptr, ModifyAnswer got) { answer = std::move(got); });
  }
  asio::awaitable<void> until_answered(const std::optional<ModifyAnswer>& answer) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!answer && std::chrono::steady_clock::now() < deadline)
      co_await net::sleep_until(std::chrono::steady_clock::now() + 1ms);
    if (!answer) throw std::runtime_error("the caller was not answered");
  }
  asio::awaitable<void> settle() {
    const auto done = co_await hub_->store.settle();
    if (!done) throw std::runtime_error(done.error().message());
  }
  asio::awaitable<void> until_disposition(JobId job, std::string wanted) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    std::string seen;
    while (std::chrono::steady_clock::now() < deadline) {
      co_await settle();
      const auto row = hub_->store.views().job(job);
      seen = row ? row->disposition : "no such job";
      if (seen == wanted) co_return;
      co_await net::sleep_until(std::chrono::steady_clock::now() + 1ms);
    }
    throw std::runtime_error("job " + job.str() + " is " + seen + ", not " + wanted);
  }

  std::string folder_;
  HubSettings settings_;
  DirectoryId directory_{"0oa1"};
  GroupId group_{"00g1"};
  std::unique_ptr<asio::io_context> context_;
  std::unique_ptr<Running> hub_;
};

}  // namespace dirbridge::hub
