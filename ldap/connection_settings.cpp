#include "ldap/connection_settings.hpp"

#include "base/crypto.hpp"
#include "base/text.hpp"

namespace dirbridge::ldap {

result<std::shared_ptr<net::TlsClientContext>> tls_context(const ClientSettings& settings) {
  net::TlsClientSettings tls;
  tls.ca_file = settings.ca_file;
  if (!settings.certificate_file.empty()) {
    auto certificate = read_file(settings.certificate_file);
    auto key = read_file(settings.key_file);
    if (!certificate || !key) return Error{errc::configuration, (certificate ? key : certificate).error().message()};
    tls.client_identity = {std::move(*certificate), std::move(*key)};
  }
  return net::TlsClientContext::make(tls);
}

result<ConnectionSettings> connection_settings(const ClientSettings& settings, const ServerUrl& url,
                                               std::shared_ptr<net::TlsClientContext> tls) {
  ConnectionSettings out;
  out.url = url;
  out.starttls = settings.starttls;
  out.bind_dn = settings.bind_dn;
  out.connect_timeout = settings.connect_timeout;
  out.tls_timeout = settings.tls_timeout;
  out.bind_timeout = settings.bind_timeout;
  out.window = settings.window;
  out.idle = settings.idle;
  out.limits.max_message_bytes = settings.max_message_bytes;
  if (url.transport == ServerUrl::Transport::tls || settings.starttls) {
    if (!tls) {
      auto made = tls_context(settings);
      if (!made) return made.error();
      tls = std::move(*made);
    }
    out.tls = std::move(tls);
  }
  out.kerberos = settings.kerberos;
  if (!settings.kerberos.keytab_file.empty()) out.bind = ConnectionSettings::Bind::gssapi;
  if (settings.sasl_external) out.bind = ConnectionSettings::Bind::external;
  if (!settings.bind_dn.empty()) {
    out.bind = ConnectionSettings::Bind::simple;
    auto password = read_file(settings.bind_password_file);  // each time: a changed password heals by itself
    if (!password) return Error{errc::configuration, "the bind password: " + password.error().message()};
    if (password->ends_with('\n')) password->pop_back();
    if (password->ends_with('\r')) password->pop_back();
    if (password->empty()) return Error{errc::configuration, settings.bind_password_file + ": the password is empty"};
    out.password = Secret{std::move(*password)};
  }
  return out;
}

std::string credentials_fingerprint(const ClientSettings& settings) {
  std::string all;
  for (const auto* file :
       {&settings.bind_password_file, &settings.kerberos.keytab_file, &settings.certificate_file, &settings.key_file}) {
    const auto text = file->empty() ? result<std::string>{std::string{}} : read_file(*file);
    all += text ? sha256(*text) : "cannot be read";
  }
  return sha256(all);
}

}  // namespace dirbridge::ldap
