#include "net/certificate_look.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <ctime>
#include <memory>

#include "net/deadline.hpp"

namespace dirbridge::net {
namespace {

using asio::ip::tcp;

std::string text_of(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), &BIO_free};
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

WallTime end_of(const X509* certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return WallTime::min();
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::from_time_t(::timegm(&parts)));
}

std::vector<SeenCertificate> chain_of(SSL* ssl) {
  std::vector<SeenCertificate> chain;
  const auto* shown = SSL_get_peer_cert_chain(ssl);  // of a client: with the server's own
  for (int i = 0; shown != nullptr && i < sk_X509_num(shown); ++i) {
    const X509* one = sk_X509_value(shown, i);
    chain.push_back({text_of(X509_get_subject_name(one)), text_of(X509_get_issuer_name(one)), end_of(one)});
  }
  return chain;
}

}  // namespace

asio::awaitable<result<std::vector<SeenCertificate>>> look_at_certificates(asio::any_io_executor executor,
                                                                           Endpoint endpoint, TimePoint deadline,
                                                                           TlsPrelude prelude) {
  const std::string host = endpoint.host;
  auto stream = co_await connect_tcp(executor, std::move(endpoint), deadline);
  if (!stream) co_return stream.error();
  if (prelude) {
    const auto begun = co_await prelude(*stream, deadline);
    if (!begun) co_return begun.error();
  }
  // The usual stream verifies, or shows nothing: this one goes around it, on a descriptor of its own.
  const int descriptor = ::dup(stream->native_handle());
  if (descriptor < 0) co_return Error{errc::unavailable, "no descriptor for another connection"};
  Stream::Socket socket{executor, asio::generic::stream_protocol{AF_INET, IPPROTO_TCP}, descriptor};
  asio::ssl::context context{asio::ssl::context::tls_client};
  context.set_verify_mode(asio::ssl::verify_none);
  asio::ssl::stream<Stream::Socket&> tls{socket, context};
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(tls.native_handle(), host.c_str());
  auto operation = tls.async_handshake(asio::ssl::stream_base::client, as_result);
  const auto done = co_await with_deadline(std::move(operation), deadline);
  if (!done) co_return Error{errc::timed_out, host + " did not finish the TLS handshake in time"};
  if (const auto [ec] = *done; ec) co_return Error{ec, "TLS handshake with " + host};
  co_return chain_of(tls.native_handle());
}

}  // namespace dirbridge::net
