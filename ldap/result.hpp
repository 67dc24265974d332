// LDAP result codes (RFC 4511 appendix A) as an error category, and what a failure means as conditions.
#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"

namespace dirbridge::ldap {

// A server's LDAPResult.
struct Result {
  int code = 0;
  std::string matched_dn;
  std::string diagnostic;
  std::vector<std::string> referrals;  // never chased
  bool ok() const { return code == 0; }
};

// error_code(value, category()): value is the result code, or libldap's own negative one.
const boost::system::error_category& category();
error_code make_code(int ldap_code);
// "insufficientAccessRights"; RFC 4511's names, "result 4242" for others.
std::string code_name(int ldap_code);
// The same as an Error: its code for branching; message() is "no write access to parent: insufficientAccessRights
// (50)".
Error to_error(const Result& result);

// Branch on these: `if (ec == condition::transient)`.
enum class condition {
  transient = 1,  // the server could not now: busy 51, unavailable 52, other 80, operationsError 1, timeLimit 3,
                  // adminLimit 11, unwillingToPerform 53, referral 10 (a read-only replica)
  already,  // the wanted state may hold already: attributeOrValueExists 20, noSuchAttribute 16, entryAlreadyExists 68,
            // 53
  not_found,   // noSuchObject 32
  permanent,   // asking again changes nothing
  connection,  // bind or transport trouble: the connection's fault, not the request's (49, 48, 8, 13, -1, -11 …)
};
const boost::system::error_category& condition_category();
inline boost::system::error_condition make_error_condition(condition c) {
  return {static_cast<int>(c), condition_category()};
}

}  // namespace dirbridge::ldap

template <>
struct boost::system::is_error_condition_enum<dirbridge::ldap::condition> : std::true_type {};
