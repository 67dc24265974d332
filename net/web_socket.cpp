// The only file that sees Beast's WebSocket. One stream type, no permessage-deflate (129 KB per connection).
#include "net/web_socket.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>

#include "base/text.hpp"
#include "net/deadline.hpp"
#include "net/web_socket_accept.hpp"

namespace dirbridge::net {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

namespace {

// How long the end of a connection may take: the peer's close frame is here or it never comes.
constexpr auto teardown_timeout = std::chrono::seconds{2};

asio::awaitable<void> tear_down(Stream& stream) {
  co_await asio::post(asio::use_awaitable);  // Beast's composed operations must not be resumed from their initiation
  co_await stream.shut_down(std::chrono::steady_clock::now() + teardown_timeout);
}

}  // namespace

// Found by Beast through argument-dependent lookup.
template <class Handler>
void async_teardown(beast::role_type, Stream& stream, Handler&& handler) {
  asio::any_completion_handler<void(error_code)> done{std::forward<Handler>(handler)};
  asio::co_spawn(stream.get_executor(), tear_down(stream),
                 [done = std::move(done)](std::exception_ptr) mutable { std::move(done)(error_code{}); });
}

namespace {

using Clock = std::chrono::steady_clock;
using BeastSocket = websocket::stream<Stream, false>;

// RFC 6455 section 5.5: the reason of a close frame has at most 123 bytes, and it is UTF-8.
std::string close_reason(std::string_view text) {
  std::size_t size = std::min<std::size_t>(text.size(), 123);
  while (size > 0 && !is_utf8(text.substr(0, size))) --size;
  return std::string{text.substr(0, size)};
}

// Everything of a connection; shared with the operations under way, so that the owner may let go at any time.
class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(Stream stream, WebSocketLimits limits)
      : limits_(limits),
        peer_(stream.peer()),
        socket_(std::move(stream)),
        idle_(socket_.get_executor()),
        write_timer_(socket_.get_executor()) {
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = limits.handshake_timeout;
    timeout.idle_timeout = websocket::stream_base::none();  // silence is judged by the heartbeat of the protocol above
    timeout.keep_alive_pings = false;
    socket_.set_option(timeout);
    socket_.read_message_max(limits.max_message_bytes);
    socket_.auto_fragment(false);
    socket_.text(true);
  }

  BeastSocket& socket() { return socket_; }
  const std::string& peer() const { return peer_; }

  static asio::awaitable<result<std::string>> read(std::shared_ptr<Core> self) {
    if (self->dead_) co_return self->ended();
    const auto [ec, size] = co_await self->socket_.async_read(self->inbox_, as_result);
    if (ec) {
      const Error error = self->explain(ec);
      self->abort();
      co_return error;
    }
    if (!self->socket_.got_text()) {
      co_await close(self, websocket::close_code::unknown_data, "binary messages are not accepted", teardown_timeout);
      co_return Error{errc::protocol, "the peer sent a binary message"};
    }
    std::string text = beast::buffers_to_string(self->inbox_.data());
    self->inbox_.consume(self->inbox_.size());
    if (self->inbox_.capacity() > kept_capacity)
      self->inbox_.shrink_to_fit();  // one large message, and then idle for hours
    co_return text;
  }

  void send(std::string text) {
    if (dead_ || closing_) return;
    // One message alone may be larger than the bound: it is a queue that must not grow.
    if (!outbox_.empty() && queued_ + text.size() > limits_.max_queued_bytes) {
      cut("the peer did not read: more than " + std::to_string(limits_.max_queued_bytes) + " bytes waited for it");
      return;
    }
    queued_ += text.size();
    outbox_.push_back(std::move(text));
    if (outbox_.size() == 1) write_next();
  }

  static asio::awaitable<void> close(std::shared_ptr<Core> self, websocket::close_code code, std::string reason,
                                     milliseconds grace) {
    if (self->dead_ || self->closing_) co_return;
    self->closing_ = true;
    const auto deadline = Clock::now() + grace;
    co_await self->idle_.until([core = self.get()] { return core->outbox_.empty() || core->dead_; }, deadline);
    if (!self->dead_ && self->outbox_.empty()) {
      // A timer that aborts, not a cancellation: Beast's close may be waiting behind a read that is under way.
      asio::steady_timer end{self->socket_.get_executor(), deadline};
      end.async_wait([weak = self->weak_from_this()](error_code ec) {
        if (const auto core = weak.lock(); core && !ec) core->abort();
      });
      const websocket::close_reason words{code, close_reason(reason)};
      co_await self->socket_.async_close(words, as_result);
    }
    self->abort();
  }

  void abort() {
    if (dead_) return;
    dead_ = true;
    socket_.next_layer().close();
    write_timer_.cancel();
    if (outbox_.size() > 1) outbox_.resize(1);  // the first one is being written
    idle_.notify();
  }

 private:
  static constexpr std::size_t kept_capacity = 64 << 10;

  void cut(std::string why) {
    why_ = std::move(why);
    abort();
  }

  void write_next() {
    write_deadline_ = Clock::now() + limits_.write_timeout;
    if (!watching_) watch();
    socket_.async_write(asio::buffer(outbox_.front()),
                        [self = shared_from_this()](error_code ec, std::size_t) { self->written(ec); });
  }

  void written(error_code ec) {
    queued_ -= outbox_.front().size();
    outbox_.pop_front();
    if (dead_) return;
    if (ec) return cut("the connection broke while sending: " + ec.message());
    if (outbox_.empty()) {
      idle_.notify();
    } else {
      write_next();
    }
  }

  // One timer for many messages: it is set anew when it fires, not with each write.
  void watch() {
    watching_ = true;
    write_timer_.expires_at(write_deadline_);
    write_timer_.async_wait([weak = weak_from_this()](error_code ec) {
      const auto self = weak.lock();
      if (!self || ec) return;
      self->watching_ = false;
      if (self->dead_ || self->outbox_.empty()) return;
      if (Clock::now() < self->write_deadline_) return self->watch();
      self->cut("the peer did not read for " + std::to_string(self->limits_.write_timeout.count()) + " ms");
    });
  }

  Error ended() const { return {errc::closed, why_.empty() ? "the connection was ended" : why_}; }

  Error explain(const error_code& ec) {
    if (!why_.empty() || dead_) return ended();
    if (ec == websocket::error::closed) {
      const auto& reason = socket_.reason();
      why_ = "the peer closed the connection";
      if (reason.code != websocket::close_code::none) why_ += " (" + std::to_string(reason.code);
      if (!reason.reason.empty()) why_ += " " + std::string{reason.reason.data(), reason.reason.size()};
      if (reason.code != websocket::close_code::none) why_ += ")";
      return ended();
    }
    if (ec == websocket::error::message_too_big) {
      why_ = "the peer sent a message of more than " + std::to_string(limits_.max_message_bytes) + " bytes";
      return {errc::too_large, why_};
    }
    if (ec == websocket::error::bad_frame_payload) {
      why_ = "the peer sent text that is not UTF-8";
      return {errc::protocol, why_};
    }
    if (ec.category() == websocket::make_error_code(websocket::error::closed).category()) {
      why_ = "the peer broke the WebSocket protocol: " + ec.message();
      return {errc::protocol, why_};
    }
    why_ =
        ec == asio::error::eof ? "the peer went away without a close frame" : "the connection broke: " + ec.message();
    return ended();
  }

  const WebSocketLimits limits_;
  const std::string peer_;
  BeastSocket socket_;
  beast::flat_buffer inbox_;
  std::deque<std::string> outbox_;  // the first one is being written
  std::size_t queued_ = 0;
  bool closing_ = false;
  bool dead_ = false;
  bool watching_ = false;
  std::string why_;  // why it ended
  Signal idle_;      // the outbox has become empty, or the connection ended
  TimePoint write_deadline_;
  asio::steady_timer write_timer_;
};

class BeastWebSocket final : public WebSocket {
 public:
  explicit BeastWebSocket(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~BeastWebSocket() override { core_->abort(); }
  asio::awaitable<result<std::string>> read() override { return Core::read(core_); }
  void send(std::string text) override { core_->send(std::move(text)); }
  asio::awaitable<void> close(std::string_view reason, milliseconds grace) override {
    return Core::close(core_, websocket::close_code::normal, std::string{reason}, grace);
  }
  void abort() override { core_->abort(); }
  void limit_messages(std::size_t max_bytes) override { core_->socket().read_message_max(max_bytes); }
  std::string peer() const override { return core_->peer(); }

 private:
  const std::shared_ptr<Core> core_;
};

Error refusal(const websocket::response_type& response) {
  const int status = static_cast<int>(response.result_int());
  const auto body = trim(response.body()).substr(0, 300);
  std::string words = "the server refused the WebSocket: " + std::to_string(status);
  if (!body.empty()) words += " " + std::string{body};
  return {status == 401 ? errc::unauthenticated : errc::denied, words};
}

}  // namespace

asio::awaitable<result<AcceptedWebSocket>> accept_web_socket(Stream stream, UpgradeRequest request,
                                                             std::string subprotocol, WebSocketLimits limits) {
  const auto core = std::make_shared<Core>(std::move(stream), limits);
  if (!subprotocol.empty()) {
    core->socket().set_option(websocket::stream_base::decorator([subprotocol](websocket::response_type& response) {
      response.set(http::field::sec_websocket_protocol, subprotocol);
    }));
  }
  const auto [ec] = co_await core->socket().async_accept(request, as_result);
  if (ec) {
    core->abort();
    co_return Error{ec, "WebSocket handshake"};
  }
  AcceptedWebSocket accepted;
  accepted.socket = std::make_unique<BeastWebSocket>(core);
  accepted.abort = [weak = std::weak_ptr<Core>{core}] {
    if (const auto alive = weak.lock()) alive->abort();
  };
  co_return accepted;
}

asio::awaitable<result<std::unique_ptr<WebSocket>>> upgrade_to_web_socket(Stream stream, std::string host,
                                                                          std::string target, std::string subprotocol,
                                                                          WebSocketLimits limits, TimePoint deadline) {
  const auto core = std::make_shared<Core>(std::move(stream), limits);
  core->socket().write_buffer_bytes(16 << 10);  // masked in pieces of this size
  core->socket().set_option(websocket::stream_base::decorator([subprotocol](websocket::request_type& request) {
    request.set(http::field::user_agent, "dirbridge");
    if (!subprotocol.empty()) request.set(http::field::sec_websocket_protocol, subprotocol);
  }));
  websocket::response_type response;
  auto operation = core->socket().async_handshake(response, host, target, as_result);
  const auto done = co_await with_deadline(std::move(operation), deadline);
  if (!done) {
    core->abort();
    co_return Error{errc::timed_out, "the server did not answer the WebSocket request in time"};
  }
  if (const auto [ec] = *done; ec) {
    core->abort();
    if (ec == websocket::error::upgrade_declined) co_return refusal(response);
    co_return Error{ec, "WebSocket handshake"};
  }
  if (response[http::field::sec_websocket_protocol] != subprotocol) {
    core->abort();
    co_return Error{errc::protocol, "the server does not speak the sub-protocol " + subprotocol};
  }
  co_return std::unique_ptr<WebSocket>{std::make_unique<BeastWebSocket>(core)};
}

}  // namespace dirbridge::net
