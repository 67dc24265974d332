// Memberships in the System Log (contract C5). Pure.
//   directory.external.group.membership.add and .remove: one per call of groups/modify, also of one that fails;
//   group.user_membership.add and .remove: one per change of a group of Okta's own.
#pragma once
#include <optional>

#include "hub/system_log.hpp"
#include "ledger/views.hpp"
#include "proto/membership_change.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

// At most this many users stand in `target`; debugContext tells how many there were.
inline constexpr std::size_t max_logged_users = 100;

// `request`: of_request(). What is known before the call is carried out; conclude() says how it ended.
LogFacts membership_facts(LogFacts request, const DirectoryId& directory, const proto::ModifyBody& body);
// `error`: what the caller was answered, nullptr for 200.
void conclude(LogFacts& facts, const JobId& job, const proto::OktaError* error);
// Of a body that was refused; nullopt if it does not even say whether to add or to remove.
std::optional<LogFacts> membership_facts(LogFacts request, const DirectoryId& directory, std::string_view refused_body,
                                         const proto::OktaError& error);

// Of an OKTA_GROUP.
LogFacts membership_facts(LogFacts request, const ledger::GroupRow& group, const ledger::UserRow& user, bool add);

}  // namespace dirbridge::hub
