// An account that is refused makes the agent unhealthy with a sentence; jobs wait; a corrected file heals it.
#include <boost/asio/io_context.hpp>
#include <chrono>

#include "base/text.hpp"
#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/stage.hpp"
#include "support/run_until.hpp"

namespace dirbridge::directories {
namespace {

class Bind : public OnEachServer {};
DIRBRIDGE_ON_EACH_SERVER(Bind);

TEST_P(Bind, AWrongPasswordIsToldAndACorrectedFileHealsWithoutARestart) {
  const auto group = server().make_group("bind", {server().person(1)});
  Stage stage{server()};
  auto settings = server().agent_settings();
  settings.bind_password_file = server().folder() + "/changing.password";
  settings.refused_interval = milliseconds{200};
  write_file(settings.bind_password_file, "not the password", 0600).value();
  stage.connect_with(settings);
  stage.deliver({Stage::add(stage.known(group), {stage.person(2)})});
  ASSERT_TRUE(stage.wait_until_unhealthy());
  const auto detail = stage.status().detail;
  EXPECT_NE(detail.find("password file"), std::string::npos) << detail;
  EXPECT_FALSE(stage.is_finished()) << "a refused account must not fail the job";
  write_file(settings.bind_password_file, read_file(server().agent_settings().bind_password_file).value(), 0600)
      .value();
  ASSERT_TRUE(stage.finish());
  EXPECT_EQ(stage.verdicts(), "applied");
}

TEST_P(Bind, AJobThatWaitsForTheAccountEndsAtItsDeadlineAsNeverSent) {
  const auto group = server().make_group("bind-deadline", {server().person(1)});
  Stage stage{server()};
  auto settings = server().agent_settings();
  settings.bind_password_file = server().folder() + "/wrong.password";
  settings.refused_interval = milliseconds{200};
  write_file(settings.bind_password_file, "not the password", 0600).value();
  stage.connect_with(settings);
  auto change = Stage::add(stage.known(group), {stage.person(2)});
  change.remaining = milliseconds{3'000};
  stage.deliver({change});
  ASSERT_TRUE(stage.finish());
  EXPECT_TRUE(stage.wait_past_deadline()) << "it was given up before its deadline";
  EXPECT_EQ(stage.verdicts(), "not_sent");
  EXPECT_NE(stage.outcome().of(0).diagnostic.find("password file"), std::string::npos)
      << stage.outcome().of(0).diagnostic;
  EXPECT_FALSE(server().holds(group, "member", server().person(2)));
}

// The others take it on the loopback interface.
class BindInClear : public OnEachServer {};
INSTANTIATE_TEST_SUITE_P(On, BindInClear, ::testing::Values(Server::samba), test_name);

TEST_P(BindInClear, IsToldToUseTls) {
  Stage stage{server()};
  auto settings = server().agent_settings();
  settings.urls = {server().plain_url()};
  stage.connect_with(settings);
  stage.deliver({Stage::add(stage.group({1}), {stage.person(2)})});
  ASSERT_TRUE(stage.wait_until_unhealthy());
  EXPECT_NE(stage.status().detail.find("wants TLS"), std::string::npos) << stage.status().detail;
}

}  // namespace
}  // namespace dirbridge::directories
