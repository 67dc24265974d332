#include "ldap/bind_advice.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace dirbridge::ldap {
namespace {

// Windows' own error numbers in hexadecimal.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> active_directory_reasons{{
    {"525", "there is no such account: check ldap.bind_dn"},
    {"52e", "the account or its password is wrong: check ldap.bind_dn and the password file"},
    {"530", "the account may not log on at this time: lift its logon hours"},
    {"531", "the account may not log on from this machine: allow it"},
    {"532", "the account's password has expired: set a new one, and let it not expire"},
    {"533", "the account is disabled: enable it"},
    {"701", "the account has expired: extend it"},
    {"773", "the account must change its password first: set one without that demand"},
    {"775", "the account is locked: unlock it, and see what else uses its password"},
}};

std::string_view active_directory_reason(std::string_view diagnostic) {
  constexpr std::string_view mark = "data ";
  const auto at = diagnostic.find(mark);
  if (at == std::string_view::npos) return {};
  auto number = diagnostic.substr(at + mark.size());
  number = number.substr(0, number.find_first_of(", \0"));
  const auto found = std::ranges::find_if(active_directory_reasons,
                                          [&](const auto& one) { return equals_ignore_case(one.first, number); });
  return found == active_directory_reasons.end() ? std::string_view{} : found->second;
}

}  // namespace

std::string bind_advice(const Result& result, PasswordState password) {
  switch (password) {
    case PasswordState::expired: return "the account's password has expired: set a new one, and let it not expire";
    case PasswordState::locked:
      return "the account is locked or disabled: unlock it, and see what else uses its password";
    case PasswordState::must_change: return "the account must change its password first: set one without that demand";
    case PasswordState::unremarkable: break;
  }
  switch (result.code) {
    case 49:
      if (const auto reason = active_directory_reason(result.diagnostic); !reason.empty()) return std::string{reason};
      return "check the bind DN and the password file, and whether the account is locked";
    case 19: return "the account is locked, or its password must be changed: see the directory's password policy";
    case 48: return "the server does not allow this way to bind";
    case 8:
    case 13: return "the server wants TLS: use ldaps:// or StartTLS";
    case 7: return "the server does not know this way to bind";
    case 53:
      // 389 DS with nsslapd-minssf: "Minimum SSF not met."
      if (result.diagnostic.find("SSF") != std::string::npos)
        return "the server wants TLS: use ldaps:// or StartTLS, of a strength that it accepts";
      return "the server refuses this bind by its policy; is the password file empty, or the account disabled?";
    default: return {};
  }
}

std::string gssapi_bind_advice(const Result& result) {
  switch (result.code) {
    case 7: return "the server does not offer GSSAPI";
    case 8:
    case 13: return "the server wants TLS, which does not go with Kerberos here: use ldaps:// and a password";
    case 49:
      return "the server does not accept the ticket: is it the one that has the service principal name, has its own "
             "password changed, and is its clock right?";
    default: return bind_advice(result);
  }
}

}  // namespace dirbridge::ldap
