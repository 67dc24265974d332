// Where Okta's sources contradict each other, what this hub answers (decision 0020). Pure.
#pragma once
#include <string>

#include "base/problems.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

struct ContractSettings {
  std::string error_profile = "openapi";     // or "product": the codes of Okta's error table
  std::string directory_tokens = "any";      // or "oauth": /api/v1/directories refuses API tokens
  std::string out_of_scope = "bad_request";  // or "not_found": a group or user known, but of another directory

  bool takes_api_tokens() const { return directory_tokens != "oauth"; }
  bool hides_out_of_scope() const { return out_of_scope == "not_found"; }
};

// Names the key and the words it takes.
void check_contract(const ContractSettings& settings, Problems& problems);

// E0000236 and E0000237, the agent's errors of the OpenAPI document, as the chosen profile has them; others unchanged.
proto::OktaError in_profile(proto::OktaError error, const ContractSettings& settings);

}  // namespace dirbridge::hub
