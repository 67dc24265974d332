// The link against a hub played by hand over a WebSocket in memory, which fails at each step.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <deque>

#include "agent/hub_link.hpp"
#include "base/text.hpp"
#include "support/paired_web_socket.hpp"
#include "support/run_until.hpp"
#include "support/temporary_folder.hpp"
#include "unit/agent/job_builder.hpp"

namespace dirbridge::agent {

using namespace test;
using dirbridge::test::PairedWebSocket;
using dirbridge::test::run_until;

inline std::int64_t hub_now() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Owner final : LinkOwner {
  std::vector<JobPtr> delivered;
  std::vector<proto::Cancel> cancelled;
  std::vector<proto::Fence> dropped;
  std::vector<proto::OpenJobs::Held> holding;
  std::vector<proto::ImportRequest> imports;
  std::vector<proto::ImportAck> import_acks;
  std::vector<proto::Read> reads;
  std::vector<proto::Preview> previews;
  int ended = 0;
  bool throws = false;
  ldap::DirectoryStatus status{ldap::DirectoryState::unhealthy, "ldap://x", "bind: invalid credentials"};

  void deliver(std::vector<JobPtr> jobs) override {
    if (throws) throw std::runtime_error("a bug");
    for (auto& job : jobs) delivered.push_back(std::move(job));
  }
  void cancel(const proto::Cancel& cancel) override { cancelled.push_back(cancel); }
  void drop(const proto::Fence& lease) override { dropped.push_back(lease); }
  std::vector<proto::OpenJobs::Held> held() const override { return holding; }
  ldap::DirectoryStatus directory_status() const override { return status; }
  void read_requested(const proto::Read& read) override { reads.push_back(read); }
  void preview_requested(const proto::Preview& preview) override { previews.push_back(preview); }
  void import_requested(const proto::ImportRequest& request) override { imports.push_back(request); }
  void import_acknowledged(const proto::ImportAck& ack) override { import_acks.push_back(ack); }
  void session_ended() override { ++ended; }
};

struct HubLinkTest : testing::Test {
  asio::io_context loop;
  tests::TemporaryFolder folder;
  std::optional<Identity> identity;
  Owner owner;
  LinkSettings settings{
      .times = {.reconnect_base = 2ms, .reconnect_max = 4ms, .greeting_timeout = 5s, .proven_after = 1ms},
      .credit = 8,
      .name = "tester",
      .software = "dirbridge/test",
      .enrol_code = Secret{"code-1"}};
  milliseconds heartbeat{60'000};
  milliseconds silence{600'000};
  std::vector<std::unique_ptr<PairedWebSocket>> hubs;  // the hub's ends, one per connection
  std::deque<Error> connect_errors;
  std::size_t attempts = 0;
  std::unique_ptr<HubLink> link;
  std::optional<result<void>> outcome;

  void start(bool enrolled = true) {
    auto opened = Identity::open(folder.path());
    ASSERT_TRUE(opened) << opened.error().message();
    identity.emplace(std::move(*opened));
    if (enrolled) {
      ASSERT_TRUE(identity->enrolled(AgentId{"a53one"}, DirectoryId{"0oaone"}));
    }
    link = std::make_unique<HubLink>(
        loop.get_executor(), settings, *identity, owner,
        [this](TimePoint) -> asio::awaitable<result<std::unique_ptr<net::WebSocket>>> {
          ++attempts;
          if (!connect_errors.empty()) {
            auto error = connect_errors.front();
            connect_errors.pop_front();
            co_return error;
          }
          auto [agent_end, hub_end] = PairedWebSocket::make(loop.get_executor());
          hubs.push_back(std::move(hub_end));
          std::unique_ptr<net::WebSocket> end = std::move(agent_end);
          co_return end;
        },
        system_clock());
    asio::co_spawn(
        loop,
        [](HubLink& its, std::optional<result<void>>& end) -> asio::awaitable<void> { end = co_await its.run(); }(
                                                               *link, outcome),
        asio::detached);
  }
  void TearDown() override {
    if (!link || outcome) return;
    asio::co_spawn(loop, link->close(1s), asio::detached);
    EXPECT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
  }

  PairedWebSocket& hub() { return *hubs.back(); }
  void tell(const proto::HubFrame& frame) { hub().send(proto::to_json(frame)); }
  // The next frame of the agent.
  proto::AgentFrame hear() {
    std::optional<result<std::string>> text;
    asio::co_spawn(
        loop,
        [](PairedWebSocket& end, std::optional<result<std::string>>& heard) -> asio::awaitable<void> {
          heard = co_await end.read();
        }(hub(), text),
        asio::detached);
    if (!run_until(loop, [&] { return text.has_value(); })) throw std::runtime_error("the agent says nothing");
    if (!*text) throw std::runtime_error("the agent has gone: " + text->error().message());
    auto frame = proto::parse_agent_frame(**text);
    if (!frame) throw std::runtime_error("the agent said " + **text + ": " + frame.error().message());
    return std::move(*frame);
  }
  template <class Frame>
  Frame hear_a() {
    auto frame = hear();
    if (auto* wanted = std::get_if<Frame>(&frame)) return std::move(*wanted);
    throw std::runtime_error("unexpected frame " + std::string{proto::frame_type(frame)});
  }
  // Skips what comes before.
  template <class Frame>
  Frame await_a() {
    for (;;) {
      auto frame = hear();
      if (auto* wanted = std::get_if<Frame>(&frame)) return std::move(*wanted);
    }
  }
  bool connected(std::size_t times) {
    return run_until(loop, [&] { return hubs.size() >= times; });
  }
  proto::Hello greet() {
    auto hello = hear_a<proto::Hello>();
    const auto nonce = to_base64url(random_bytes(32));
    tell(proto::Challenge{nonce});
    const auto proof = hear_a<proto::Proof>();
    EXPECT_TRUE(verify_signature(identity->public_key(),
                                 proto::challenge_text(nonce, identity->agent(), hello.instance), proof.signature));
    tell(proto::Welcome{identity->directory(), 1, hub_now(), heartbeat, silence});
    return hello;
  }
  // Up to and with the two polls.
  std::vector<proto::Poll> open() {
    greet();
    hear_a<proto::OpenJobs>();
    hear_a<proto::Heartbeat>();
    std::vector<proto::Poll> polls;
    polls.push_back(hear_a<proto::Poll>());
    polls.push_back(hear_a<proto::Poll>());
    return polls;
  }
  void give(std::uint64_t poll, std::initializer_list<std::uint64_t> numbers, milliseconds lease = 12s) {
    proto::Jobs jobs{poll, hub_now(), {}};
    for (const auto number : numbers)
      jobs.jobs.push_back(make_delivered(number, proto::Action::add, {"u1"}, {.lease = lease}));
    tell(std::move(jobs));
  }
  static proto::Report report(std::uint64_t number, bool final = true) {
    return {JobId{"ADS" + std::to_string(number)},           {1, number}, final,
            proto::Outcome::all(1, proto::Verdict::applied), {},          {}};
  }
};

}  // namespace dirbridge::agent
