// dirbridge agent
#include <iostream>

#include "agent/agent.hpp"
#include "app/console.hpp"
#include "app/service_loop.hpp"
#include "app/service_settings.hpp"

namespace dirbridge::app {

int run_agent(const Invocation& invocation, const Settings& settings) {
  auto told = to_agent_settings(settings);
  if (!told) {
    print_lines(std::cerr, "dirbridge agent: ", told.error().message());
    return exit_usage;
  }
  nlohmann::json ready{{"ready", "agent"}, {"state_dir", told->state_dir}, {"hub_url", told->hub_url}};
  asio::io_context loop{1};
  auto agent = agent::Agent::open(loop.get_executor(), std::move(*told));
  if (!agent) {
    print_lines(std::cerr, "dirbridge agent: ", agent.error().message());
    return agent.error().code == errc::configuration ? exit_usage : exit_refused;
  }
  agent::Agent& running = **agent;
  announce_ready(invocation, ready);
  return run_service(loop, {.run = [&] { return running.run(); }, .stop = [&] { return running.stop(); }}, settings);
}

}  // namespace dirbridge::app
