// Controls that the doctor tries a server with: what goes into them, and what their answers hold. Pure BER.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace dirbridge::ldap {

// RFC 4511 section 4.1.11. Critical: a server that does not do what it says must do nothing at all (12).
struct Control {
  std::string oid;
  std::string value{};  // empty: none
  bool critical = true;
};

inline constexpr std::string_view sync_request_oid = "1.3.6.1.4.1.4203.1.9.1.1";
inline constexpr std::string_view sync_done_oid = "1.3.6.1.4.1.4203.1.9.1.3";
inline constexpr std::string_view dir_sync_oid = "1.2.840.113556.1.4.841";
inline constexpr std::string_view no_op_oid = "1.3.6.1.4.1.4203.666.5.2";

// RFC 4533, refreshOnly. `cookie`: of an earlier answer; empty: from the beginning.
Control sync_request(std::string_view cookie = {});
// The cookie of a Sync Done control; empty if it holds none. errc::protocol: it is not one.
result<std::string> sync_cookie(std::string_view sync_done_value);
// draft-ietf-ldapext-psearch: every change, and first what is there now.
Control persistent_search();
// MS-ADTS 3.1.1.3.4.1.3; with `object_security` only what the account may read, which needs no right of its own.
Control dir_sync(bool object_security);
// RFC 4370: the request is to be judged as if `dn` had made it.
Control proxied_authorization(std::string_view dn);
Control change_notification();  // MS-ADTS 3.1.1.3.4.1.9
// draft-ietf-ldapext-acl-model: 389 DS tells what `dn` may do with each entry of the answer.
Control effective_rights(std::string_view dn);
// MS-ADTS 3.1.1.3.4.1.11: of nTSecurityDescriptor only the owner and the list of who may do what. Without it nobody but
// an auditor is shown any of it.
Control owner_and_access();

const Control* find_control(const std::vector<Control>& controls, std::string_view oid);

}  // namespace dirbridge::ldap
