// Rows of the catalog as Okta's JSON (contract C1, C2).
#pragma once
#include "hub/api/api.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub::api {

Json user_json(const Parts& parts, const Call& call, const ledger::UserRow& row);
Json group_json(const Parts& parts, const Call& call, const ledger::GroupRow& row);
// A directory as the app instance that Okta's clients know it as (C3).
Json app_json(const Parts& parts, const Call& call, const ledger::DirectoryRow& row);

// ?expand= of groups: what is added under _embedded.
struct Expand {
  bool stats = false;
  bool app = false;
};
void embed(const Parts& parts, const Call& call, const ledger::GroupRow& row, const Expand& expand, Json& group);

}  // namespace dirbridge::hub::api
