// Agent pools (contract C4): one per directory, its id is the app instance's.
#include <array>

#include "hub/api/api.hpp"
#include "hub/api/listing.hpp"
#include "hub/api/objects.hpp"
#include "hub/http/service.hpp"
#include "hub/operational_status.hpp"

namespace dirbridge::hub::api {
namespace {

std::string_view pool_type(const ledger::DirectoryRow& directory) {
  return is_active_directory(directory) ? "AD" : "LDAP";
}
// AgentType of Okta's description.
constexpr std::array<std::string_view, 7> pool_types{"AD", "IWA", "LDAP", "MFA", "OPP", "RUM", "Radius"};

OperationalStatus status_of(const Parts& parts, const ledger::AgentRow& row) {
  const auto live = parts.registry.find(row.id);
  return status_of_agent(live != nullptr, live ? live->state().directory_state : "");
}

Json agent_json(const Parts& parts, const ledger::AgentRow& row, std::string_view type) {
  const auto live = parts.registry.find(row.id);
  // What came before this start of the hub is not kept; that it was here to enrol is known.
  const auto seen = parts.registry.last_seen(row.id).value_or(row.enrolled);
  return {{"id", row.id.str()},
          {"name", row.name},
          {"poolId", row.directory.str()},
          {"type", type},
          {"version", live ? live->state().software : row.software},
          {"operationalStatus", to_text(status_of(parts, row))},
          {"isHidden", false},
          {"isLatestGAedVersion", true},
          {"lastConnection", to_epoch_ms(seen)}};
}

Json pool_json(const Parts& parts, const Call& call, const ledger::DirectoryRow& directory) {
  auto agents = Json::array();
  std::vector<OperationalStatus> states;
  for (const auto& row : parts.store.views().agents(directory.id)) {
    if (row.revoked) continue;
    agents.push_back(agent_json(parts, row, pool_type(directory)));
    states.push_back(status_of(parts, row));
  }
  return {{"id", directory.id.str()},
          {"name", directory.name},
          {"type", pool_type(directory)},
          {"operationalStatus", to_text(status_of_pool(states))},
          {"disruptedAgents", std::ranges::count(states, OperationalStatus::disrupted)},
          {"inactiveAgents", 0},
          {"agents", std::move(agents)},
          {"_links", {{"self", {{"href", base_url(parts, call) + "/api/v1/agentPools/" + directory.id.str()}}}}}};
}

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  const auto type = call.request.parameter("poolType");
  if (type && std::ranges::find(pool_types, *type) == pool_types.end())
    co_return to_response(
        proto::validation_failed("poolType", {"poolType: one of AD, IWA, LDAP, MFA, OPP, RUM, Radius"}));
  auto query = ListQuery::parse(call, {.fallback = 5, .max = 200, .limit = "limitPerPoolType"});
  if (!query) co_return to_response(query.error());
  const auto read = [&parts](const std::string& after, std::size_t limit) {
    return directories_behind(parts, after, limit);
  };
  const auto show = [&](const ledger::DirectoryRow& row) -> std::optional<Json> {
    if (type && *type != pool_type(row)) return std::nullopt;
    return pool_json(parts, call, row);
  };
  co_return co_await answer_list(
      parts, call, *query, read, [](const auto& row) { return row.id.str(); }, show);
}

// Okta's description has no such call, but the link of each pool leads here, and whoever follows it to a pool that is
// none is told so in the words that were seen of Okta.
asio::awaitable<net::HttpResponse> get(Parts& parts, Call& call) {
  const auto app = app_of(parts, call);
  if (!app) co_return to_response(app.error());
  co_return json_response(pool_json(parts, call, *app));
}

}  // namespace

void add_agent_pools(Router& router, Parts& parts) {
  router.add("GET", "/api/v1/agentPools", scope::read_agent_pools, [&parts](Call& call) { return list(parts, call); });
  router.add("GET", "/api/v1/agentPools/{id}", scope::read_agent_pools,
             [&parts](Call& call) { return get(parts, call); });
}

}  // namespace dirbridge::hub::api
