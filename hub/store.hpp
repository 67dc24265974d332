// The hub's way to its ledger: appends whose completions arrive on the hub's own loop, in order, many per wake-up.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ledger/ledger.hpp"
#include "ledger/views.hpp"

namespace dirbridge::hub {

namespace asio = boost::asio;

// Loop thread only. Outlives everything that appends through it.
class Store {
 public:
  using Done = std::function<void(const result<std::uint64_t>&)>;

  Store(asio::any_io_executor executor, std::unique_ptr<ledger::Ledger> ledger, std::unique_ptr<ledger::Views> views,
        const Clock& clock);
  ~Store();

  // `done` runs on the loop when the records would survive power loss (or were refused as a whole).
  void append(const DirectoryId& directory, std::vector<ledger::Body> bodies, Done done);
  asio::awaitable<result<std::uint64_t>> append(DirectoryId directory, std::vector<ledger::Body> bodies);

  // For what nobody waits for (ledger::Ledger::append_soon). `refused` runs on the loop if the disk does not take it.
  void append_soon(const DirectoryId& directory, ledger::Body body, Done refused);

  // Hears of every event of the System Log as it is appended, in order. One listener.
  using EventListener = std::function<void(const std::string& text, WallTime at)>;
  void listen(EventListener listener) { event_listener_ = std::move(listener); }

  // The views as committed. What jobs changed in them may be some milliseconds behind what was appended: whoever must
  // see it (jobs, members) calls settle() first.
  ledger::Views& views() { return *views_; }
  // `done` runs on the loop when the views hold everything appended so far; an error says why they cannot.
  void settle(Done done);
  asio::awaitable<result<std::uint64_t>> settle();
  // Counts the imports that became current, as far as this loop has heard.
  std::uint64_t catalog_version() const { return catalog_version_; }
  // Blocks until everything appended is durable; for the orderly end.
  void flush() { ledger_->flush(); }

 private:
  struct Inbox;
  std::shared_ptr<Inbox> inbox_;
  std::unique_ptr<ledger::Views> views_;
  const Clock& clock_;
  EventListener event_listener_;
  std::uint64_t appends_ = 0;
  std::uint64_t settled_ = 0;  // of them, the views hold so many
  std::uint64_t catalog_version_ = 0;
  std::unique_ptr<ledger::Ledger> ledger_;  // last: its thread ends before the inbox goes
};

}  // namespace dirbridge::hub
