// A directory server that says what a test tells it to, on a loopback port of its own and the test's event loop.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ber.hpp"
#include "net/deadline.hpp"

namespace dirbridge::ldap {

inline TimePoint in(milliseconds time) { return std::chrono::steady_clock::now() + time; }
// Longer than anything takes that works, short enough to fail in.
inline TimePoint patience() { return in(20s); }

// One accepted connection.
class Peer {
 public:
  explicit Peer(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  // The next request; tag 0 when the client has gone.
  asio::awaitable<ber::Request> next() {
    for (;;) {
      auto request = ber::take_request(received_);
      if (request.tag != 0) co_return std::move(request);
      char buffer[16384];
      const auto [ec, count] = co_await socket_.async_read_some(asio::buffer(buffer), net::as_result);
      if (ec) co_return ber::Request{};
      received_.append(buffer, count);
    }
  }
  asio::awaitable<void> send(std::string bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), net::as_result);
  }
  // False: the client has gone.
  asio::awaitable<bool> try_send(const std::string& bytes) {
    const auto [ec, count] = co_await asio::async_write(socket_, asio::buffer(bytes), net::as_result);
    co_return !ec;
  }
  // Answers the bind with which every connection of a client begins.
  asio::awaitable<void> bind(int code = 0, std::string diagnostic = {}) {
    const auto request = co_await next();
    EXPECT_EQ(request.tag, ber::bind_request);
    co_await send(ber::bound(request.msgid, code, diagnostic));
  }
  // Says nothing more and waits until the client is gone.
  asio::awaitable<void> stay_silent() {
    for (;;) {
      const auto request = co_await next();
      if (request.tag == 0) co_return;
    }
  }
  // The same for what is not LDAP.
  asio::awaitable<void> swallow() {
    char buffer[16384];
    for (;;) {
      const auto [ec, count] = co_await socket_.async_read_some(asio::buffer(buffer), net::as_result);
      if (ec) co_return;
    }
  }
  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }

 private:
  asio::ip::tcp::socket socket_;
  std::string received_;
};

using Script = std::function<asio::awaitable<void>(Peer&)>;

class ScriptedServer {
 public:
  // The n-th connection runs the n-th script, further ones the last. A script's end closes its connection.
  ScriptedServer(asio::io_context& context, std::vector<Script> scripts)
      : state_(std::make_shared<State>(context, std::move(scripts))) {
    asio::co_spawn(context, accept(state_), asio::detached);
  }
  ~ScriptedServer() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
  }
  std::uint16_t port() const { return state_->port; }
  std::string url() const { return "ldap://127.0.0.1:" + std::to_string(port()); }
  std::size_t accepted() const { return state_->accepted; }

 private:
  // Shared with the loop, which may begin only after the server is gone again.
  struct State {
    State(asio::io_context& context, std::vector<Script> all)
        : acceptor(context, {asio::ip::address_v4::loopback(), 0}), scripts(std::move(all)) {}
    asio::ip::tcp::acceptor acceptor;
    std::uint16_t port = acceptor.local_endpoint().port();
    std::vector<Script> scripts;
    std::size_t accepted = 0;
  };
  static asio::awaitable<void> accept(std::shared_ptr<State> state) {
    for (;;) {
      auto [ec, socket] = co_await state->acceptor.async_accept(net::as_result);
      if (ec) co_return;
      const Script& script = state->scripts[std::min(state->accepted, state->scripts.size() - 1)];
      ++state->accepted;
      asio::co_spawn(socket.get_executor(), serve(script, Peer{std::move(socket)}), asio::detached);
    }
  }
  static asio::awaitable<void> serve(Script script, Peer peer) { co_await script(peer); }

  std::shared_ptr<State> state_;
};

// Runs a test's coroutine to its end on `context`, at most 30 s.
inline void run_to_end(asio::io_context& context, asio::awaitable<void> story) {
  std::exception_ptr failure;
  bool done = false;
  asio::co_spawn(context, std::move(story), [&](std::exception_ptr thrown) {
    failure = thrown;
    done = true;
    context.stop();
  });
  context.restart();
  context.run_for(30s);
  if (failure) std::rethrow_exception(failure);
  ASSERT_TRUE(done) << "the story did not come to its end";
}

}  // namespace dirbridge::ldap
