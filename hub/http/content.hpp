// What a request may carry before its endpoint sees it: JSON as it is, and a query that can be decoded. Pure.
#pragma once
#include <optional>

#include "net/http.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

// 415 for a body in another coding or of another type than JSON (parameters of the type do not matter; no Content-Type
// at all is taken for JSON), 400 for a query that is not percent-encoded UTF-8. Decision 0009.
std::optional<proto::OktaError> problem_of_content(const net::HttpRequest& request);

}  // namespace dirbridge::hub
