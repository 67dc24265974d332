// Agent pools (contract C4): one per directory, its id is the app instance's.
#include "base/text.hpp"
#include "hub/api/api.hpp"
#include "hub/api/objects.hpp"
#include "hub/http/service.hpp"

namespace dirbridge::hub::api {
namespace {

Json agent_json(const Parts& parts, const ledger::AgentRow& row, const char* type) {
  const auto live = parts.registry.find(row.id);
  return {{"id", row.id.str()},
          {"name", row.name},
          {"poolId", row.directory.str()},
          {"type", type},
          {"version", live ? live->state().software : ""},
          {"operationalStatus", live ? "OPERATIONAL" : "DISRUPTED"},
          {"isHidden", false},
          {"isLatestGAedVersion", true},
          {"lastConnection", live ? to_epoch_ms(live->state().last_seen) : 0}};
}

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  const auto wanted = call.request.parameter("poolType");
  auto json = Json::array();
  for (const auto& directory : parts.store.views().directories()) {
    const auto* type = is_active_directory(directory) ? "AD" : "LDAP";
    if (wanted && !equals_ignore_case(*wanted, type)) continue;
    auto agents = Json::array();
    std::size_t connected = 0;
    for (const auto& row : parts.store.views().agents(directory.id)) {
      if (row.revoked) continue;
      agents.push_back(agent_json(parts, row, type));
      if (parts.registry.find(row.id)) ++connected;
    }
    const auto disrupted = agents.size() - connected;
    json.push_back(
        {{"id", directory.id.str()},
         {"name", directory.name},
         {"type", type},
         {"operationalStatus", agents.empty()   ? "INACTIVE"
                               : disrupted == 0 ? "OPERATIONAL"
                               : connected == 0 ? "DISRUPTED"
                                                : "DEGRADED"},
         {"disruptedAgents", disrupted},
         {"inactiveAgents", 0},
         {"agents", std::move(agents)},
         {"_links", {{"self", {{"href", base_url(parts, call) + "/api/v1/agentPools/" + directory.id.str()}}}}}});
  }
  co_return json_response(json);
}

}  // namespace

void add_agent_pools(Router& router, Parts& parts) {
  router.add("GET", "/api/v1/agentPools", scope::read_agent_pools, [&parts](Call& call) { return list(parts, call); });
}

}  // namespace dirbridge::hub::api
