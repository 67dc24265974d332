// From libldap's messages to ours. Internal to session.cpp: the only header that names libldap's types.
#pragma once
#include <openldap.h>

#include <memory>
#include <string_view>

#include "ldap/session.hpp"

namespace dirbridge::ldap {

struct MessageDeleter {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using MessagePtr = std::unique_ptr<LDAPMessage, MessageDeleter>;

// Errors are errc::protocol: the message is BER, but not LDAP.
result<Session::Message> decode(LDAP* handle, LDAPMessage* message);

// RFC 4511 section 4.4: msgid 0, decoded apart because it answers no request libldap knows.
result<Session::Message> decode_notice(std::string_view pdu);

}  // namespace dirbridge::ldap
