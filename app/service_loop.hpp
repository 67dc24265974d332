// What hub and agent processes have in common: one loop on one thread, signals, the watchdog, the ready line.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

#include "app/invocation.hpp"
#include "app/settings.hpp"
#include "base/error.hpp"
#include "json/json.hpp"

namespace dirbridge::app {

namespace asio = boost::asio;

// One long-lived thing on the loop.
struct Service {
  std::function<asio::awaitable<result<void>>()> run;  // until stopped; an error ends the process with exit code 1
  std::function<asio::awaitable<void>()> stop;         // graceful
};

// Opens the log as the settings say. errc::configuration names the key.
result<void> open_log(const Settings& settings);
// Runs `loop` until the service's run() has ended. The first SIGINT or SIGTERM asks it to stop, the second ends the
// process at once (exit code 130). Returns the exit code.
int run_service(asio::io_context& loop, const Service& service, const Settings& settings);
// One JSON line on standard output and/or the descriptor of --ready-fd, which is closed after it.
void announce_ready(const Invocation& invocation, const nlohmann::json& line);

int run_hub(const Invocation& invocation, const Settings& settings);
int run_agent(const Invocation& invocation, const Settings& settings);

}  // namespace dirbridge::app
