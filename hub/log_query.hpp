// What GET /api/v1/logs asks for, and which events answer it (contract C5). Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "hub/filter/expression.hpp"
#include "hub/object_time.hpp"
#include "ledger/views.hpp"
#include "net/http.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

struct LogQuery {
  ledger::EventRange range;           // limit: of the answer, 0 to 1000
  bool polling = false;               // no until, oldest first: there is always a next page
  std::vector<std::string> keywords;  // folded (fold_case), all of them must occur
  std::optional<filter::Expression> filter;

  bool matches(const nlohmann::json& event) const;
  // For the events behind `sequence` (in this order): good for any other question in the same order.
  std::string cursor(std::uint64_t sequence) const;
};
// since is 7 days before until, and until is now, unless they are given. 400 E0000001 for a parameter that is none,
// E0000029 for a cursor, E0000031 for a filter.
boost::system::result<LogQuery, proto::OktaError> read_log_query(const net::HttpRequest& request, WallTime now);

}  // namespace dirbridge::hub
