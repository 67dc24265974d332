// Judging why there is no way to a server, or no bind.
#include "doctor/judge.hpp"
#include "doctor/words.hpp"

namespace dirbridge::doctor {
namespace {

bool says(const Error& error, std::string_view words) { return error.message().find(words) != std::string::npos; }

std::string remedy_of_bind(const WayFailed& seen) {
  if (says(seen.error, "must change its password"))
    return "change the account's password once, as itself, and write the new one into the password file; or take the "
           "demand to change it off the account";
  if (seen.has_keytab) return "correct ldap.keytab_file, ldap.principal, ldap.kdcs or the account";
  switch (seen.error.code.category() == ldap::category() ? seen.error.code.value() : 0) {
    case 8:
    case 13: return std::string{wants_tls};
    case 7:
    case 48:
      return "let the server allow this kind of bind, or choose another: ldap.bind_dn with a password, "
             "ldap.sasl_external, ldap.keytab_file";
    case 34: return "ldap.bind_dn is no name to this server: correct it";
    case 53:
      // 389 DS with nsslapd-minssf says no more than that.
      if (seen.is_clear) return std::string{wants_tls} + "; if it does not, unlock or enable the account";
      if (says(seen.error, "SSF"))
        return "the server demands stronger encryption than this connection has (389 DS: nsslapd-minssf in cn=config)";
      return "unlock or enable the account, and see that ldap.bind_password_file is not empty";
    case 19: return "unlock or enable the account, and see that ldap.bind_password_file is not empty";
    case 51:
    case 52:
    case 80: return "the server is in trouble of its own: see its log";
    default:
      return "correct ldap.bind_dn or the password file; if both are right, see whether the account is locked, "
             "disabled or expired";
  }
}

// The words are our own (net/certificate_error.cpp); they decide only what is advised.
std::string remedy_of_connection(const WayFailed& seen) {
  switch (seen.speaks) {
    case WayFailed::Speaks::tls:
      return "this port speaks TLS from the first byte: write ldaps:// in ldap.urls, without ldap.starttls";
    case WayFailed::Speaks::clear:
      return "this port speaks LDAP without TLS: write ldap:// in ldap.urls and set ldap.starttls, or name the port of "
             "ldaps";
    case WayFailed::Speaks::unknown: break;
  }
  const auto& error = seen.error;
  if (says(error, "refuses StartTLS"))
    return "give the directory a certificate, so that it offers StartTLS; or use its ldaps:// port";
  if (says(error, "has expired")) return "renew the directory's certificate";
  if (says(error, "not valid before")) return "set the clocks of both machines right, or renew the certificate";
  if (says(error, "was issued for"))
    return "use in ldap.urls the name that the certificate is for, or give the server one for this name";
  if (says(error, "was not issued for this use"))
    return "give the directory a certificate for servers: extendedKeyUsage serverAuth";
  if (says(error, "did not answer") || error.code == errc::timed_out)
    return "the server hangs, or another program listens on this port: see its log, and host and port in ldap.urls";
  if (says(error, "certificate")) return "let ldap.ca_file name the authority of the certificate that the server shows";
  if (says(error, "no TLS with")) return "see whether this port speaks TLS, and which versions of it";
  if (error.code == errc::configuration) return "correct the file's name, its content or its mode";
  if (says(error, "not found") || says(error, "has no address") || says(error, "not resolved"))
    return "correct the host's name in ldap.urls, or the name service of this machine";
  return "correct host and port in ldap.urls; see whether the directory runs, and whether a firewall stands between";
}

}  // namespace

bool is_of_bind(const Error& error) {
  if (says(error, "refuses StartTLS") || says(error, "no TLS with")) return false;
  return error.code.category() == ldap::category() || error.code == errc::unauthenticated ||
         says(error, "the bind with Kerberos");
}

Finding judge_no_way(const WayFailed& seen) {
  if (is_of_bind(seen.error)) return {Check::bind, Severity::problem, seen.error.message(), remedy_of_bind(seen)};
  return {Check::connection, Severity::problem, seen.error.message(), remedy_of_connection(seen)};
}

Finding judge_no_secret(const Error& error) {
  return {Check::bind, Severity::problem, error.message(),
          says(error, "the password is empty") ? "the file is empty: write the account's password into it"
                                               : "correct the file's name or mode"};
}

Finding judge_request_size(const SizeTry& seen) {
  const std::string size = std::to_string(seen.bytes) + " bytes";
  if (!seen.lost.code)
    return {Check::limits, Severity::ok, "a request of " + size + ", the largest that an agent sends, is taken"};
  return {Check::limits, Severity::problem,
          "a request of " + size + ", the largest that an agent sends, is not answered: " + seen.lost.message(),
          "raise the server's limit (OpenLDAP: olcSockbufMaxIncomingAuth in cn=config, for an anonymous "
          "account olcSockbufMaxIncoming; 389 DS: nsslapd-maxbersize in "
          "cn=config), or lower agent.max_bytes_per_modify"};
}

}  // namespace dirbridge::doctor
