// Our own certificates: a P-256 authority and what it issues (net/tls.hpp).
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/core/ignore_unused.hpp>
#include <memory>
#include <stdexcept>

#include "base/crypto.hpp"
#include "base/text.hpp"
#include "net/tls.hpp"

namespace dirbridge::net {
namespace {

struct Deleter {
  void operator()(X509* one) const { X509_free(one); }
  void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
  void operator()(BIO* one) const { BIO_free(one); }
  void operator()(X509_EXTENSION* one) const { X509_EXTENSION_free(one); }
};
template <class T>
using Ptr = std::unique_ptr<T, Deleter>;

void check(bool ok, const char* what) {
  if (ok) return;
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  throw std::runtime_error(std::string{"certificate: "} + what + (reason ? std::string{": "} + reason : ""));
}

Ptr<EVP_PKEY> new_key() {
  Ptr<EVP_PKEY> key{EVP_EC_gen("P-256")};
  check(key != nullptr, "cannot make a P-256 key");
  return key;
}

std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<std::size_t>(size)};
}
std::string to_pem(X509* certificate) {
  const Ptr<BIO> bio{BIO_new(BIO_s_mem())};
  check(PEM_write_bio_X509(bio.get(), certificate) == 1, "cannot write the certificate");
  return text_of(bio.get());
}
std::string to_pem(EVP_PKEY* key) {
  const Ptr<BIO> bio{BIO_new(BIO_s_mem())};
  check(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "cannot write the key");
  return text_of(bio.get());
}

// RFC 5280 section 4.1.2.2: positive, unique per authority; 127 random bits.
void set_serial(X509* certificate) {
  std::string bytes = random_bytes(16);
  bytes[0] = static_cast<char>((bytes[0] & 0x3f) | 0x40);
  BIGNUM* number =
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
}

void set_validity(X509* certificate, WallTime from, WallTime until) {
  const auto seconds = [](WallTime time) {
    return static_cast<std::time_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
  };
  check(ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(from)) &&
            ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(until)),
        "bad validity");
}

// RFC 5280: a common name has at most 64 characters; the subjectAltName is what counts.
void set_common_name(X509* certificate, std::string_view name) {
  name = name.substr(0, 64);
  check(X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()),
                                   -1, 0) == 1,
        "bad common name");
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Ptr<X509_EXTENSION> extension{X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())};
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "bad extension");
}

bool is_address(std::string_view text) {
  boost::system::error_code not_an_address;
  boost::ignore_unused(boost::asio::ip::make_address(text, not_an_address));
  return !not_an_address;
}

// "DNS:db.example.org,IP:127.0.0.1". A comma in a name would be read as another entry.
std::string alternative_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    check(is_host_name(name), "bad host name");
    text += (text.empty() ? "" : ",") + std::string{is_address(name) ? "IP:" : "DNS:"} + name;
  }
  return text;
}

Ptr<X509> new_certificate(EVP_PKEY* key, std::string_view common_name, WallTime from, WallTime until) {
  Ptr<X509> certificate{X509_new()};
  check(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "cannot make one");
  set_serial(certificate.get());
  set_validity(certificate.get(), from, until);
  set_common_name(certificate.get(), common_name);
  check(X509_set_pubkey(certificate.get(), key) == 1, "bad key");
  return certificate;
}

constexpr auto clock_difference = std::chrono::hours{1};

}  // namespace

bool is_host_name(std::string_view text) {
  if (is_address(text)) return text.find('%') == std::string_view::npos;  // a scope is this machine's own affair
  if (text.starts_with("*.")) text.remove_prefix(2);
  if (text.empty() || text.size() > 253) return false;
  const auto labels = split(text, '.');
  return std::ranges::all_of(labels, [](std::string_view label) {
    const auto allowed = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, allowed);
  });
}

Authority make_authority(std::string_view common_name, int days) {
  const auto key = new_key();
  const WallTime now = system_clock().wall_now();
  const auto certificate =
      new_certificate(key.get(), common_name, now - clock_difference, now + std::chrono::hours{24} * days);
  X509* const raw = certificate.get();
  X509_set_issuer_name(raw, X509_get_subject_name(raw));
  extend(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(raw, raw, NID_subject_key_identifier, "hash");
  check(X509_sign(raw, key.get(), EVP_sha256()) > 0, "cannot sign");
  return {to_pem(raw), to_pem(key.get())};
}

Identity issue(const Authority& authority, const std::vector<std::string>& names, int days) {
  const WallTime now = system_clock().wall_now();
  return issue(authority, names, now - clock_difference, now + std::chrono::hours{24} * days);
}

Identity issue(const Authority& authority, const std::vector<std::string>& names, WallTime from, WallTime until) {
  const Ptr<BIO> certificate_bio{
      BIO_new_mem_buf(authority.certificate.data(), static_cast<int>(authority.certificate.size()))};
  const Ptr<X509> issuer{PEM_read_bio_X509(certificate_bio.get(), nullptr, nullptr, nullptr)};
  check(issuer != nullptr, "the authority's certificate is not PEM");
  const Ptr<BIO> key_bio{BIO_new_mem_buf(authority.private_key.data(), static_cast<int>(authority.private_key.size()))};
  const Ptr<EVP_PKEY> issuer_key{PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr)};
  check(issuer_key != nullptr, "the authority's key is not PEM");
  check(!names.empty(), "no host name given");

  const auto key = new_key();
  const auto certificate = new_certificate(key.get(), names.front(), from, until);
  X509* const raw = certificate.get();
  X509_set_issuer_name(raw, X509_get_subject_name(issuer.get()));
  extend(raw, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  extend(raw, issuer.get(), NID_key_usage, "critical,digitalSignature");
  extend(raw, issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  extend(raw, issuer.get(), NID_subject_key_identifier, "hash");
  extend(raw, issuer.get(), NID_authority_key_identifier, "keyid:always");
  extend(raw, issuer.get(), NID_subject_alt_name, alternative_names(names));
  check(X509_sign(raw, issuer_key.get(), EVP_sha256()) > 0, "cannot sign");
  return {to_pem(raw), to_pem(key.get())};
}

}  // namespace dirbridge::net
