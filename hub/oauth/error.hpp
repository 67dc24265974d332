// The error form of the OAuth endpoints (RFC 6749 section 5.2), which is not Okta's envelope (contract A6).
#pragma once
#include <string>

#include "net/http.hpp"

namespace dirbridge::hub::oauth {

struct OAuthError {
  int status = 400;
  std::string error;  // "invalid_client", …
  std::string description;
  std::string nonce;  // for the dpop-nonce header; empty: none

  net::HttpResponse to_response() const;
};

inline OAuthError invalid_client(std::string why) { return {401, "invalid_client", std::move(why), {}}; }
inline OAuthError invalid_request(std::string why) { return {400, "invalid_request", std::move(why), {}}; }
inline OAuthError invalid_scope(std::string why) { return {400, "invalid_scope", std::move(why), {}}; }
inline OAuthError invalid_dpop_proof(std::string why) { return {400, "invalid_dpop_proof", std::move(why), {}}; }

// result<T> with this error instead of the project's own.
template <class T>
using Answer = boost::system::result<T, OAuthError>;
[[noreturn]] void throw_exception_from_error(const OAuthError& error, const boost::source_location& where);

}  // namespace dirbridge::hub::oauth
