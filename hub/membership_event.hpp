// directory.external.group.membership.add and .remove: one per call of groups/modify, also of one that fails (contract
// C5). Pure.
#pragma once
#include <optional>

#include "hub/system_log.hpp"
#include "proto/membership_change.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

// At most this many users stand in `target`; debugContext tells how many there were.
inline constexpr std::size_t max_logged_users = 100;

// `request`: of_request(). `error`: what the caller was answered, nullptr for 200.
LogFacts membership_facts(LogFacts request, const DirectoryId& directory, const proto::ModifyBody& body,
                          const JobId& job, const proto::OktaError* error);
// Of a body that was refused; nullopt if it does not even say whether to add or to remove.
std::optional<LogFacts> membership_facts(LogFacts request, const DirectoryId& directory, std::string_view refused_body,
                                         const proto::OktaError& error);

}  // namespace dirbridge::hub
