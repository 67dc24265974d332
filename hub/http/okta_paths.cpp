#include "hub/http/okta_paths.hpp"

#include <map>

#include "base/text.hpp"

namespace dirbridge::hub {
namespace {

// "{}" stands for one segment. From Okta's published description of its API (management 2026.06.3, its authorization
// server, its governance API), whatever the hub serves of it.
constexpr std::string_view templates = R"(
/.well-known/app-authenticator-configuration /.well-known/apple-app-site-association /.well-known/assetlinks.json
/.well-known/oauth-authorization-server /.well-known/okta-organization /.well-known/openid-configuration
/.well-known/ssf-configuration /.well-known/webauthn /api/v1/agentPools /api/v1/agentPools/{}/updates
/api/v1/agentPools/{}/updates/settings /api/v1/agentPools/{}/updates/{} /api/v1/agentPools/{}/updates/{}/activate
/api/v1/agentPools/{}/updates/{}/deactivate /api/v1/agentPools/{}/updates/{}/pause
/api/v1/agentPools/{}/updates/{}/resume /api/v1/agentPools/{}/updates/{}/retry /api/v1/agentPools/{}/updates/{}/stop
/api/v1/api-tokens /api/v1/api-tokens/current /api/v1/api-tokens/{} /api/v1/apps
/api/v1/apps/google/{}/oauth2/callback /api/v1/apps/office365/{}/oauth2/callback /api/v1/apps/{}
/api/v1/apps/{}/connections/default /api/v1/apps/{}/connections/default/jwks
/api/v1/apps/{}/connections/default/lifecycle/activate /api/v1/apps/{}/connections/default/lifecycle/deactivate
/api/v1/apps/{}/credentials/csrs /api/v1/apps/{}/credentials/csrs/{}
/api/v1/apps/{}/credentials/csrs/{}/lifecycle/publish /api/v1/apps/{}/credentials/jwks
/api/v1/apps/{}/credentials/jwks/{} /api/v1/apps/{}/credentials/jwks/{}/lifecycle/activate
/api/v1/apps/{}/credentials/jwks/{}/lifecycle/deactivate /api/v1/apps/{}/credentials/keys
/api/v1/apps/{}/credentials/keys/generate /api/v1/apps/{}/credentials/keys/{}
/api/v1/apps/{}/credentials/keys/{}/clone /api/v1/apps/{}/credentials/secrets /api/v1/apps/{}/credentials/secrets/{}
/api/v1/apps/{}/credentials/secrets/{}/lifecycle/activate /api/v1/apps/{}/credentials/secrets/{}/lifecycle/deactivate
/api/v1/apps/{}/cwo/connections /api/v1/apps/{}/cwo/connections/{} /api/v1/apps/{}/express-configure/oauth2/authorize
/api/v1/apps/{}/express-configure/{} /api/v1/apps/{}/features /api/v1/apps/{}/features/{}
/api/v1/apps/{}/federated-claims /api/v1/apps/{}/federated-claims/{} /api/v1/apps/{}/grants /api/v1/apps/{}/grants/{}
/api/v1/apps/{}/group-push/mappings /api/v1/apps/{}/group-push/mappings/{} /api/v1/apps/{}/groups
/api/v1/apps/{}/groups/{} /api/v1/apps/{}/interclient-allowed-apps /api/v1/apps/{}/interclient-allowed-apps/{}
/api/v1/apps/{}/interclient-target-apps /api/v1/apps/{}/lifecycle/activate /api/v1/apps/{}/lifecycle/deactivate
/api/v1/apps/{}/logo /api/v1/apps/{}/policies/{} /api/v1/apps/{}/sso/saml/metadata /api/v1/apps/{}/tokens
/api/v1/apps/{}/tokens/{} /api/v1/apps/{}/unconfirmed-users /api/v1/apps/{}/users /api/v1/apps/{}/users/{}
/api/v1/apps/{}/{}/oauth2/callback /api/v1/authenticators /api/v1/authenticators/{} /api/v1/authenticators/{}/aaguids
/api/v1/authenticators/{}/aaguids/{} /api/v1/authenticators/{}/lifecycle/activate
/api/v1/authenticators/{}/lifecycle/deactivate /api/v1/authenticators/{}/methods /api/v1/authenticators/{}/methods/{}
/api/v1/authenticators/{}/methods/{}/lifecycle/activate /api/v1/authenticators/{}/methods/{}/lifecycle/deactivate
/api/v1/authenticators/{}/methods/{}/verify-rp-id-domain /api/v1/authn /api/v1/authn/cancel
/api/v1/authn/recovery/password /api/v1/authn/recovery/token /api/v1/authn/recovery/unlock
/api/v1/authorizationServers /api/v1/authorizationServers/{} /api/v1/authorizationServers/{}/associatedServers
/api/v1/authorizationServers/{}/associatedServers/{} /api/v1/authorizationServers/{}/claims
/api/v1/authorizationServers/{}/claims/{} /api/v1/authorizationServers/{}/clients
/api/v1/authorizationServers/{}/clients/{}/tokens /api/v1/authorizationServers/{}/clients/{}/tokens/{}
/api/v1/authorizationServers/{}/credentials/keys /api/v1/authorizationServers/{}/credentials/keys/{}
/api/v1/authorizationServers/{}/credentials/lifecycle/keyRotate /api/v1/authorizationServers/{}/lifecycle/activate
/api/v1/authorizationServers/{}/lifecycle/deactivate /api/v1/authorizationServers/{}/policies
/api/v1/authorizationServers/{}/policies/{} /api/v1/authorizationServers/{}/policies/{}/lifecycle/activate
/api/v1/authorizationServers/{}/policies/{}/lifecycle/deactivate /api/v1/authorizationServers/{}/policies/{}/rules
/api/v1/authorizationServers/{}/policies/{}/rules/{}
/api/v1/authorizationServers/{}/policies/{}/rules/{}/lifecycle/activate
/api/v1/authorizationServers/{}/policies/{}/rules/{}/lifecycle/deactivate
/api/v1/authorizationServers/{}/resourceservercredentials/keys
/api/v1/authorizationServers/{}/resourceservercredentials/keys/{}
/api/v1/authorizationServers/{}/resourceservercredentials/keys/{}/lifecycle/activate
/api/v1/authorizationServers/{}/resourceservercredentials/keys/{}/lifecycle/deactivate
/api/v1/authorizationServers/{}/scopes /api/v1/authorizationServers/{}/scopes/{} /api/v1/behaviors
/api/v1/behaviors/{} /api/v1/behaviors/{}/lifecycle/activate /api/v1/behaviors/{}/lifecycle/deactivate /api/v1/brands
/api/v1/brands/{} /api/v1/brands/{}/domains /api/v1/brands/{}/pages/error /api/v1/brands/{}/pages/error/customized
/api/v1/brands/{}/pages/error/default /api/v1/brands/{}/pages/error/preview /api/v1/brands/{}/pages/sign-in
/api/v1/brands/{}/pages/sign-in/customized /api/v1/brands/{}/pages/sign-in/default
/api/v1/brands/{}/pages/sign-in/preview /api/v1/brands/{}/pages/sign-in/widget-versions
/api/v1/brands/{}/pages/sign-out/customized /api/v1/brands/{}/templates/email /api/v1/brands/{}/templates/email/{}
/api/v1/brands/{}/templates/email/{}/customizations /api/v1/brands/{}/templates/email/{}/customizations/{}
/api/v1/brands/{}/templates/email/{}/customizations/{}/preview /api/v1/brands/{}/templates/email/{}/default-content
/api/v1/brands/{}/templates/email/{}/default-content/preview /api/v1/brands/{}/templates/email/{}/settings
/api/v1/brands/{}/templates/email/{}/test /api/v1/brands/{}/themes /api/v1/brands/{}/themes/{}
/api/v1/brands/{}/themes/{}/background-image /api/v1/brands/{}/themes/{}/favicon /api/v1/brands/{}/themes/{}/logo
/api/v1/brands/{}/well-known-uris /api/v1/brands/{}/well-known-uris/{} /api/v1/brands/{}/well-known-uris/{}/customized
/api/v1/captchas /api/v1/captchas/{} /api/v1/device-assurances /api/v1/device-assurances/{}
/api/v1/device-integrations /api/v1/device-integrations/{} /api/v1/device-integrations/{}/lifecycle/activate
/api/v1/device-integrations/{}/lifecycle/deactivate /api/v1/device-posture-checks
/api/v1/device-posture-checks/default /api/v1/device-posture-checks/{} /api/v1/devices /api/v1/devices/{}
/api/v1/devices/{}/lifecycle/activate /api/v1/devices/{}/lifecycle/deactivate /api/v1/devices/{}/lifecycle/suspend
/api/v1/devices/{}/lifecycle/unsuspend /api/v1/devices/{}/users /api/v1/directories/{}/groups/modify
/api/v1/directories/{}/groups/{}/query /api/v1/directories/{}/groups/{}/query/{} /api/v1/domains /api/v1/domains/{}
/api/v1/domains/{}/certificate /api/v1/domains/{}/verify /api/v1/dr/failback /api/v1/dr/failover /api/v1/dr/status
/api/v1/dr/status/{} /api/v1/email-domains /api/v1/email-domains/{} /api/v1/email-domains/{}/verify
/api/v1/email-servers /api/v1/email-servers/{} /api/v1/email-servers/{}/test /api/v1/eventHooks /api/v1/eventHooks/{}
/api/v1/eventHooks/{}/lifecycle/activate /api/v1/eventHooks/{}/lifecycle/deactivate
/api/v1/eventHooks/{}/lifecycle/verify /api/v1/features /api/v1/features/{} /api/v1/features/{}/dependencies
/api/v1/features/{}/dependents /api/v1/features/{}/{} /api/v1/first-party-app-settings/{} /api/v1/groups
/api/v1/groups/rules /api/v1/groups/rules/{} /api/v1/groups/rules/{}/lifecycle/activate
/api/v1/groups/rules/{}/lifecycle/deactivate /api/v1/groups/{} /api/v1/groups/{}/apps /api/v1/groups/{}/owners
/api/v1/groups/{}/owners/{} /api/v1/groups/{}/roles /api/v1/groups/{}/roles/{}
/api/v1/groups/{}/roles/{}/targets/catalog/apps /api/v1/groups/{}/roles/{}/targets/catalog/apps/{}
/api/v1/groups/{}/roles/{}/targets/catalog/apps/{}/{} /api/v1/groups/{}/roles/{}/targets/groups
/api/v1/groups/{}/roles/{}/targets/groups/{} /api/v1/groups/{}/users /api/v1/groups/{}/users/{} /api/v1/hook-keys
/api/v1/hook-keys/public/{} /api/v1/hook-keys/{} /api/v1/iam/assignees/users /api/v1/iam/governance/bundles
/api/v1/iam/governance/bundles/{} /api/v1/iam/governance/bundles/{}/entitlements
/api/v1/iam/governance/bundles/{}/entitlements/{}/values /api/v1/iam/governance/optIn /api/v1/iam/governance/optOut
/api/v1/iam/resource-sets /api/v1/iam/resource-sets/{} /api/v1/iam/resource-sets/{}/bindings
/api/v1/iam/resource-sets/{}/bindings/{} /api/v1/iam/resource-sets/{}/bindings/{}/members
/api/v1/iam/resource-sets/{}/bindings/{}/members/{} /api/v1/iam/resource-sets/{}/resources
/api/v1/iam/resource-sets/{}/resources/{} /api/v1/iam/roles /api/v1/iam/roles/{} /api/v1/iam/roles/{}/permissions
/api/v1/iam/roles/{}/permissions/{} /api/v1/identity-sources/{}/groups /api/v1/identity-sources/{}/groups/{}
/api/v1/identity-sources/{}/groups/{}/membership /api/v1/identity-sources/{}/groups/{}/membership/{}
/api/v1/identity-sources/{}/sessions /api/v1/identity-sources/{}/sessions/{}
/api/v1/identity-sources/{}/sessions/{}/bulk-delete
/api/v1/identity-sources/{}/sessions/{}/bulk-group-memberships-delete
/api/v1/identity-sources/{}/sessions/{}/bulk-group-memberships-upsert
/api/v1/identity-sources/{}/sessions/{}/bulk-groups-delete /api/v1/identity-sources/{}/sessions/{}/bulk-groups-upsert
/api/v1/identity-sources/{}/sessions/{}/bulk-upsert /api/v1/identity-sources/{}/sessions/{}/start-import
/api/v1/identity-sources/{}/users /api/v1/identity-sources/{}/users/{} /api/v1/idps /api/v1/idps/credentials/keys
/api/v1/idps/credentials/keys/{} /api/v1/idps/{} /api/v1/idps/{}/credentials/csrs /api/v1/idps/{}/credentials/csrs/{}
/api/v1/idps/{}/credentials/csrs/{}/lifecycle/publish /api/v1/idps/{}/credentials/keys
/api/v1/idps/{}/credentials/keys/active /api/v1/idps/{}/credentials/keys/generate /api/v1/idps/{}/credentials/keys/{}
/api/v1/idps/{}/credentials/keys/{}/clone /api/v1/idps/{}/lifecycle/activate /api/v1/idps/{}/lifecycle/deactivate
/api/v1/idps/{}/users /api/v1/idps/{}/users/{} /api/v1/idps/{}/users/{}/credentials/tokens /api/v1/inlineHooks
/api/v1/inlineHooks/{} /api/v1/inlineHooks/{}/execute /api/v1/inlineHooks/{}/lifecycle/activate
/api/v1/inlineHooks/{}/lifecycle/deactivate /api/v1/logStreams /api/v1/logStreams/{}
/api/v1/logStreams/{}/lifecycle/activate /api/v1/logStreams/{}/lifecycle/deactivate /api/v1/logs /api/v1/mappings
/api/v1/mappings/{} /api/v1/meta/layouts/apps/{} /api/v1/meta/layouts/apps/{}/sections/{}/{}
/api/v1/meta/schemas/apps/{}/default /api/v1/meta/schemas/group/default /api/v1/meta/schemas/logStream
/api/v1/meta/schemas/logStream/{} /api/v1/meta/schemas/user/linkedObjects /api/v1/meta/schemas/user/linkedObjects/{}
/api/v1/meta/schemas/user/{} /api/v1/meta/types/user /api/v1/meta/types/user/{} /api/v1/meta/uischemas
/api/v1/meta/uischemas/{} /api/v1/operations/{} /api/v1/org /api/v1/org/captcha /api/v1/org/contacts
/api/v1/org/contacts/{} /api/v1/org/email/bounces/remove-list /api/v1/org/factors/yubikey_token/tokens
/api/v1/org/factors/yubikey_token/tokens/{} /api/v1/org/logo /api/v1/org/orgSettings/thirdPartyAdminSetting
/api/v1/org/preferences /api/v1/org/preferences/hideEndUserFooter /api/v1/org/preferences/showEndUserFooter
/api/v1/org/privacy/aerial /api/v1/org/privacy/aerial/grant /api/v1/org/privacy/aerial/revoke
/api/v1/org/privacy/oktaCommunication /api/v1/org/privacy/oktaCommunication/optIn
/api/v1/org/privacy/oktaCommunication/optOut /api/v1/org/privacy/oktaSupport /api/v1/org/privacy/oktaSupport/cases
/api/v1/org/privacy/oktaSupport/cases/{} /api/v1/org/privacy/oktaSupport/extend /api/v1/org/privacy/oktaSupport/grant
/api/v1/org/privacy/oktaSupport/revoke /api/v1/org/settings/autoAssignAdminAppSetting
/api/v1/org/settings/clientPrivilegesSetting /api/v1/orgs /api/v1/policies /api/v1/policies/simulate
/api/v1/policies/{} /api/v1/policies/{}/app /api/v1/policies/{}/clone /api/v1/policies/{}/lifecycle/activate
/api/v1/policies/{}/lifecycle/deactivate /api/v1/policies/{}/mappings /api/v1/policies/{}/mappings/{}
/api/v1/policies/{}/rules /api/v1/policies/{}/rules/{} /api/v1/policies/{}/rules/{}/lifecycle/activate
/api/v1/policies/{}/rules/{}/lifecycle/deactivate /api/v1/principal-rate-limits /api/v1/principal-rate-limits/{}
/api/v1/push-providers /api/v1/push-providers/{} /api/v1/rate-limit-settings/admin-notifications
/api/v1/rate-limit-settings/per-client /api/v1/rate-limit-settings/warning-threshold /api/v1/realm-assignments
/api/v1/realm-assignments/operations /api/v1/realm-assignments/{} /api/v1/realm-assignments/{}/lifecycle/activate
/api/v1/realm-assignments/{}/lifecycle/deactivate /api/v1/realms /api/v1/realms/{} /api/v1/risk/events/ip
/api/v1/risk/providers /api/v1/risk/providers/{} /api/v1/roles/{}/subscriptions /api/v1/roles/{}/subscriptions/{}
/api/v1/roles/{}/subscriptions/{}/subscribe /api/v1/roles/{}/subscriptions/{}/unsubscribe
/api/v1/security-events-providers /api/v1/security-events-providers/{}
/api/v1/security-events-providers/{}/lifecycle/activate /api/v1/security-events-providers/{}/lifecycle/deactivate
/api/v1/sessions /api/v1/sessions/me /api/v1/sessions/me/lifecycle/refresh /api/v1/sessions/{}
/api/v1/sessions/{}/lifecycle/refresh /api/v1/ssf/stream /api/v1/ssf/stream/status /api/v1/ssf/stream/verification
/api/v1/telephony-providers /api/v1/telephony-providers/{} /api/v1/telephony-providers/{}/lifecycle/activate
/api/v1/telephony-providers/{}/lifecycle/deactivate /api/v1/telephony-providers/{}/setAsPrimary
/api/v1/telephony-providers/{}/test /api/v1/templates/sms /api/v1/templates/sms/{} /api/v1/threats/configuration
/api/v1/trustedOrigins /api/v1/trustedOrigins/{} /api/v1/trustedOrigins/{}/lifecycle/activate
/api/v1/trustedOrigins/{}/lifecycle/deactivate /api/v1/users /api/v1/users/me/lifecycle/delete_sessions
/api/v1/users/{} /api/v1/users/{}/appLinks /api/v1/users/{}/authenticator-enrollments
/api/v1/users/{}/authenticator-enrollments/phone /api/v1/users/{}/authenticator-enrollments/tac
/api/v1/users/{}/authenticator-enrollments/{} /api/v1/users/{}/blocks /api/v1/users/{}/classification
/api/v1/users/{}/clients /api/v1/users/{}/clients/{}/grants /api/v1/users/{}/clients/{}/tokens
/api/v1/users/{}/clients/{}/tokens/{} /api/v1/users/{}/credentials/change_password
/api/v1/users/{}/credentials/change_recovery_question /api/v1/users/{}/credentials/forgot_password
/api/v1/users/{}/credentials/forgot_password_recovery_question /api/v1/users/{}/devices /api/v1/users/{}/factors
/api/v1/users/{}/factors/catalog /api/v1/users/{}/factors/questions /api/v1/users/{}/factors/{}
/api/v1/users/{}/factors/{}/lifecycle/activate /api/v1/users/{}/factors/{}/resend
/api/v1/users/{}/factors/{}/transactions/{} /api/v1/users/{}/factors/{}/verify /api/v1/users/{}/grants
/api/v1/users/{}/grants/{} /api/v1/users/{}/groups /api/v1/users/{}/idps /api/v1/users/{}/lifecycle/activate
/api/v1/users/{}/lifecycle/deactivate /api/v1/users/{}/lifecycle/expire_password
/api/v1/users/{}/lifecycle/expire_password_with_temp_password /api/v1/users/{}/lifecycle/reactivate
/api/v1/users/{}/lifecycle/reset_factors /api/v1/users/{}/lifecycle/reset_password /api/v1/users/{}/lifecycle/suspend
/api/v1/users/{}/lifecycle/unlock /api/v1/users/{}/lifecycle/unsuspend /api/v1/users/{}/linkedObjects/{}
/api/v1/users/{}/linkedObjects/{}/{} /api/v1/users/{}/risk /api/v1/users/{}/roles /api/v1/users/{}/roles/{}
/api/v1/users/{}/roles/{}/governance /api/v1/users/{}/roles/{}/governance/{}
/api/v1/users/{}/roles/{}/governance/{}/resources /api/v1/users/{}/roles/{}/targets
/api/v1/users/{}/roles/{}/targets/catalog/apps /api/v1/users/{}/roles/{}/targets/catalog/apps/{}
/api/v1/users/{}/roles/{}/targets/catalog/apps/{}/{} /api/v1/users/{}/roles/{}/targets/groups
/api/v1/users/{}/roles/{}/targets/groups/{} /api/v1/users/{}/sessions /api/v1/users/{}/subscriptions
/api/v1/users/{}/subscriptions/{} /api/v1/users/{}/subscriptions/{}/subscribe
/api/v1/users/{}/subscriptions/{}/unsubscribe /api/v1/zones /api/v1/zones/{} /api/v1/zones/{}/lifecycle/activate
/api/v1/zones/{}/lifecycle/deactivate /attack-protection/api/v1/authenticator-settings
/attack-protection/api/v1/user-lockout-settings
/device-access/api/v1/desktop-mfa/enforce-number-matching-challenge-settings
/device-access/api/v1/desktop-mfa/recovery-pin-settings /governance/api/v1/campaigns /governance/api/v1/campaigns/{}
/governance/api/v1/campaigns/{}/end /governance/api/v1/campaigns/{}/launch
/governance/api/v1/campaigns/{}/reviews/reassign /governance/api/v1/reviews /governance/api/v1/reviews/{}
/integrations/api/v1/api-services /integrations/api/v1/api-services/{}
/integrations/api/v1/api-services/{}/credentials/secrets /integrations/api/v1/api-services/{}/credentials/secrets/{}
/integrations/api/v1/api-services/{}/credentials/secrets/{}/lifecycle/activate
/integrations/api/v1/api-services/{}/credentials/secrets/{}/lifecycle/deactivate /integrations/api/v1/submissions
/integrations/api/v1/submissions/logo /integrations/api/v1/submissions/logo/default
/integrations/api/v1/submissions/{} /integrations/api/v1/submissions/{}/capabilities
/integrations/api/v1/submissions/{}/capabilities/shared/auth-settings/default
/integrations/api/v1/submissions/{}/capabilities/{}/protocols/actions
/integrations/api/v1/submissions/{}/capabilities/{}/protocols/actions/actions-provider/{}/available-actions
/integrations/api/v1/submissions/{}/capabilities/{}/protocols/actions/actions-provider/{}/validate-actions
/integrations/api/v1/submissions/{}/submit /integrations/api/v1/submissions/{}/tenant-settings
/integrations/api/v1/submissions/{}/testing /oauth2/v1/authorize /oauth2/v1/bc/authorize /oauth2/v1/clients/{}/roles
/oauth2/v1/clients/{}/roles/{} /oauth2/v1/clients/{}/roles/{}/targets/catalog/apps
/oauth2/v1/clients/{}/roles/{}/targets/catalog/apps/{} /oauth2/v1/clients/{}/roles/{}/targets/catalog/apps/{}/{}
/oauth2/v1/clients/{}/roles/{}/targets/groups /oauth2/v1/clients/{}/roles/{}/targets/groups/{}
/oauth2/v1/device/authorize /oauth2/v1/introspect /oauth2/v1/keys /oauth2/v1/logout /oauth2/v1/par /oauth2/v1/revoke
/oauth2/v1/token /oauth2/v1/userinfo /oauth2/{}/.well-known/oauth-authorization-server
/oauth2/{}/.well-known/openid-configuration /oauth2/{}/v1/authorize /oauth2/{}/v1/bc/authorize
/oauth2/{}/v1/device/authorize /oauth2/{}/v1/introspect /oauth2/{}/v1/keys /oauth2/{}/v1/logout /oauth2/{}/v1/par
/oauth2/{}/v1/revoke /oauth2/{}/v1/token /oauth2/{}/v1/userinfo /okta-personal-settings/api/v1/edit-feature
/okta-personal-settings/api/v1/export-blocklists /privileged-access/api/v1/accounts
/privileged-access/api/v1/accounts/{} /privileged-access/api/v1/containers/{}/prepare-resources
/privileged-access/api/v1/containers/{}/resource-filter-criteria /privileged-access/api/v1/containers/{}/resources
/privileged-access/api/v1/okta-service-accounts /privileged-access/api/v1/okta-service-accounts/{}
/privileged-access/api/v1/resources /privileged-access/api/v1/resources/{}
/privileged-access/api/v1/resources/{}/claim /privileged-access/api/v1/resources/{}/rotate-password
/privileged-access/api/v1/service-accounts /privileged-access/api/v1/service-accounts/{}
/security/api/v1/security-events /webauthn-registration/api/v1/activate /webauthn-registration/api/v1/enroll
/webauthn-registration/api/v1/initiate-fulfillment-request /webauthn-registration/api/v1/send-pin
/webauthn-registration/api/v1/users/{}/enrollments /webauthn-registration/api/v1/users/{}/enrollments/{}
/webauthn-registration/api/v1/users/{}/enrollments/{}/mark-error /workload-principals/api/v1/ai-agents
/workload-principals/api/v1/ai-agents/{} /workload-principals/api/v1/ai-agents/{}/connections
/workload-principals/api/v1/ai-agents/{}/connections/{}
/workload-principals/api/v1/ai-agents/{}/connections/{}/lifecycle/activate
/workload-principals/api/v1/ai-agents/{}/connections/{}/lifecycle/deactivate
/workload-principals/api/v1/ai-agents/{}/credentials/jwks /workload-principals/api/v1/ai-agents/{}/credentials/jwks/{}
/workload-principals/api/v1/ai-agents/{}/credentials/jwks/{}/lifecycle/activate
/workload-principals/api/v1/ai-agents/{}/credentials/jwks/{}/lifecycle/deactivate
/workload-principals/api/v1/ai-agents/{}/lifecycle/activate
/workload-principals/api/v1/ai-agents/{}/lifecycle/deactivate /workload-principals/api/v1/operations
/workload-principals/api/v1/operations/{} /workload-principals/api/v1/potential-connections
)";

using Segments = std::vector<std::string_view>;

bool fits(const Segments& wanted, const std::vector<std::string>& segments) {
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i] == "{}" ? segments[i].empty() : wanted[i] != segments[i]) return false;
  return true;
}

// By number of segments: a look-up compares with some tens of them.
const std::map<std::size_t, std::vector<Segments>>& paths() {
  static const auto made = [] {
    std::map<std::size_t, std::vector<Segments>> by_length;
    for (const auto line : split(templates, '\n'))
      for (const auto text : split(line, ' ')) {
        if (text.empty()) continue;
        auto segments = split(text.substr(1), '/');
        by_length[segments.size()].push_back(std::move(segments));
      }
    return by_length;
  }();
  return made;
}

}  // namespace

std::optional<OktaPath> find_okta_path(const std::vector<std::string>& segments) {
  const auto found = paths().find(segments.size());
  if (found == paths().end()) return std::nullopt;
  std::optional<OktaPath> best;
  for (const auto& wanted : found->second) {
    if (!fits(wanted, segments)) continue;
    OktaPath path;
    for (const auto segment : wanted) {
      path.literals += segment != "{}";
      path.text += "/" + std::string{segment};
    }
    if (!best || path.literals > best->literals) best = std::move(path);
  }
  return best;
}

}  // namespace dirbridge::hub
