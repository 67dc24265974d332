// Rows of the catalog as Okta's JSON (contract C1, C2).
#pragma once
#include "hub/api/api.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub::api {

// Active Directory, as an import said; else an LDAP directory, or none.
bool is_active_directory(const ledger::DirectoryRow& row);
bool is_active_directory(const ledger::GroupRow& row);
// What Okta calls an object's primary key in its directory: of Active Directory the bytes of objectGUID in base64, else
// the stable id.
std::string external_id(bool of_active_directory, const std::string& stable_id);
// Adds text that is there.
void put(Json& object, const char* key, std::string_view text);

// The times of a row to the millisecond, under their names as shown: for criteria.
Json exact_times(const ledger::UserRow& row);
Json exact_times(const ledger::GroupRow& row);

Json user_json(const Parts& parts, const Call& call, const ledger::UserRow& row);
Json group_json(const Parts& parts, const Call& call, const ledger::GroupRow& row);
// A directory as the app instance that Okta's clients know it as (C3).
Json app_json(const Parts& parts, const Call& call, const ledger::DirectoryRow& row);

// The app instance that the path names as `id`; 404 for one that is none.
boost::system::result<ledger::DirectoryRow, proto::OktaError> app_of(Parts& parts, const Call& call);

// A page of the directories in the order of their ids, for the lists that have one row of each.
std::vector<ledger::DirectoryRow> directories_behind(Parts& parts, const std::string& after, std::size_t limit);

// ?expand= of groups: what is added under _embedded.
struct Expand {
  bool stats = false;
  bool app = false;
};
void embed(const Parts& parts, const Call& call, const ledger::GroupRow& row, const Expand& expand, Json& group);

}  // namespace dirbridge::hub::api
