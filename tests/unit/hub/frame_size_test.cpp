// Jobs whose names are long must not add up to a frame that the agent refuses: it would come back for the same again.
#include "hub_fixture.hpp"

namespace dirbridge::hub {
namespace {

class FrameSize : public HubFixture {
 public:
  static constexpr int jobs = 6;
  static constexpr int users = 600;

  asio::awaitable<void> furnish_long_names() {
    co_await furnish();
    std::vector<ledger::Body> bodies;
    bodies.emplace_back(ledger::ImportStarted{ImportId{"imp2"}, AgentId{"a"}, ""});
    ledger::ImportStaged staged{ImportId{"imp2"}, {}, {}};
    const std::string padding(900, 'x');
    for (int i = 0; i < users; ++i) {
      const auto name = "l" + std::to_string(i);
      const auto dn = "uid=" + name + padding + ",dc=example,dc=org";
      staged.users.emplace_back(UserId{"00u" + name}, proto::ImportedUser{name, dn, dn, name, "", "", "", ""});
    }
    for (int i = 0; i < jobs; ++i) {
      const auto dn = "cn=g" + std::to_string(i) + ",dc=example,dc=org";
      staged.groups.emplace_back(GroupId{"00g" + std::to_string(i)},
                                 proto::ImportedGroup{dn, dn, dn, dn, "", "member", "groupOfNames", {}});
    }
    bodies.emplace_back(std::move(staged));
    bodies.emplace_back(ledger::ImportApplied{ImportId{"imp2"}, users, jobs});
    for (auto& body : bodies) {
      std::vector<ledger::Body> one;
      one.push_back(std::move(body));
      co_await append(std::move(one));
    }
  }
};

TEST_F(FrameSize, ManyLargeJobsComeInFramesThatEachStayBelowTheLimit) {
  play([](FrameSize* test) -> asio::awaitable<void> {
    co_await test->furnish_long_names();
    auto agent = test->dial();
    co_await test->enrol(agent);
    std::vector<std::optional<ModifyAnswer>> answers(jobs);
    for (int i = 0; i < jobs; ++i) {
      proto::ModifyBody body{GroupId{"00g" + std::to_string(i)}, proto::Action::add, "member", {}};
      for (int u = 0; u < users; ++u) body.values.push_back(UserId{"00ul" + std::to_string(u)});
      asio::co_spawn(
          *test->context_,
          test->hub_->memberships.modify(Principal{TokenId{"00T1"}, "t", {}}, test->directory_, std::move(body),
                                         new_request_id(), std::chrono::steady_clock::now() + 15s),
          [](std::exception_ptr, ModifyAnswer) {});
    }
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (test->hub_->book.size() < static_cast<std::size_t>(jobs) && std::chrono::steady_clock::now() < deadline)
      co_await net::sleep_until(std::chrono::steady_clock::now() + 5ms);
    std::size_t taken = 0, frames = 0;
    while (taken < static_cast<std::size_t>(jobs)) {
      agent.say(proto::Poll{++frames, 512, 5'000ms});
      const auto frame = co_await agent.hear<proto::Jobs>();
      EXPECT_LT(proto::to_json(proto::HubFrame{frame}).size(), 3u << 20);
      if (frame.jobs.empty()) throw std::runtime_error("an empty frame while jobs wait");
      taken += frame.jobs.size();
    }
    EXPECT_GT(frames, 1u);
  }(this));
}

}  // namespace
}  // namespace dirbridge::hub
