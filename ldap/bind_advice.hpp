// What a person can do about a refused bind. Pure.
#pragma once
#include <string>

#include "ldap/session.hpp"

namespace dirbridge::ldap {

// One sentence without a full stop; empty if there is nothing to say beyond the server's own words. Active Directory
// hides the reason of a 49 in its diagnostic as "data 52e", others in a control: they decide only what is said here.
std::string bind_advice(const Result& result, PasswordState password = PasswordState::unremarkable);
// The same of a bind with a Kerberos ticket.
std::string gssapi_bind_advice(const Result& result);

}  // namespace dirbridge::ldap
