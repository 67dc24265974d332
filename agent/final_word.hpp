// Whose word an error of a read is: the server's, for good, or trouble on the way to it. Pure.
#pragma once
#include "base/error.hpp"
#include "ldap/result.hpp"

namespace dirbridge::agent {

// The server's own result code; 0: it is not the server that says so.
inline int code_of_server(const Error& error) {
  return error.code.category() == ldap::category() && error.code.value() > 0 ? error.code.value() : 0;
}
// It will say the same when it is asked again.
inline bool is_final_word(const Error& error) {
  return code_of_server(error) != 0 && error.code == ldap::condition::permanent;
}

}  // namespace dirbridge::agent
