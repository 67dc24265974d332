#include "hub/contract.hpp"

namespace dirbridge::hub {
namespace {

void check_word(const std::string& key, const std::string& word, const std::string& one, const std::string& other,
                Problems& problems) {
  if (word != one && word != other)
    problems.push_back({key, "must be " + one + " or " + other + ", not \"" + word + "\""});
}

}  // namespace

void check_contract(const ContractSettings& settings, Problems& problems) {
  check_word("hub.error_profile", settings.error_profile, "openapi", "product", problems);
  check_word("hub.directory_tokens", settings.directory_tokens, "any", "oauth", problems);
  check_word("hub.out_of_scope", settings.out_of_scope, "bad_request", "not_found", problems);
}

proto::OktaError in_profile(proto::OktaError error, const ContractSettings& settings) {
  if (settings.error_profile != "product") return error;
  if (error.code == "E0000236") {
    error.status = 504;
    error.code = "E0000241";
    error.summary = "No connected agents.";
  } else if (error.code == "E0000237") {
    error.status = 502;
    error.code = "E0000240";
    error.summary = "Request timed out waiting for agent.";
  }
  return error;
}

}  // namespace dirbridge::hub
