#include "lab/ldap_gate.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "lab/request_watch.hpp"

namespace dirbridge::lab {

namespace asio = boost::asio;
using asio::ip::tcp;

struct LdapGate::Impl {
  explicit Impl(std::uint16_t port) : server_port(port), acceptor(context, {asio::ip::address_v4::loopback(), 0}) {}

  asio::awaitable<void> accept() {
    for (;;) {
      auto client = std::make_shared<tcp::socket>(co_await acceptor.async_accept(asio::use_awaitable));
      auto server = std::make_shared<tcp::socket>(context);
      boost::system::error_code refused;
      server->connect({asio::ip::address_v4::loopback(), server_port}, refused);  // loopback: answered at once
      if (refused) continue;
      asio::co_spawn(context, requests(client, server), asio::detached);
      asio::co_spawn(context, answers(server, client), asio::detached);
    }
  }

  asio::awaitable<void> requests(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to) {
    const CloseBoth close{*from, *to};
    RequestWatch watch;
    std::array<char, 16'384> buffer;
    for (;;) {
      const auto size = co_await from->async_read_some(asio::buffer(buffer), asio::use_awaitable);
      if (watch.sees_modify({buffer.data(), size})) strike();
      note({buffer.data(), size});
      co_await asio::async_write(*to, asio::buffer(buffer.data(), size), asio::use_awaitable);
    }
  }

  asio::awaitable<void> answers(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to) {
    const CloseBoth close{*from, *to};
    std::array<char, 16'384> buffer;
    for (;;) {
      const auto size = co_await from->async_read_some(asio::buffer(buffer), asio::use_awaitable);
      note({buffer.data(), size});
      co_await asio::async_write(*to, asio::buffer(buffer.data(), size), asio::use_awaitable);
    }
  }

  void note(std::string_view bytes) {
    constexpr std::size_t most = 4 << 20;
    const std::lock_guard guard{mutex};
    seen.append(bytes.substr(0, most - std::min(most, seen.size())));
  }

  void strike() {
    std::function<void()> armed;
    {
      const std::lock_guard guard{mutex};
      armed = std::exchange(at_modify, nullptr);
    }
    if (!armed) return;
    try {
      armed();
    } catch (const std::exception&) {
      return;  // whoever awaits it learns at the deadline
    }
    const std::lock_guard guard{mutex};
    has_struck = true;
    struck.notify_all();
  }

  // One end is gone: so is the connection.
  struct CloseBoth {
    tcp::socket& one;
    tcp::socket& other;
    ~CloseBoth() {
      boost::system::error_code ignored;
      one.close(ignored);
      other.close(ignored);
    }
  };

  const std::uint16_t server_port;
  asio::io_context context;
  tcp::acceptor acceptor;
  std::mutex mutex;
  std::condition_variable struck;
  std::function<void()> at_modify;
  bool has_struck = false;
  std::string seen;
  std::thread thread;
};

LdapGate::LdapGate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

LdapGate::~LdapGate() {
  impl_->context.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

result<std::unique_ptr<LdapGate>> LdapGate::open(std::uint16_t server_port) {
  try {
    auto impl = std::make_unique<Impl>(server_port);
    asio::co_spawn(impl->context, impl->accept(), asio::detached);
    impl->thread = std::thread{[running = impl.get()] { running->context.run(); }};
    return std::unique_ptr<LdapGate>{new LdapGate{std::move(impl)}};
  } catch (const std::exception& error) {
    return Error{errc::unavailable, std::string{"no gate to the directory could be opened: "} + error.what()};
  }
}

std::string LdapGate::url() const {
  return "ldap://127.0.0.1:" + std::to_string(impl_->acceptor.local_endpoint().port());
}

std::uint16_t LdapGate::port() const { return impl_->acceptor.local_endpoint().port(); }

std::string LdapGate::seen() const {
  const std::lock_guard guard{impl_->mutex};
  return impl_->seen;
}

void LdapGate::arm(std::function<void()> at_modify) {
  const std::lock_guard guard{impl_->mutex};
  impl_->at_modify = std::move(at_modify);
  impl_->has_struck = false;
}

bool LdapGate::await_modify(TimePoint deadline) {
  std::unique_lock guard{impl_->mutex};
  return impl_->struck.wait_until(guard, deadline, [this] { return impl_->has_struck; });
}

}  // namespace dirbridge::lab
