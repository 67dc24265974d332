// The org authorization server's endpoints (contract A6). They need no token: one of them gives it.
#include "hub/api/api.hpp"

namespace dirbridge::hub::api {
namespace {

asio::awaitable<net::HttpResponse> token(Parts& parts, Call& call) {
  co_return co_await parts.tokens->issue(call.request, call.id);
}

asio::awaitable<net::HttpResponse> keys(Parts& parts, Call&) { co_return json_response(parts.tokens->public_keys()); }

}  // namespace

void add_oauth(Router& router, Parts& parts) {
  router.add("POST", "/oauth2/v1/token", "", [&parts](Call& call) { return token(parts, call); });
  router.add("GET", "/oauth2/v1/keys", "", [&parts](Call& call) { return keys(parts, call); });
}

}  // namespace dirbridge::hub::api
