// The scopes a service app can be granted: those of the operations that the hub serves. Pure.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "hub/oauth/error.hpp"

namespace dirbridge::hub::oauth {

inline constexpr std::array<std::string_view, 12> known_scopes{"okta.agentPools.read",
                                                               "okta.apps.manage",
                                                               "okta.apps.read",
                                                               "okta.directories.groups.manage",
                                                               "okta.directories.groups.read",
                                                               "okta.eventHooks.manage",
                                                               "okta.eventHooks.read",
                                                               "okta.groups.manage",
                                                               "okta.groups.read",
                                                               "okta.logs.read",
                                                               "okta.users.manage",
                                                               "okta.users.read"};
bool is_known_scope(std::string_view scope);

// True if one who holds `held` may do what needs `wanted`: manage includes read.
bool covers(std::string_view held, std::string_view wanted);

// What a token for `asked` (separated by blanks) may carry: those of them that were granted. invalid_scope if nothing
// or something unknown was asked for, consent_required if nothing of it was granted.
Answer<std::vector<std::string>> scopes_to_issue(std::string_view asked, const std::vector<std::string>& granted);

}  // namespace dirbridge::hub::oauth
