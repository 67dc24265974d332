#include "hub/store.hpp"

#include <algorithm>
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
  bool changes_catalog = false;
  const auto at = clock_.wall_now();
  std::vector<std::string> events;
  for (auto& body : bodies) {
    changes_catalog |= std::holds_alternative<ledger::ImportApplied>(body);
    if (const auto* event = std::get_if<ledger::EventLogged>(&body); event != nullptr && event_listener_)
      events.push_back(event->json);
    records.push_back({0, directory, at, std::move(body)});
  }
  ++appends_;
  if (changes_catalog)
    done = [this, done = std::move(done)](const result<std::uint64_t>& outcome) {
      ++catalog_version_;
      done(outcome);
    };
  // What is recorded together with something else is told once that is so.
  if (!events.empty())
    done = [this, at, events = std::move(events), done = std::move(done)](const result<std::uint64_t>& outcome) {
      if (outcome && event_listener_)
        for (const auto& event : events) event_listener_(event, at);
      done(outcome);
    };
  ledger_->append(std::move(records), [inbox = inbox_, done = std::move(done)](result<std::uint64_t> outcome) mutable {
    inbox->put(std::move(done), std::move(outcome));
  });
}

void Store::append_soon(const DirectoryId& directory, ledger::Body body, Done refused) {
  std::vector<ledger::Record> records;
  const auto at = clock_.wall_now();
  if (const auto* event = std::get_if<ledger::EventLogged>(&body); event != nullptr && event_listener_)
    event_listener_(event->json, at);
  records.push_back({0, directory, at, std::move(body)});
  ++appends_;
  ledger_->append_soon(std::move(records),
                       [inbox = inbox_, refused = std::move(refused)](result<std::uint64_t> outcome) mutable {
                         if (!outcome) inbox->put(std::move(refused), std::move(outcome));
                       });
}

void Store::settle(Done done) {
  if (settled_ == appends_) {
    done(settled_);
    return;
  }
  auto settled = [this, upto = appends_, done = std::move(done)](const result<std::uint64_t>& outcome) {
    if (outcome) settled_ = std::max(settled_, upto);
    done(outcome);
  };
  ledger_->settle([inbox = inbox_, settled = std::move(settled)](result<std::uint64_t> outcome) mutable {
    inbox->put(std::move(settled), std::move(outcome));
  });
}

namespace {

// An operation with a Done as an awaitable. std::function wants a copyable callable; completion handlers only move.
template <class Start>
asio::awaitable<result<std::uint64_t>> as_awaitable(Start start) {
  auto initiate = [](auto handler, auto begin) {
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    begin([shared](const result<std::uint64_t>& outcome) { std::move (*shared)(outcome); });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(result<std::uint64_t>)>(initiate, asio::use_awaitable,
                                                                                          std::move(start));
}

}  // namespace

asio::awaitable<result<std::uint64_t>> Store::append(DirectoryId directory, std::vector<ledger::Body> bodies) {
  return as_awaitable([this, directory = std::move(directory), bodies = std::move(bodies)](Done done) mutable {
    append(directory, std::move(bodies), std::move(done));
  });
}

asio::awaitable<result<std::uint64_t>> Store::settle() {
  return as_awaitable([this](Done done) { settle(std::move(done)); });
}

}  // namespace dirbridge::hub
