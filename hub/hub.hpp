// The hub as one object: opens its ledger, serves the API and the agents' sockets on one io_context, stops gracefully.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "hub/settings.hpp"

namespace dirbridge::hub {

namespace asio = boost::asio;

class Hub {
 public:
  // Opens the ledger (a new epoch), recovers open jobs, writes operator.token and certificates on the first start, and
  // listens. Errors name the file, key or address at fault. `executor` belongs to an io_context run by one thread.
  static result<std::unique_ptr<Hub>> open(asio::any_io_executor executor, HubSettings settings,
                                           const Clock& clock = system_clock());
  ~Hub();
  std::uint16_t port() const;      // 0 if not serving plain HTTP
  std::uint16_t tls_port() const;  // 0 if not serving TLS
  asio::awaitable<void> run();     // until stop()
  // Tells agents to go away, finishes answers under way within stop_grace, flushes the ledger.
  asio::awaitable<void> stop();

 private:
  struct Impl;
  explicit Hub(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace dirbridge::hub
