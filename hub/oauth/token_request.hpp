// POST /oauth2/v1/token as a value: what SDKs put into the form, or (one of them) into the query. Pure.
#pragma once
#include <string>

#include "hub/oauth/error.hpp"
#include "net/http.hpp"

namespace dirbridge::hub::oauth {

struct TokenRequest {
  std::string assertion;
  std::string client_id;  // not needed; empty: it is not there
  std::string scope;      // separated by blanks
};

// The errors of contract A6 that can be told before anybody is authenticated.
Answer<TokenRequest> read_token_request(const net::HttpRequest& request);

}  // namespace dirbridge::hub::oauth
