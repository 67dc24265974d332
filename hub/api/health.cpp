// For load balancers and compose files: alive, and ready to do work.
#include "hub/api/api.hpp"

namespace dirbridge::hub::api {
namespace {

asio::awaitable<net::HttpResponse> healthz(Parts&, Call&) { co_return json_response({{"status", "ok"}}); }

// Ready means the ledger answers. Agents are shown, not demanded: without one the hub still truthfully says 502.
asio::awaitable<net::HttpResponse> readyz(Parts& parts, Call&) {
  co_return json_response({{"status", "ready"},
                           {"sequence", parts.store.views().last_sequence()},
                           {"agents", parts.registry.size()},
                           {"open_jobs", parts.book.size()}});
}

}  // namespace

void add_health(Router& router, Parts& parts) {
  router.add("GET", "/healthz", "", [&parts](Call& call) { return healthz(parts, call); });
  router.add("GET", "/readyz", "", [&parts](Call& call) { return readyz(parts, call); });
}

}  // namespace dirbridge::hub::api
