// What the world does to us: an error_code to branch on, and the words to show a person.
#pragma once
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <boost/system/system_error.hpp>
#include <string>
#include <utility>

namespace dirbridge {

using boost::system::error_code;

// The project's own errors; those of libraries keep their own categories (Asio, OpenSSL, ldap::category()).
enum class errc {
  malformed = 1,    // input that cannot be parsed; `detail` names the place
  too_large,        // a named limit was exceeded; `detail` names it
  not_found,        // the thing asked for does not exist
  denied,           // the peer is known but may not do this
  unauthenticated,  // the peer could not prove who it is
  timed_out,        // our own deadline came first
  cancelled,        // we were told to stop
  closed,           // the peer is gone
  conflict,         // the state does not allow this now
  unavailable,      // a resource is missing for now: disk full, directory away
  protocol,         // the peer broke the protocol
  configuration,    // the settings are wrong; `detail` names the key
};
const boost::system::error_category& dirbridge_category();
inline error_code make_error_code(errc code) { return {static_cast<int>(code), dirbridge_category()}; }

// Cheap to move. `detail` is for people and logs and never holds a secret.
struct Error {
  error_code code;
  std::string detail;

  Error() = default;
  Error(error_code c, std::string d = {}) : code(c), detail(std::move(d)) {}
  Error(errc c, std::string d = {}) : code(make_error_code(c)), detail(std::move(d)) {}
  // "detail" if there is one, else the code's own words; "detail: words" for codes of other libraries.
  std::string message() const;
};

template <class T>
using result = boost::system::result<T, Error>;

// value() of a failed result: only where the caller has checked, or at start-up.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace dirbridge

template <>
struct boost::system::is_error_code_enum<dirbridge::errc> : std::true_type {};
