// Event hooks at work: kept in the ledger, verified, and told of the events they want, one call at a time each.
//
// A receiver that is slow or dead delays nobody but itself: its events wait in a queue of their own, of which the
// oldest are given up when it is full. What waits is not durable: it is gone with the hub, the System Log has it. Loop
// thread only.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "hub/hooks/event_hook.hpp"
#include "hub/store.hpp"

namespace dirbridge::hub {

class HookService {
 public:
  // Takes up the hooks of the ledger, and listens to `store`'s events from now on. `ca_file`: see HubSettings.
  HookService(asio::any_io_executor executor, const Clock& clock, Store& store, std::string ca_file);
  ~HookService();

  std::vector<EventHook> all() const;  // oldest first
  std::optional<EventHook> find(const ledger::EventHookId& id) const;

  // Each is durable when it returns. errc::not_found: it is gone meanwhile; errc::too_large: there are too many.
  asio::awaitable<result<EventHook>> create(EventHook hook);
  asio::awaitable<result<EventHook>> replace(EventHook hook);
  asio::awaitable<result<EventHook>> set_active(ledger::EventHookId id, bool is_active);
  asio::awaitable<result<void>> remove(ledger::EventHookId id);
  // Asks the receiver. errc::denied: what it answered is no proof, and why. `origin`: see EventHook.
  asio::awaitable<result<EventHook>> verify(ledger::EventHookId id, std::string origin);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the deliveries under way
  Store& store_;
  asio::awaitable<result<EventHook>> keep(EventHook hook, bool is_new);
  void reload();
};

}  // namespace dirbridge::hub
