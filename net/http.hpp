// HTTP as the hub's handlers and the client commands see it: values, no Beast.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace dirbridge::net {

struct IgnoreCase {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using Headers = std::multimap<std::string, std::string, IgnoreCase>;

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // as sent: "/api/v1/groups?limit=5"
  Headers headers;
  std::string body;
  std::string peer;     // "127.0.0.1:41234"
  bool secure = false;  // came over TLS

  std::string_view path() const;                         // target without the query
  std::string_view query() const;                        // without '?'
  std::string_view header(std::string_view name) const;  // first one, empty if absent
  // Every name and value of the query is percent-encoded UTF-8: what is absent from it was not meant.
  bool query_is_well_formed() const;
  // Decoded value of ?name=…; nullopt if absent or badly encoded.
  std::optional<std::string> parameter(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
};

}  // namespace dirbridge::net
