#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>

#include "base/text.hpp"

namespace dirbridge::net {
namespace {

std::string openssl_words() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : "unknown error";
}

template <class T, void (*free_one)(T*)>
struct Free {
  void operator()(T* one) const { free_one(one); }
};
using X509Ptr = std::unique_ptr<X509, Free<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, BioFree>;

BioPtr read_bio(std::string_view text) { return BioPtr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))}; }

// No password prompt on the terminal: an encrypted key is an error.
int no_password(char*, int, int, void*) { return 0; }

// Puts certificate chain and key into `context`. What is wrong in words, or empty.
std::string use(SSL_CTX* context, const Identity& identity) {
  ERR_clear_error();
  const auto chain = read_bio(identity.certificate_chain);
  const X509Ptr leaf{PEM_read_bio_X509(chain.get(), nullptr, no_password, nullptr)};
  if (!leaf) return "the certificate is not PEM: " + openssl_words();
  const auto key_bio = read_bio(identity.private_key);
  const KeyPtr key{PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_password, nullptr)};
  if (!key) return "the private key is not PEM, or is encrypted: " + openssl_words();
  if (X509_check_private_key(leaf.get(), key.get()) != 1) {
    ERR_clear_error();
    return "the private key does not belong to the certificate";
  }
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1 || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return "the certificate cannot be used: " + openssl_words();
  SSL_CTX_clear_chain_certs(context);
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, no_password, nullptr))
    SSL_CTX_add0_chain_cert(context, next);
  ERR_clear_error();  // the end of the text is an error to OpenSSL
  return {};
}

// How many certificates were added to what `context` trusts.
int trust(SSL_CTX* context, std::string_view pem) {
  const auto bio = read_bio(pem);
  int count = 0;
  while (const X509Ptr certificate{PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)})
    count += X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
  ERR_clear_error();
  return count;
}

}  // namespace

TlsServerContext::TlsServerContext() : context_(boost::asio::ssl::context::tls_server) {
  SSL_CTX* const native = context_.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Resumption by tickets; the cache (TLS 1.2 without tickets) is bounded: a session is about 5 KB.
  static constexpr unsigned char name[] = "dirbridge";
  SSL_CTX_set_session_id_context(native, name, sizeof name - 1);
  SSL_CTX_sess_set_cache_size(native, 256);
  // One ticket instead of two: a client of ours has one connection, and each ticket costs a write.
  SSL_CTX_set_num_tickets(native, 1);
}

result<std::shared_ptr<TlsServerContext>> TlsServerContext::make(const Identity& identity) {
  auto made = std::make_shared<TlsServerContext>();
  if (auto words = use(made->context_.native_handle(), identity); !words.empty())
    return Error{errc::configuration, std::move(words)};
  return made;
}

result<void> TlsServerContext::reload(const Identity& identity) {
  // Tried on another context first: half an identity must not reach the one in use.
  const auto trial = make(identity);
  if (!trial) return trial.error();
  if (auto words = use(context_.native_handle(), identity); !words.empty())
    return Error{errc::configuration, std::move(words)};
  return {};
}

TlsClientContext::TlsClientContext() : context_(boost::asio::ssl::context::tls_client) {
  SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION);
}

result<std::shared_ptr<TlsClientContext>> TlsClientContext::make(const TlsClientSettings& settings) {
  auto made = std::make_shared<TlsClientContext>();
  SSL_CTX* const native = made->context_.native_handle();
  made->verify_ = settings.verify;
  if (!settings.ca_file.empty()) {
    const auto text = read_file(settings.ca_file);
    if (!text) return Error{errc::configuration, text.error().message()};
    if (trust(native, *text) == 0)
      return Error{errc::configuration, settings.ca_file + ": holds no certificate in PEM"};
  }
  if (!settings.ca_pem.empty() && trust(native, settings.ca_pem) == 0)
    return Error{errc::configuration, "the given authority is not a certificate in PEM"};
  if (settings.ca_file.empty() && settings.ca_pem.empty() && settings.verify) SSL_CTX_set_default_verify_paths(native);
  if (!settings.client_identity.certificate_chain.empty()) {
    if (auto words = use(native, settings.client_identity); !words.empty())
      return Error{errc::configuration, "client certificate: " + words};
  }
  return made;
}

}  // namespace dirbridge::net
