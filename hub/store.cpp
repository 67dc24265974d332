#include "hub/store.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>

namespace dirbridge::hub {

// Completions cross from the ledger's thread to the loop here. One post carries everything that one commit finished:
// a post per append would wake the loop 256 times for 256 waiting callers.
struct Store::Inbox : std::enable_shared_from_this<Inbox> {
  struct Item {
    Done done;
    result<std::uint64_t> outcome;
  };

  explicit Inbox(asio::any_io_executor e) : executor(std::move(e)) {}

  void put(Done done, result<std::uint64_t> outcome) {
    {
      const std::lock_guard lock{mutex};
      items.push_back({std::move(done), std::move(outcome)});
      if (posted) return;
      posted = true;
    }
    asio::post(executor, [self = shared_from_this()] { self->drain(); });
  }

  void drain() {
    std::vector<Item> ready;
    {
      const std::lock_guard lock{mutex};
      ready.swap(items);
      posted = false;
      if (closed) return;  // whoever waited is gone with the hub
    }
    for (auto& item : ready) item.done(item.outcome);
  }

  asio::any_io_executor executor;
  std::mutex mutex;
  std::vector<Item> items;
  bool posted = false;
  bool closed = false;
};

Store::Store(asio::any_io_executor executor, std::unique_ptr<ledger::Ledger> ledger,
             std::unique_ptr<ledger::Views> views, const Clock& clock)
    : inbox_(std::make_shared<Inbox>(std::move(executor))),
      views_(std::move(views)),
      clock_(clock),
      ledger_(std::move(ledger)) {}

Store::~Store() {
  const std::lock_guard lock{inbox_->mutex};
  inbox_->closed = true;
}

void Store::append(const DirectoryId& directory, std::vector<ledger::Body> bodies, Done done) {
  std::vector<ledger::Record> records;
  records.reserve(bodies.size());
  for (auto& body : bodies) records.push_back({0, directory, clock_.wall_now(), std::move(body)});
  ledger_->append(std::move(records), [inbox = inbox_, done = std::move(done)](result<std::uint64_t> outcome) mutable {
    inbox->put(std::move(done), std::move(outcome));
  });
}

asio::awaitable<result<std::uint64_t>> Store::append(DirectoryId directory, std::vector<ledger::Body> bodies) {
  auto start = [this](auto handler, const DirectoryId& where, std::vector<ledger::Body> what) {
    // std::function wants a copyable callable; completion handlers only move.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    append(where, std::move(what), [shared](const result<std::uint64_t>& outcome) { std::move (*shared)(outcome); });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(result<std::uint64_t>)>(
      start, asio::use_awaitable, directory, std::move(bodies));
}

}  // namespace dirbridge::hub
