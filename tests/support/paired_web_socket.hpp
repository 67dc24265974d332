// Two ends of a WebSocket in memory: what one sends the other reads. No network, no Beast.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "net/deadline.hpp"
#include "net/web_socket.hpp"

namespace dirbridge::test {

class PairedWebSocket final : public net::WebSocket {
 public:
  using Pair = std::pair<std::unique_ptr<PairedWebSocket>, std::unique_ptr<PairedWebSocket>>;
  static Pair make(net::asio::any_io_executor executor) {
    auto a = std::make_shared<Lane>(executor), b = std::make_shared<Lane>(executor);
    return {std::unique_ptr<PairedWebSocket>(new PairedWebSocket{a, b}),
            std::unique_ptr<PairedWebSocket>(new PairedWebSocket{b, a})};
  }
  ~PairedWebSocket() override { abort(); }

  net::asio::awaitable<result<std::string>> read() override {
    const auto lane = in_;  // the socket may go while we wait
    while (lane->messages.empty() && !lane->closed) co_await lane->signal.wait();
    if (lane->messages.empty()) co_return Error{errc::closed, "the other end is gone"};
    auto text = std::move(lane->messages.front());
    lane->messages.pop_front();
    if (text.size() > lane->max_bytes) {
      abort();
      co_return Error{errc::too_large, "the message is too large"};
    }
    co_return text;
  }
  void send(std::string text) override {
    if (out_->closed) return;
    out_->messages.push_back(std::move(text));
    out_->signal.notify();
  }
  net::asio::awaitable<void> close(std::string_view, milliseconds) override {
    abort();
    co_return;
  }
  void abort() override {
    for (const auto& lane : {in_, out_}) {
      lane->closed = true;
      lane->signal.notify();
    }
  }
  void limit_messages(std::size_t max_bytes) override { in_->max_bytes = max_bytes; }
  std::string peer() const override { return "memory:1"; }

 private:
  struct Lane {
    explicit Lane(net::asio::any_io_executor executor) : signal(std::move(executor)) {}
    std::deque<std::string> messages;
    bool closed = false;
    std::size_t max_bytes = std::string::npos;
    net::Signal signal;
  };
  PairedWebSocket(std::shared_ptr<Lane> in, std::shared_ptr<Lane> out) : in_(std::move(in)), out_(std::move(out)) {}
  std::shared_ptr<Lane> in_;
  std::shared_ptr<Lane> out_;
};

}  // namespace dirbridge::test
