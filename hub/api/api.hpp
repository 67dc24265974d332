// The resources of the hub's API, one file each. Every add_… puts its endpoints into the router.
#pragma once
#include <string>

#include "hub/access.hpp"
#include "hub/gateway/agent_registry.hpp"
#include "hub/hooks/hook_service.hpp"
#include "hub/http/router.hpp"
#include "hub/import_service.hpp"
#include "hub/job_book.hpp"
#include "hub/membership_service.hpp"
#include "hub/oauth/token_service.hpp"
#include "hub/preview_service.hpp"
#include "hub/read_service.hpp"
#include "hub/settings.hpp"
#include "hub/store.hpp"
#include "json/json.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub::api {

// What endpoints work with; all of it outlives the router.
struct Parts {
  const Clock& clock;
  const HubSettings& settings;
  Store& store;
  Access& access;
  JobBook& book;
  AgentRegistry& registry;
  ImportService& imports;
  MembershipService& memberships;
  ReadService& reads;
  PreviewService& previews;
  HookService& hooks;
  oauth::TokenService* tokens = nullptr;
  std::string authority_pem;  // of the hub's own CA; empty if it uses somebody else's certificate
};

void add_directories_integration(Router& router, Parts& parts);  // POST /api/v1/directories/{id}/groups/modify
void add_group_queries(Router& router, Parts& parts);            // …/groups/{id}/query
void add_groups(Router& router, Parts& parts);                   // GET /api/v1/groups…
void add_okta_groups(Router& router, Parts& parts);              // POST, PUT, DELETE /api/v1/groups…
void add_users(Router& router, Parts& parts);                    // GET /api/v1/users…
void add_apps(Router& router, Parts& parts);                     // GET /api/v1/apps…
void add_app_features(Router& router, Parts& parts);             // GET /api/v1/apps/{id}/features…
void add_agent_pools(Router& router, Parts& parts);              // GET /api/v1/agentPools
void add_system_log(Router& router, Parts& parts);               // GET /api/v1/logs
void add_event_hooks(Router& router, Parts& parts);              // /api/v1/eventHooks
void add_health(Router& router, Parts& parts);                   // /healthz, /readyz
void add_operator_directories(Router& router, Parts& parts);     // /_dirbridge/v1/directories, agents, imports, ca.pem
void add_operator_tokens(Router& router, Parts& parts);          // /_dirbridge/v1/tokens
void add_oauth(Router& router, Parts& parts);                    // /oauth2/v1/token, keys
void add_operator_apps(Router& router, Parts& parts);            // /_dirbridge/v1/apps, token-keys
void add_operator_previews(Router& router, Parts& parts);        // /_dirbridge/v1/directories/{id}/groups/preview
void add_operator_jobs(Router& router, Parts& parts);            // /_dirbridge/v1/jobs

// ---- shared by the resources ----
proto::OktaError to_error(const proto::BodyError& problem);
// For endpoints that read jobs or members: they see what was answered before (Store::settle), or the caller gets 503.
using Handler = asio::awaitable<net::HttpResponse> (*)(Parts& parts, Call& call);
Endpoint settled(Parts& parts, Handler handler);
net::HttpResponse json_response(const Json& json, int status = 200);
// Of this request: the configured one, or what the caller used in Host.
std::string base_url(const Parts& parts, const Call& call);
// ?limit and the cursor. Okta's lists take any limit from 1 on and give at most `max`, with a next link (decision
// 0009); our own lists have no such link and refuse more than `max`.
enum class Above { capped, refused };
struct Paging {
  std::size_t fallback;
  std::size_t max;
  Above above = Above::capped;
  std::string_view cursor = "after";              // the parameter's name
  bool (*is_cursor)(std::string_view) = nullptr;  // what this list hands out
  std::string_view limit = "limit";               // the parameter's name
  std::string_view no_limit{};                    // a value that stands for the fallback
};
boost::system::result<ledger::Page, proto::OktaError> page_of(const Call& call, const Paging& paging);
// Prefix and 17 characters of [A-Za-z0-9] (contract B5).
bool is_id(std::string_view text, std::string_view prefix);
// "name" of a body: 1 to 256 bytes, not only blanks, and nothing that moves the cursor of whoever looks at a list.
boost::system::result<std::string, proto::OktaError> name_of(const Json& body);
// Adds Link rel="self" and, if `next` is not empty, rel="next" (contract B4).
void add_links(net::HttpResponse& response, const Parts& parts, const Call& call, const std::string& next);

}  // namespace dirbridge::hub::api
