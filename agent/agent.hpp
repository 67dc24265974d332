// The agent as one object: keeps the link to the hub, runs its jobs against the directory, imports on request.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "agent/settings.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

namespace dirbridge::agent {

namespace asio = boost::asio;

class Agent {
 public:
  // Checks the settings, loads or creates the identity, connects to nothing yet. Errors name the key or file at fault.
  static result<std::unique_ptr<Agent>> open(asio::any_io_executor executor, AgentSettings settings,
                                             const Clock& clock = system_clock());
  ~Agent();
  // Until stop(), or until the hub refuses this identity for good (the error says why). Reconnects on everything else.
  asio::awaitable<result<void>> run();
  // No new jobs; what is held is finished and reported within stop_grace; then run() returns.
  asio::awaitable<void> stop();

 private:
  struct Impl;
  explicit Agent(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dirbridge::agent
