#include "hub/oauth/error.hpp"

#include <stdexcept>

#include "json/json.hpp"

namespace dirbridge::hub::oauth {

net::HttpResponse OAuthError::to_response() const {
  const nlohmann::ordered_json body{{"error", error}, {"error_description", description}};
  net::HttpResponse response{status,
                             {{"Content-Type", "application/json"}},
                             body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
  if (!nonce.empty()) response.headers.emplace("dpop-nonce", nonce);
  return response;
}

void throw_exception_from_error(const OAuthError& error, const boost::source_location&) {
  throw std::logic_error(error.error + ": " + error.description);
}

}  // namespace dirbridge::hub::oauth
