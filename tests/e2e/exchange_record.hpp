// What the hub answered in these tests, kept for the judge: tests/sdk/check_exchanges.js holds every answer against
// Okta's published schemas when they are over.
#pragma once
#include <string>

#include "net/http.hpp"

namespace dirbridge::e2e {

// One line of JSON in $E2E_EXCHANGES/<pid>.jsonl; nothing if the variable is not set.
void record_exchange(const std::string& method, const std::string& target, const net::HttpResponse& response);

}  // namespace dirbridge::e2e
