#include "net/stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/consign.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cassert>

#include "net/certificate_error.hpp"
#include "net/deadline.hpp"

namespace dirbridge::net {

struct Stream::Impl {
  explicit Impl(Socket s) : socket(std::move(s)) {}

  Socket socket;
  std::string peer;
  std::shared_ptr<void> tls_context;
  std::unique_ptr<asio::ssl::stream<Socket&>> tls;

  void close() {
    error_code ignored;
    socket.close(ignored);
  }
};

namespace {

std::string peer_of(const Stream::Socket& socket) {
  error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  if (ec) return "unknown";
  const int family = endpoint.protocol().family();
  if (family == AF_UNIX) return "local";
  asio::ip::tcp::endpoint ip;
  if (endpoint.size() > ip.capacity()) return "unknown";
  std::memcpy(ip.data(), endpoint.data(), endpoint.size());
  ip.resize(endpoint.size());
  const auto address = ip.address().to_string();
  return (family == AF_INET6 ? "[" + address + "]" : address) + ":" + std::to_string(ip.port());
}

// `certificate` is what the verify callback found wrong, if it was asked.
Error handshake_error(const error_code& ec, const std::string& certificate) {
  if (!certificate.empty()) return {errc::unauthenticated, certificate};
  if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated)
    return {errc::closed, "the peer closed the connection during the TLS handshake"};
  if (ec.category() != asio::error::get_ssl_category()) return {ec, "TLS handshake"};
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(ec.value()));
  switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_RECORD_LENGTH_MISMATCH:
    case SSL_R_UNEXPECTED_MESSAGE: return {errc::protocol, "the peer does not speak TLS on this port"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return {errc::protocol, "the peer speaks only TLS older than 1.2"};
    default: break;
  }
  const char* words = ERR_reason_error_string(static_cast<unsigned long>(ec.value()));
  // Reasons from 1000 on are alerts: it was the peer who was not content.
  const std::string who = reason >= SSL_AD_REASON_OFFSET ? "the peer refused the TLS handshake: " : "TLS handshake: ";
  return {errc::protocol, who + (words ? words : ec.message())};
}

}  // namespace

Stream::Stream() = default;
Stream::Stream(Socket socket) : impl_(std::make_shared<Impl>(std::move(socket))) {
  impl_->peer = peer_of(impl_->socket);
  error_code ignored;  // a local socket has no such option
  impl_->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}
Stream::~Stream() { close(); }

Stream::executor_type Stream::get_executor() const {
  assert(impl_);
  return impl_->socket.get_executor();
}
bool Stream::is_open() const { return impl_ && impl_->socket.is_open(); }
bool Stream::is_secure() const { return impl_ && impl_->tls; }
int Stream::native_handle() const { return impl_ ? impl_->socket.native_handle() : -1; }
std::string Stream::peer() const { return impl_ ? impl_->peer : std::string{}; }

void Stream::close() {
  if (impl_) impl_->close();
}

void Stream::cancel() {
  error_code ignored;
  if (impl_) impl_->socket.cancel(ignored);
}

void Stream::start_read(asio::mutable_buffer buffer, Handler handler) {
  assert(impl_);
  if (impl_->tls) {
    impl_->tls->async_read_some(buffer, asio::consign(std::move(handler), impl_));
  } else {
    impl_->socket.async_read_some(buffer, std::move(handler));
  }
}

void Stream::start_write(const Gather& gathered, Handler handler) {
  assert(impl_);
  if (impl_->tls) {
    impl_->tls->async_write_some(gathered, asio::consign(std::move(handler), impl_));
  } else {
    impl_->socket.async_write_some(gathered, std::move(handler));
  }
}

asio::awaitable<result<void>> Stream::secure_client(std::shared_ptr<TlsClientContext> tls, std::string host,
                                                    TimePoint deadline) {
  assert(impl_ && !impl_->tls);
  const auto impl = impl_;
  impl->tls_context = tls;
  impl->tls = std::make_unique<asio::ssl::stream<Socket&>>(impl->socket, tls->context());
  SSL* const ssl = impl->tls->native_handle();
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(ssl, host.c_str());  // RFC 6066: names only
  const auto wrong = std::make_shared<std::string>();
  if (tls->verify()) {
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (not_an_address) {
      X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
    } else {
      X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
    }
    impl->tls->set_verify_mode(asio::ssl::verify_peer);
    impl->tls->set_verify_callback([wrong, host](bool good, asio::ssl::verify_context& context) {
      if (!good && wrong->empty()) *wrong = describe_certificate_error(context.native_handle(), host);
      return good;
    });
  }
  auto operation = impl->tls->async_handshake(asio::ssl::stream_base::client, as_result);
  const auto done = co_await with_deadline(std::move(operation), deadline);
  if (!done) {
    impl->close();
    co_return Error{errc::timed_out, "the peer did not finish the TLS handshake in time"};
  }
  if (const auto [ec] = *done; ec) {
    impl->close();
    co_return handshake_error(ec, *wrong);
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> Stream::secure_server(std::shared_ptr<TlsServerContext> tls, TimePoint deadline) {
  assert(impl_ && !impl_->tls);
  const auto impl = impl_;
  impl->tls_context = tls;
  impl->tls = std::make_unique<asio::ssl::stream<Socket&>>(impl->socket, tls->context());
  auto operation = impl->tls->async_handshake(asio::ssl::stream_base::server, as_result);
  const auto done = co_await with_deadline(std::move(operation), deadline);
  if (!done) {
    impl->close();
    co_return Error{errc::timed_out, "the peer did not finish the TLS handshake in time"};
  }
  if (const auto [ec] = *done; ec) {
    impl->close();
    co_return handshake_error(ec, {});
  }
  co_return result<void>{};
}

asio::awaitable<void> Stream::shut_down(TimePoint deadline) {
  const auto impl = impl_;
  if (!impl || !impl->socket.is_open()) co_return;
  if (impl->tls) {
    // Fails when the peer's data comes before its close_notify; ours was sent all the same.
    co_await with_deadline(impl->tls->async_shutdown(as_result), deadline);
  }
  error_code ec;
  impl->socket.shutdown(asio::socket_base::shutdown_send, ec);
  char dropped[4096];
  for (std::size_t left = 1 << 20; !ec && left > 0;) {
    const auto read = co_await with_deadline(impl->socket.async_read_some(asio::buffer(dropped), as_result), deadline);
    if (!read) break;
    ec = std::get<0>(*read);
    left -= std::min(left, std::get<1>(*read));
  }
  impl->close();
}

}  // namespace dirbridge::net
