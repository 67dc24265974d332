#include "hub/http/content.hpp"

#include "base/text.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::hub {
namespace {

// A header's value as a part of a sentence.
std::string shown(std::string_view value) { return "\"" + proto::clip(value, 100) + "\""; }

}  // namespace

std::optional<proto::OktaError> problem_of_content(const net::HttpRequest& request) {
  // A part that cannot be decoded would count as absent: a list would start again at its beginning, for ever.
  if (!request.query_is_well_formed())
    return proto::validation_failed("query", {"query: it is not percent-encoded UTF-8"});
  if (request.body.empty()) return std::nullopt;
  const auto coding = trim(request.header("Content-Encoding"));
  if (!coding.empty() && !equals_ignore_case(coding, "identity"))
    return proto::unsupported_media("Content-Encoding: the body must be sent as it is, not as " + shown(coding));
  // RFC 9110 section 8.3: it is one value; of two, another reader may take the other.
  if (request.headers.count("Content-Type") > 1) return proto::unsupported_media("Content-Type: there are two of them");
  const auto type = trim(request.header("Content-Type"));
  const auto media = trim(type.substr(0, type.find(';')));
  if (!type.empty() && !equals_ignore_case(media, "application/json"))
    return proto::unsupported_media("Content-Type: the body must be application/json, not " + shown(media));
  return std::nullopt;
}

}  // namespace dirbridge::hub
