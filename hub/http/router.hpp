// Method and path to endpoint. Segments are percent-decoded before they are matched, as SDKs encode them (contract A7).
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/access.hpp"
#include "net/http.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

struct Call {
  net::HttpRequest request;
  RequestId id;
  Principal principal;                      // empty for endpoints without a scope
  std::map<std::string, std::string> path;  // {name} segments, decoded
  TimePoint arrived;
};
using Endpoint = std::function<asio::awaitable<net::HttpResponse>(Call&)>;
// Told of a call by a known caller that was refused before its endpoint: for its scope (403) or its content (400, 415).
using Refused = std::function<void(const Call&, const proto::OktaError&)>;

class Router {
 public:
  // `pattern`: "/api/v1/groups/{id}". `scope` empty: no token needed.
  void add(std::string_view method, std::string_view pattern, std::string_view scope, Endpoint endpoint,
           Refused refused = {});

  struct Match {
    enum class Kind { found, no_path, no_method, not_served } kind{};
    const Endpoint* endpoint = nullptr;
    const Refused* refused = nullptr;  // of found
    std::string_view scope;
    std::map<std::string, std::string> path;
    std::string allow;      // of no_method: "GET, HEAD, POST"
    bool is_open = false;   // of no_method: none of those needs a token
    std::string okta_path;  // of not_served: "/api/v1/groups/rules"
  };
  // HEAD finds GET. `not_served`: a path of Okta's that no pattern is for; "/api/v1/groups/rules" is one although
  // "/api/v1/groups/{id}" would fit. `no_path` also for segments that are not valid percent-encoding.
  Match find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;
    std::size_t literals = 0;  // segments that are not placeholders
    std::string scope;
    Endpoint endpoint;
    Refused refused;
  };
  std::vector<Route> routes_;
};

}  // namespace dirbridge::hub
