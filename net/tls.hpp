// TLS contexts and certificates; errors say what is wrong with a certificate, not "handshake failed".
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace dirbridge::net {

// PEM texts.
struct Identity {
  std::string certificate_chain;
  std::string private_key;
};
struct Authority {
  std::string certificate;
  std::string private_key;
};
// A host name as certificates hold it (RFC 1123; "*." in front stands for one label) or an IP address.
bool is_host_name(std::string_view text);
// P-256 (RSA-2048 costs 1.5 ms a handshake). `names` are DNS names and IP addresses for subjectAltName; the first is
// the common name too. Both are valid from an hour ago (peers' clocks differ). Throw std::runtime_error: start-up only.
Authority make_authority(std::string_view common_name, int days = 3650);
Identity issue(const Authority& authority, const std::vector<std::string>& names, int days = 825);
Identity issue(const Authority& authority, const std::vector<std::string>& names, WallTime from, WallTime until);

// TLS 1.2+, session resumption on. reload() swaps the identity for new connections.
class TlsServerContext {
 public:
  // Errors (errc::configuration) say what is wrong: no PEM, key of another certificate, …
  static result<std::shared_ptr<TlsServerContext>> make(const Identity& identity);
  // On an error the old identity stays.
  result<void> reload(const Identity& identity);
  boost::asio::ssl::context& context() { return context_; }
  TlsServerContext();

 private:
  boost::asio::ssl::context context_;
};

struct TlsClientSettings {
  std::string ca_file;       // PEM; empty: the system's store
  std::string ca_pem;        // instead of ca_file
  bool verify = true;        // false only by an explicit switch
  Identity client_identity;  // optional, for SASL EXTERNAL over TLS
};
// A connection failed because nobody the caller trusts signed the peer's certificate: another `ca_file` would help.
bool is_unknown_authority(const Error& error);

class TlsClientContext {
 public:
  // Errors name the file and what is wrong with it.
  static result<std::shared_ptr<TlsClientContext>> make(const TlsClientSettings& settings);
  boost::asio::ssl::context& context() { return context_; }
  bool verify() const { return verify_; }
  TlsClientContext();

 private:
  boost::asio::ssl::context context_;
  bool verify_ = true;
};

}  // namespace dirbridge::net
