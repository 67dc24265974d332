// From what somebody configured for a directory to what one connection to one of its servers needs.
#pragma once
#include <memory>

#include "ldap/client.hpp"
#include "ldap/connection.hpp"

namespace dirbridge::ldap {

// Its files are read now. errc::configuration names the file and what is wrong with it.
result<std::shared_ptr<net::TlsClientContext>> tls_context(const ClientSettings& settings);

// Reads the password file. `tls` is used if the server is spoken to over TLS, and made if it is null.
result<ConnectionSettings> connection_settings(const ClientSettings& settings, const ServerUrl& url,
                                               std::shared_ptr<net::TlsClientContext> tls = nullptr);

// Of the files that hold what we prove ourselves with, as they are now. It shows nothing of them.
std::string credentials_fingerprint(const ClientSettings& settings);

}  // namespace dirbridge::ldap
