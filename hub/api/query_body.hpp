// The body of an attribute query: {"attributes": ["description", …]}. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub::api {

// Every bad attribute is a cause. Refused are *, +, member and memberOf, `members` (where this group keeps its
// members), their OIDs, and each of these with options. Repeated ones count once. Limits: 64 attributes, 128 bytes
// each.
boost::system::result<std::vector<std::string>, proto::OktaError> parse_query_body(std::string_view body,
                                                                                   std::string_view members);

}  // namespace dirbridge::hub::api
