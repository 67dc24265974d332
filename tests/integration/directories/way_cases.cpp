// Situations of the way to the server: the connection ends, or stalls, after the modify was sent.
#include <gtest/gtest.h>

#include <chrono>

#include "integration/directories/conformance_cases.hpp"
#include "integration/directories/wire_gate.hpp"

namespace dirbridge::directories {
namespace {

using Fate = WireGate::Fate;

// A group with person 1 in it, and the agent behind a gate, connected and known.
struct Way {
  explicit Way(Play& play) : p(play), gate(port_of(p.server.agent_settings().urls.front())), group(p.group({1})) {
    auto settings = p.server.agent_settings();
    settings.urls = {"ldaps://127.0.0.1:" + std::to_string(gate.port())};
    p.connect_with(settings);
    EXPECT_EQ(p.play({Play::add(group, {p.person(190)})}), "applied");
    p.shown_from = 1;
  }
  static std::uint16_t port_of(const std::string& url) {
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
  // The next modify fares so.
  void send(Fate fate, Play::Change change, milliseconds remaining = milliseconds{120'000}) {
    p.before_modify([this, fate] { gate.next(fate); });
    change.remaining = remaining;
    p.deliver({std::move(change)});
  }
  void expect_end(const std::string& verdict, proto::Evidence evidence) {
    ASSERT_TRUE(p.finish());
    EXPECT_EQ(p.verdicts(1), verdict);
    EXPECT_EQ(p.outcome(1).of(0).evidence, evidence);
  }

  Play& p;
  WireGate gate;
  Play::Value group;
};

constexpr milliseconds short_deadline{3'000};

}  // namespace

std::vector<Case> way_cases() {
  return {
      {"CutAfterwards", "connection cut when the server had made the change and before its answer",
       [](Play& p) {
         p.shown_codes = "lost";
         Way way{p};
         way.send(Fate::answer_is_lost, Play::remove(way.group, {p.person(1)}));
         way.expect_end("applied", proto::Evidence::read_back);
         p.expect_holds(way.group, p.server.person(1), false);
       }},
      {"CutBefore", "connection cut with the modify on its way",
       [](Play& p) {
         p.shown_codes = "lost › 0";
         Way way{p};
         way.send(Fate::lost, Play::add(way.group, {p.person(2)}));
         way.expect_end("applied", proto::Evidence::result);
         p.expect_holds(way.group, p.server.person(2));
       }},
      {"CutAndAway", "cut when the server had made the change, and the server away until after the deadline",
       [](Play& p) {
         p.shown_codes = "lost";
         Way way{p};
         way.send(Fate::last, Play::remove(way.group, {p.person(1)}), short_deadline);
         ASSERT_TRUE(p.wait_until_unknown());
         ASSERT_TRUE(p.wait_past_deadline());
         EXPECT_FALSE(p.is_finished()) << "nobody can know yet";
         way.gate.reopen();
         way.expect_end("applied", proto::Evidence::read_back);
         p.expect_holds(way.group, p.server.person(1), false);
       }},
      {"LostAndAway", "cut with the modify on its way, and the server away until after the deadline",
       [](Play& p) {
         p.shown_codes = "lost";
         Way way{p};
         way.send(Fate::lost_and_last, Play::add(way.group, {p.person(2)}), short_deadline);
         ASSERT_TRUE(p.wait_until_unknown());
         ASSERT_TRUE(p.wait_past_deadline());
         EXPECT_FALSE(p.is_finished()) << "nobody can know yet";
         way.gate.reopen();
         way.expect_end("not_sent", proto::Evidence::read_back);
         p.expect_holds(way.group, p.server.person(2), false);
       }},
      {"HeldUp", "modify held up on its way past the deadline while reads are answered, and let go within `settle`",
       [](Play& p) {
         p.shown_codes = "no answer › 0";
         p.settings.plan.settle = milliseconds{20'000};  // the server may be slow, too, once it has the modify
         Way way{p};
         way.send(Fate::held, Play::add(way.group, {p.person(2)}), short_deadline);
         ASSERT_TRUE(p.wait_until_unknown());
         ASSERT_TRUE(p.wait_past_deadline());
         EXPECT_FALSE(p.is_finished()) << "the other state was read, which proves nothing";
         way.gate.release();
         ASSERT_TRUE(p.finish());
         EXPECT_EQ(p.verdicts(1), "applied");  // by the late answer, or by a read that came before it
         p.expect_holds(way.group, p.server.person(2));
       }},
      {"HeldUpForGood", "the same for longer than `settle`: the other state was read all the time",
       [](Play& p) {
         p.shown_codes = "no answer";
         Way way{p};
         const auto sent = std::chrono::steady_clock::now();
         way.send(Fate::held, Play::remove(way.group, {p.person(1)}), short_deadline);
         way.expect_end("not_sent", proto::Evidence::read_back);
         EXPECT_GE(std::chrono::steady_clock::now() - sent, p.settings.plan.settle);
         p.expect_holds(way.group, p.server.person(1));
       }},
  };
}

}  // namespace dirbridge::directories
