#include "net/http_connection.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/log.hpp"
#include "net/http_text.hpp"
#include "net/web_socket_accept.hpp"

namespace dirbridge::net {

namespace http = boost::beast::http;
using SteadyClock = std::chrono::steady_clock;

// The parser only: reading is our own, because it has to know header from body from silence.
struct HttpConnection::Request {
  http::request_parser<http::string_body> parser;
  std::string fault;            // what malformed() is told
  Part too_large = Part::body;  // what too_large() is told
  bool continued = false;       // "100 Continue" was sent
};

namespace {

constexpr std::size_t read_size = 4096;
constexpr std::size_t body_read_size = 64 << 10;
constexpr auto closing_timeout = std::chrono::seconds{2};

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

HttpRequest convert(UpgradeRequest& message, std::string peer, bool secure) {
  HttpRequest request;
  request.method = view(message.method_string());
  request.target = view(message.target());
  for (const auto& header : message) request.headers.emplace(view(header.name_string()), view(header.value()));
  request.body = std::move(message.body());
  request.peer = std::move(peer);
  request.secure = secure;
  if (const auto whole = split_target(request.target)) {
    // RFC 9112 section 3.2.2: the host of such a target counts, and the header's does not.
    request.headers.erase("Host");
    request.headers.emplace("Host", std::string{whole->host});
    request.target = (whole->rest.starts_with('/') ? "" : "/") + std::string{whole->rest};
  }
  return request;
}

// What Beast's parser lets through and we must not; empty if nothing is wrong.
std::string_view fault_of(const UpgradeRequest& message, bool over_tls) {
  if (message.version() != 10 && message.version() != 11) return "the HTTP version is neither 1.0 nor 1.1";
  if (message.count(http::field::host) != 1 && message.version() == 11) return "there must be one Host header";
  // Anything but "chunked" is a body whose end we cannot see: request smuggling (RFC 9112 section 6.3).
  if (message.count(http::field::transfer_encoding) > 0 &&
      (message.count(http::field::transfer_encoding) > 1 ||
       !equals_ignore_case(view(message[http::field::transfer_encoding]), "chunked")))
    return "the transfer encoding is not supported";
  const auto target = view(message.target());
  if (target.starts_with('/') || (target == "*" && message.method() == http::verb::options)) return {};
  const auto whole = split_target(target);
  if (!whole) return "the request target is neither a path nor a URL";
  // RFC 9110 section 7.4: what asks for TLS must have come over it.
  if (whole->secure && !over_tls) return "the request target is an https URL, and this is plain HTTP";
  return {};
}

bool wants_web_socket(const UpgradeRequest& message) {
  return message.method() == http::verb::get && http::token_list{message[http::field::connection]}.exists("upgrade") &&
         http::token_list{message[http::field::upgrade]}.exists("websocket");
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpServerState> server, Stream stream)
    : server_(std::move(server)), stream_(std::move(stream)), peer_(stream_.peer()), timer_(server_->executor) {
  server_->connections.insert(this);
}

HttpConnection::~HttpConnection() {
  server_->connections.erase(this);
  server_->changed.notify();
}

void HttpConnection::close() {
  stream_.close();
  if (abort_web_socket_) abort_web_socket_();
}

asio::awaitable<void> HttpConnection::run(std::shared_ptr<HttpConnection> self) {
  try {
    co_await self->serve();
  } catch (const std::exception& e) {
    log::error("http.connection.failed", {{"peer", self->peer_}, {"reason", e.what()}});
  }
}

asio::awaitable<void> HttpConnection::serve() {
  if (server_->tls) {
    ++server_->handshakes;
    const auto secured =
        co_await stream_.secure_server(server_->tls, SteadyClock::now() + server_->limits.handshake_timeout);
    --server_->handshakes;
    server_->changed.notify();
    if (!secured) {
      log::debug("http.tls.failed", {{"peer", peer_}, {"reason", secured.error().message()}});
      co_return;
    }
  }
  for (bool more = true; more && !server_->stopped;) more = co_await serve_one();
  if (!stream_.is_open()) co_return;
  enter(Phase::closing, milliseconds::max());
  co_await stream_.shut_down(SteadyClock::now() + closing_timeout);
}

asio::awaitable<bool> HttpConnection::serve_one() {
  Request request;
  request.parser.eager(true);
  request.parser.header_limit(static_cast<std::uint32_t>(server_->limits.max_header_bytes));
  request.parser.body_limit(server_->limits.max_body_bytes);
  const auto arrival = co_await receive(request);
  if (server_->stopped) co_return false;
  switch (arrival) {
    case Arrival::closed: stream_.close(); co_return false;
    case Arrival::timed_out: co_return co_await refuse(server_->handler.timed_out(unread(request)));
    case Arrival::too_large: co_return co_await refuse(server_->handler.too_large(unread(request), request.too_large));
    case Arrival::malformed: co_return co_await refuse(server_->handler.malformed(unread(request), request.fault));
    case Arrival::complete: break;
  }
  auto& message = request.parser.get();
  if (const auto fault = fault_of(message, stream_.is_secure()); !fault.empty())
    co_return co_await refuse(server_->handler.malformed(unread(request), fault));
  if (wants_web_socket(message)) co_return co_await upgrade(request);
  const bool keep_alive = message.keep_alive();
  const unsigned version = message.version();
  co_return co_await answer(convert(message, peer_, stream_.is_secure()), keep_alive, version);
}

asio::awaitable<HttpConnection::Arrival> HttpConnection::receive(Request& request) {
  if (buffer_.size() == 0 && buffer_.capacity() > 2 * read_size)
    buffer_.shrink_to_fit();  // it may now be idle for long
  enter(Phase::idle, server_->limits.idle_timeout);
  for (;;) {
    if (Arrival arrival{}; buffer_.size() > 0 && parse(request, arrival)) co_return arrival;
    if (phase_ == Phase::body && !request.continued && request.parser.get().version() == 11 &&
        equals_ignore_case(view(request.parser.get()[http::field::expect]), "100-continue")) {
      request.continued = true;
      const auto unsent = co_await write("HTTP/1.1 100 Continue\r\n\r\n", {});
      if (unsent) co_return timed_out_ ? Arrival::timed_out : Arrival::closed;
    }
    const auto room = buffer_.prepare(phase_ == Phase::body ? body_read_size : read_size);
    const auto [ec, size] = co_await stream_.async_read_some(room, as_result);
    // The time-out counts even if bytes came in the same turn: its timer will not fire again.
    if (timed_out_ || ec) co_return timed_out_&& phase_ != Phase::idle ? Arrival::timed_out : Arrival::closed;
    buffer_.commit(size);
  }
}

// True if `arrival` is known, false if more bytes are needed.
bool HttpConnection::parse(Request& request, Arrival& arrival) {
  if (phase_ == Phase::idle) {
    // RFC 9112 section 2.2: an empty line before the request line is ignored.
    const auto text = static_cast<const char*>(buffer_.data().data());
    if (text[0] == '\r' && (buffer_.size() == 1 || text[1] == '\n')) {
      if (buffer_.size() == 1) return false;
      buffer_.consume(2);
      if (buffer_.size() == 0) return false;
    }
  }
  auto& parser = request.parser;
  error_code ec;
  buffer_.consume(parser.put(buffer_.data(), ec));
  if (ec == http::error::need_more) ec = {};
  if (ec) {
    const bool large = ec == http::error::body_limit || ec == http::error::header_limit;
    request.fault = ec.message();
    if (ec == http::error::header_limit)
      request.too_large = parser.get().target().empty() && !first_line_ends() ? Part::target : Part::header;
    arrival = large ? Arrival::too_large : Arrival::malformed;
    return true;
  }
  if (parser.is_done()) {
    arrival = Arrival::complete;
    return true;
  }
  // Chunk extensions and trailers gather outside the limits of Beast.
  if (buffer_.size() > server_->limits.max_header_bytes) {
    request.fault = "chunk extensions or trailers are longer than the limit of a header";
    arrival = Arrival::malformed;
    return true;
  }
  if (parser.is_header_done() && phase_ != Phase::body) {
    enter(Phase::body, server_->limits.body_timeout);
  } else if (phase_ == Phase::idle) {
    enter(Phase::header, server_->limits.header_timeout);
  }
  return false;
}

Unread HttpConnection::unread(const Request& request) const {
  const auto& message = request.parser.get();
  Unread known{stream_.is_secure(), {}};
  if (message.count(http::field::host) == 1) known.host = view(message[http::field::host]);
  // As convert() does: the host of a whole URL counts.
  if (const auto whole = split_target(view(message.target()))) known.host = whole->host;
  return known;
}

// Of a request line that Beast has not consumed yet.
bool HttpConnection::first_line_ends() const {
  const std::string_view text{static_cast<const char*>(buffer_.data().data()), buffer_.size()};
  return text.substr(0, server_->limits.max_header_bytes).find('\n') != std::string_view::npos;
}

asio::awaitable<bool> HttpConnection::answer(HttpRequest request, bool keep_alive, unsigned version) {
  enter(Phase::handling, milliseconds::max());
  const std::string method = request.method;
  const Unread about{request.secure, std::string{request.header("Host")}};
  HttpResponse response;
  std::string failure;
  try {
    response = co_await server_->handler.handle(std::move(request));
  } catch (const std::exception& e) {
    failure = e.what();
    if (failure.empty()) failure = "exception";
  }
  if (!failure.empty()) {
    log::error("http.handler.failed", {{"peer", peer_}, {"reason", failure}});
    response = server_->handler.failed(about);
  }
  const bool with_body = has_body(response.status, method);
  co_return co_await respond(std::move(response), keep_alive && !server_->stopped, version, with_body);
}

asio::awaitable<bool> HttpConnection::upgrade(Request& request) {
  auto& message = request.parser.get();
  const auto about = unread(request);
  if (buffer_.size() > 0)
    co_return co_await refuse(server_->handler.malformed(about, "data follows the upgrade request"));
  if (message[http::field::sec_websocket_version] != "13") {
    auto response = server_->handler.malformed(about, "only version 13 of WebSocket is spoken here");
    response.status = 426;
    response.headers.emplace("Sec-WebSocket-Version", "13");
    co_return co_await refuse(std::move(response));
  }
  if (message.count(http::field::sec_websocket_key) != 1)
    co_return co_await refuse(server_->handler.malformed(about, "there must be one Sec-WebSocket-Key header"));
  enter(Phase::handling, milliseconds::max());
  const bool keep_alive = message.keep_alive();
  HttpRequest converted = convert(message, peer_, stream_.is_secure());
  std::optional<HttpResponse> refusal;
  std::string failure;
  try {
    refusal = co_await server_->handler.check_upgrade(converted);
  } catch (const std::exception& e) {
    failure = std::string{"check_upgrade: "} + e.what();
  }
  if (!failure.empty()) {
    log::error("http.handler.failed", {{"peer", peer_}, {"reason", failure}});
    refusal = server_->handler.failed(about);
  }
  if (refusal) co_return co_await respond(std::move(*refusal), keep_alive && !server_->stopped, 11, true);
  if (server_->stopped) co_return false;

  std::string chosen;  // named: g++ 12 destroys temporaries of a conditional inside co_await twice
  if (http::token_list{message[http::field::sec_websocket_protocol]}.exists(server_->subprotocol))
    chosen = server_->subprotocol;
  auto accepted =
      co_await accept_web_socket(std::move(stream_), std::move(message), std::move(chosen), server_->limits.web_socket);
  if (!accepted) {
    log::debug("http.upgrade.failed", {{"peer", peer_}, {"reason", accepted.error().message()}});
    co_return false;
  }
  enter(Phase::web_socket, milliseconds::max());
  buffer_.shrink_to_fit();
  abort_web_socket_ = std::move(accepted->abort);
  if (server_->stopped) co_return false;
  co_await server_->handler.upgraded(std::move(converted), std::move(accepted->socket));
  co_return false;
}

// The connection ends after it: what follows in the stream cannot be trusted, or was never read.
asio::awaitable<bool> HttpConnection::refuse(HttpResponse response) {
  co_return co_await respond(std::move(response), false, 11, true);
}

asio::awaitable<bool> HttpConnection::respond(HttpResponse response, bool keep_alive, unsigned version,
                                              bool with_body) {
  enter(Phase::writing, server_->limits.write_timeout);
  const std::string head = response_head(response, keep_alive, version);
  const std::string_view body = with_body ? std::string_view{response.body} : std::string_view{};
  const auto ec = co_await write(head, body);
  if (ec) {
    if (timed_out_) log::debug("http.client.slow", {{"peer", peer_}, {"status", response.status}});
    stream_.close();
    co_return false;
  }
  co_return keep_alive;
}

// Head and body leave in one system call when they fit; every bit of progress gives a slow client new time.
asio::awaitable<error_code> HttpConnection::write(std::string_view head, std::string_view body) {
  while (!head.empty() || !body.empty()) {
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(body)};
    auto [ec, size] = co_await stream_.async_write_some(buffers, as_result);
    if (timed_out_ && !ec) ec = asio::error::timed_out;
    if (ec) co_return ec;
    const auto from_head = std::min(size, head.size());
    head.remove_prefix(from_head);
    body.remove_prefix(size - from_head);
    if (phase_ == Phase::writing) enter(Phase::writing, server_->limits.write_timeout);
  }
  co_return error_code{};
}

// One timer for many deadlines: it is set anew only when a deadline comes before the one it waits for.
void HttpConnection::enter(Phase phase, milliseconds limit) {
  phase_ = phase;
  timed_out_ = false;
  deadline_ = limit == milliseconds::max() ? TimePoint::max() : SteadyClock::now() + limit;
  if (deadline_ < watching_until_) watch();
}

void HttpConnection::watch() {
  watching_until_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([weak = weak_from_this()](error_code ec) {
    const auto self = weak.lock();
    if (!self || ec || SteadyClock::now() < self->watching_until_) return;
    self->watching_until_ = TimePoint::max();
    if (self->deadline_ == TimePoint::max()) return;
    if (SteadyClock::now() < self->deadline_) return self->watch();
    self->expired();
  });
}

void HttpConnection::expired() {
  timed_out_ = true;
  stream_.cancel();
}

}  // namespace dirbridge::net
