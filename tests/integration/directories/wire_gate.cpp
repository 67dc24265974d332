#include "integration/directories/wire_gate.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <list>
#include <thread>
#include <utility>

namespace dirbridge::directories {

namespace asio = boost::asio;
using asio::ip::tcp;

// Everything is touched by the gate's thread only.
struct WireGate::Impl {
  explicit Impl(std::uint16_t port)
      : server_port(port), acceptor(context, {asio::ip::address_v4::loopback(), 0}), released(context) {
    released.expires_at(asio::steady_timer::time_point::max());
  }

  struct Pair {
    explicit Pair(asio::io_context& context) : client(context), server(context) {}
    tcp::socket client;
    tcp::socket server;
    bool answer_is_lost = false;
    bool closes_gate = false;
    void end() {
      boost::system::error_code ignored;
      client.close(ignored);
      server.close(ignored);
    }
  };
  using PairPtr = std::shared_ptr<Pair>;

  asio::awaitable<void> accept() {
    for (;;) {
      auto pair = std::make_shared<Pair>(context);
      co_await acceptor.async_accept(pair->client, asio::use_awaitable);
      boost::system::error_code refused;
      if (!closed) pair->server.connect({asio::ip::address_v4::loopback(), server_port}, refused);
      if (closed || refused) continue;
      pairs.remove_if([](const auto& one) { return one.expired(); });
      pairs.push_back(pair);
      asio::co_spawn(context, requests(pair), asio::detached);
      asio::co_spawn(context, answers(pair), asio::detached);
    }
  }

  asio::awaitable<void> requests(PairPtr pair) {
    const Ended ended{pair};
    std::array<char, 65'536> buffer;
    for (;;) {
      const auto size = co_await pair->client.async_read_some(asio::buffer(buffer), asio::use_awaitable);
      const auto its = std::exchange(fate, Fate::passes);
      switch (its) {
        case Fate::passes: break;
        case Fate::lost_and_last: close(); co_return;
        case Fate::lost: co_return;
        case Fate::last:
        case Fate::answer_is_lost:
          pair->answer_is_lost = true;
          pair->closes_gate = its == Fate::last;
          break;
        case Fate::held: {
          boost::system::error_code woken;
          co_await released.async_wait(asio::redirect_error(asio::use_awaitable, woken));
          break;
        }
      }
      co_await asio::async_write(pair->server, asio::buffer(buffer.data(), size), asio::use_awaitable);
    }
  }

  asio::awaitable<void> answers(PairPtr pair) {
    const Ended ended{pair};
    std::array<char, 65'536> buffer;
    for (;;) {
      const auto size = co_await pair->server.async_read_some(asio::buffer(buffer), asio::use_awaitable);
      if (pair->closes_gate) close();
      if (pair->answer_is_lost) co_return;
      co_await asio::async_write(pair->client, asio::buffer(buffer.data(), size), asio::use_awaitable);
    }
  }

  // One end is gone: so is the connection.
  struct Ended {
    PairPtr pair;
    ~Ended() { pair->end(); }
  };

  void close() {
    closed = true;
    for (const auto& one : pairs)
      if (const auto pair = one.lock()) pair->end();
  }

  template <class Action>
  void on_thread(Action action) {
    asio::post(context, asio::use_future(std::move(action))).get();
  }

  const std::uint16_t server_port;
  asio::io_context context{1};
  tcp::acceptor acceptor;
  asio::steady_timer released;
  std::list<std::weak_ptr<Pair>> pairs;
  Fate fate = Fate::passes;
  bool closed = false;
  std::thread thread;
};

WireGate::WireGate(std::uint16_t server_port) : impl_(std::make_unique<Impl>(server_port)) {
  asio::co_spawn(impl_->context, impl_->accept(), asio::detached);
  impl_->thread = std::thread{[running = impl_.get()] { running->context.run(); }};
}

WireGate::~WireGate() {
  impl_->context.stop();
  impl_->thread.join();
}

std::uint16_t WireGate::port() const { return impl_->acceptor.local_endpoint().port(); }

void WireGate::next(Fate fate) {
  impl_->on_thread([&] { impl_->fate = fate; });
}

void WireGate::release() {
  impl_->on_thread([&] { impl_->released.cancel(); });
}

void WireGate::close() {
  impl_->on_thread([&] { impl_->close(); });
}

void WireGate::reopen() {
  impl_->on_thread([&] { impl_->closed = false; });
}

}  // namespace dirbridge::directories
