#include "net/certificate_error.hpp"

#include <arpa/inet.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <ctime>
#include <memory>
#include <vector>

#include "base/text.hpp"
#include "net/tls.hpp"

namespace dirbridge::net {
namespace {

// is_unknown_authority() looks for these.
constexpr std::string_view unknown_authority = "is signed by an unknown authority ";
constexpr std::string_view self_signed = "is self-signed and not among the trusted ones";

std::string bio_text(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<std::size_t>(size)};
}

// "CN=Example CA, O=Example": control characters come out escaped, so a peer cannot write into our log.
std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio{BIO_new(BIO_s_mem()), BIO_free};
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ & ~ASN1_STRFLGS_ESC_MSB);
  const std::string text = bio_text(bio.get());
  return text.empty() ? "(no name)" : text;
}

std::string date_text(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "unreadable date";
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

// Printable ASCII only: a subjectAltName is the peer's text.
std::string safe(std::string_view text) {
  std::string out;
  for (const char c : text) out += c > ' ' && c < 0x7f ? c : '?';
  return out;
}

// At most five names: a certificate may hold hundreds.
std::string issued_for(X509* certificate) {
  std::vector<std::string> names;
  const auto free_names = [](GENERAL_NAMES* list) { GENERAL_NAMES_free(list); };
  const std::unique_ptr<GENERAL_NAMES, decltype(free_names)> list{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)), free_names};
  for (int i = 0; i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list.get(), i);
    if (name->type == GEN_DNS) {
      names.push_back(safe({reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                            static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
    } else if (name->type == GEN_IPADD) {
      const int family = ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6;
      char text[INET6_ADDRSTRLEN] = "?";
      if (family == AF_INET || ASN1_STRING_length(name->d.iPAddress) == 16)
        inet_ntop(family, ASN1_STRING_get0_data(name->d.iPAddress), text, sizeof text);
      names.emplace_back(text);
    }
  }
  if (names.empty()) return name_text(X509_get_subject_name(certificate)) + " (no subjectAltName)";
  std::string text = names[0];
  for (std::size_t i = 1; i < names.size() && i < 5; ++i) text += ", " + names[i];
  if (names.size() > 5) text += " and " + std::to_string(names.size() - 5) + " more";
  return text;
}

}  // namespace

bool is_unknown_authority(const Error& error) {
  return error.code == errc::unauthenticated && (error.detail.find(unknown_authority) != std::string::npos ||
                                                 error.detail.find(self_signed) != std::string::npos);
}

std::string describe_certificate_error(X509_STORE_CTX* context, std::string_view host) {
  const int error = X509_STORE_CTX_get_error(context);
  X509* certificate = X509_STORE_CTX_get_current_cert(context);
  if (!certificate) return std::string{"certificate refused: "} + X509_verify_cert_error_string(error);
  const bool is_peer = X509_STORE_CTX_get_error_depth(context) == 0;
  const std::string subject = name_text(X509_get_subject_name(certificate));
  // The chain's other certificates are named: it is not the server's own that has to be replaced.
  const std::string which = is_peer ? "certificate" : "certificate of its authority " + subject;
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return which + " has expired (" + date_text(X509_get0_notAfter(certificate)) + ")";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return which + " is not valid before " + date_text(X509_get0_notBefore(certificate));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "certificate was issued for " + issued_for(certificate) + ", not for " + safe(host);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return which + " " + std::string{unknown_authority} + name_text(X509_get_issuer_name(certificate));
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return "certificate " + std::string{unknown_authority} + subject;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "certificate " + subject + " " + std::string{self_signed};
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return which + " names the authority " + name_text(X509_get_issuer_name(certificate)) +
             " but was signed by another key of that name";
    case X509_V_ERR_CERT_REVOKED: return which + " has been revoked";
    case X509_V_ERR_INVALID_PURPOSE: return which + " was not issued for this use";
    case X509_V_ERR_INVALID_CA: return which + " is not one of an authority";
    default: return which + " refused: " + X509_verify_cert_error_string(error);
  }
}

}  // namespace dirbridge::net
