// Okta's error envelope (contract B1, B2). errorCauses is always an array: SDKs call .map on it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace dirbridge::proto {

struct OktaError {
  int status = 500;  // HTTP
  std::string code = "E0000009";
  std::string summary;
  std::vector<std::string> causes;
  std::string id;  // "oae" + 22 base64url characters; to_json() makes one if empty

  std::string to_json() const;
};

OktaError not_well_formed(std::string cause = {});                                     // 400 E0000003
OktaError validation_failed(std::string_view field, std::vector<std::string> causes);  // 400 E0000001
OktaError invalid_token();                                                             // 401 E0000011
OktaError no_credentials();                                                            // 401 E0000015
OktaError forbidden(std::string cause = {});                                           // 403 E0000006
OktaError resource_not_found(std::string_view id, std::string_view entity);            // 404 E0000007
OktaError invalid_cursor(std::string_view parameter);                                  // 400 E0000029
OktaError path_not_found();                                                            // 404 E0000008
OktaError method_not_supported();                                                      // 405 E0000022
OktaError body_too_large(std::size_t limit);                                           // 413 E0000001
OktaError header_too_large(std::size_t limit);                                         // 431 E0000002
OktaError target_too_long(std::size_t limit);                                          // 414 E0000002
OktaError unsupported_media(std::string cause);                                        // 415 E0000021
OktaError too_many_requests();                                                         // 429 E0000047
OktaError not_implemented(std::string cause);                                          // 501 E0000052
OktaError internal_error();                                                            // 500 E0000009
OktaError no_connected_agents();                                                       // 502 E0000236
OktaError service_unavailable(std::string cause = {});                                 // 503 E0000181
OktaError agent_timed_out(std::vector<std::string> causes = {});                       // 504 E0000237

}  // namespace dirbridge::proto
