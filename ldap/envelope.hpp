// The outer form of an LDAPMessage (RFC 4511 section 4.1.1), checked before libldap sees it: libldap loses memory over
// messages that are broken on the outside (a request and its strings for each of them).
#pragma once
#include <optional>
#include <string_view>

#include "base/error.hpp"

namespace dirbridge::ldap {

struct Envelope {
  long msgid = 0;
  int tag = 0;  // of the operation, as on the wire: 0x65 is a searchResultDone
};

// `pdu` is one whole message as MessageFramer cuts it. errc::protocol if its parts do not fit into each other, the
// msgid is out of range, or an operation that is a result does not begin with code, matched DN and diagnostic text.
result<Envelope> open_envelope(std::string_view pdu);

}  // namespace dirbridge::ldap
