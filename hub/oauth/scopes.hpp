// The scopes a service app can be granted: Okta's. Those of what the hub does not serve open nothing here. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "hub/oauth/error.hpp"

namespace dirbridge::hub::oauth {

// One of those that Okta documents (developer.okta.com/docs/api/oauth2): a misspelled one is refused.
bool is_known_scope(std::string_view scope);

// True if one who holds `held` may do what needs `wanted`: manage includes read.
bool covers(std::string_view held, std::string_view wanted);

// What a token for `asked` (separated by blanks) may carry: those of them that were granted. invalid_scope if nothing
// or something unknown was asked for, consent_required if nothing of it was granted.
Answer<std::vector<std::string>> scopes_to_issue(std::string_view asked, const std::vector<std::string>& granted);

}  // namespace dirbridge::hub::oauth
