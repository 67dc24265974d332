#include "app/service_loop.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "app/console.hpp"
#include "app/service_settings.hpp"
#include "app/watchdog.hpp"
#include "base/log.hpp"

namespace dirbridge::app {
namespace {

constexpr int exit_interrupted = 130;

void handle_signals(asio::signal_set& signals, asio::io_context& loop, const Service& service, bool stopping) {
  signals.async_wait([&signals, &loop, &service, stopping](boost::system::error_code error, int signal) {
    if (error) return;
    if (stopping) {
      log::warn("process.killed", {{"signal", signal}});
      std::_Exit(exit_interrupted);
    }
    log::info("process.stopping", {{"signal", signal}});
    asio::co_spawn(loop, service.stop(), [](std::exception_ptr bug) {
      if (bug) std::rethrow_exception(bug);
    });
    handle_signals(signals, loop, service, true);
  });
}

}  // namespace

result<void> open_log(const Settings& settings) {
  const auto level = log_level(settings);
  if (!level) return level.error();
  try {
    log::open(*level, settings.text("log.file"));
  } catch (const std::exception& problem) {
    return Error{errc::configuration, settings.given("log.file").where + ": log.file: " + problem.what()};
  }
  return {};
}

int run_service(asio::io_context& loop, const Service& service, const Settings& settings) {
  asio::signal_set signals{loop, SIGINT, SIGTERM};
  handle_signals(signals, loop, service, false);
  Watchdog watchdog{
      loop,
      {.limit = settings.duration("process.watchdog"), .lag_warning = settings.duration("process.lag_warning")},
      [] { std::abort(); }};
  int exit_code = exit_done;
  asio::co_spawn(loop, service.run(), [&](std::exception_ptr bug, result<void> ended) {
    if (!bug && !ended) {
      print_lines(std::cerr, "dirbridge: ", ended.error().message());
      exit_code = exit_refused;
    }
    // What is still spawned on the loop (sessions, timers) has no owner any more.
    loop.stop();
    if (bug) std::rethrow_exception(bug);
  });
  loop.run();
  watchdog.stop();
  return exit_code;
}

void announce_ready(const Invocation& invocation, const nlohmann::json& line) {
  const std::string text = line.dump() + "\n";
  if (invocation.print_ready) std::cout << text << std::flush;
  if (!invocation.ready_fd) return;
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(*invocation.ready_fd, rest.data(), rest.size());
    if (written <= 0) break;  // nobody waits for it any more
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  ::close(*invocation.ready_fd);
}

}  // namespace dirbridge::app
