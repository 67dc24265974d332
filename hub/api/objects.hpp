// Rows of the catalog as Okta's JSON (contract C1, C2).
#pragma once
#include "hub/api/api.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub::api {

Json user_json(const Parts& parts, const Call& call, const ledger::UserRow& row);
Json group_json(const Parts& parts, const Call& call, const ledger::GroupRow& row);
proto::OktaError unsupported_criteria();  // 400 E0000031

}  // namespace dirbridge::hub::api
