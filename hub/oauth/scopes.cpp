#include "hub/oauth/scopes.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::hub::oauth {

namespace {

// Each may be read and managed.
constexpr std::string_view areas[] = {"agentPools",
                                      "apiTokens",
                                      "appGrants",
                                      "apps",
                                      "authenticators",
                                      "authorizationServers",
                                      "behaviors",
                                      "brands",
                                      "captchas",
                                      "certificateAuthorities",
                                      "clients",
                                      "deviceAssurance",
                                      "deviceIntegrations",
                                      "devices",
                                      "directories.groups",
                                      "domains",
                                      "emailDomains",
                                      "emailServers",
                                      "eventHooks",
                                      "factors",
                                      "features",
                                      "governance.accessCertifications",
                                      "governance.accessRequests",
                                      "governance.entitlements",
                                      "groups",
                                      "identitySources",
                                      "idps",
                                      "inlineHooks",
                                      "linkedObjects",
                                      "logStreams",
                                      "manifests",
                                      "networkZones",
                                      "oauthIntegrations",
                                      "orgs",
                                      "policies",
                                      "principalRateLimits",
                                      "profileMappings",
                                      "pushProviders",
                                      "rateLimits",
                                      "realmAssignments",
                                      "realms",
                                      "riskEvents",
                                      "riskProviders",
                                      "roles",
                                      "schemas",
                                      "securityEventsProviders",
                                      "sessions",
                                      "templates",
                                      "threatInsights",
                                      "trustedOrigins",
                                      "uischemas",
                                      "userTypes",
                                      "users"};
constexpr std::string_view others[] = {"okta.clients.register",      "okta.events.read",     "okta.logs.read",
                                       "okta.reports.read",          "okta.users.read.self", "okta.users.manage.self",
                                       "okta.universalLogout.manage"};

}  // namespace

bool is_known_scope(std::string_view scope) {
  if (std::ranges::find(others, scope) != std::end(others)) return true;
  constexpr std::string_view okta = "okta.";
  const auto last = scope.rfind('.');
  if (!scope.starts_with(okta) || last == std::string_view::npos || last < okta.size()) return false;
  const auto verb = scope.substr(last + 1);
  if (verb != "read" && verb != "manage") return false;
  return std::ranges::find(areas, scope.substr(okta.size(), last - okta.size())) != std::end(areas);
}

bool covers(std::string_view held, std::string_view wanted) {
  if (held == wanted) return true;
  constexpr std::string_view manage = ".manage", read = ".read";
  if (!held.ends_with(manage) || !wanted.ends_with(read)) return false;
  held.remove_suffix(manage.size());
  wanted.remove_suffix(read.size());
  return held == wanted;
}

Answer<std::vector<std::string>> scopes_to_issue(std::string_view asked, const std::vector<std::string>& granted) {
  std::vector<std::string> issued;
  bool any = false;
  for (const auto scope : split(asked, ' ')) {
    if (scope.empty()) continue;
    any = true;
    if (scope == "openid") return invalid_scope("The scope openid is not allowed for the client_credentials grant.");
    if (!is_known_scope(scope))
      return invalid_scope("One or more scopes are not known to this server: " + proto::clip(scope, 64) + ".");
    const bool allowed = std::ranges::any_of(granted, [&](const auto& held) { return covers(held, scope); });
    if (allowed && std::ranges::find(issued, scope) == issued.end()) issued.emplace_back(scope);
  }
  if (!any) return invalid_scope("No scopes were requested.");
  if (issued.empty())
    return OAuthError{400, "consent_required", "You are not allowed any of the requested scopes.", {}};
  return issued;
}

}  // namespace dirbridge::hub::oauth
