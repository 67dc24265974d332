// The hub as the client commands see it: JSON in, JSON out, and failures that say what a person can do about them.
#pragma once
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "app/invocation.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "json/json.hpp"
#include "net/http.hpp"

namespace dirbridge::app {

using nlohmann::json;

// Ends a client command; main prints the sentence and exits with the code.
class CommandFailure : public std::runtime_error {
 public:
  CommandFailure(Exit exit_code, const std::string& sentence) : std::runtime_error(sentence), code(exit_code) {}
  Exit code;
};

// One exchange with the hub. An interface because the commands are tested against canned answers.
class Http {
 public:
  virtual ~Http() = default;
  virtual result<net::HttpResponse> send(net::HttpRequest request, milliseconds timeout) = 0;
};
// Throws CommandFailure for a bad URL or CA file. Blocks the calling thread in send().
std::unique_ptr<Http> make_http(const std::string& hub_url, const std::string& ca_file);

// From DIRBRIDGE_TOKEN or the file. Throws CommandFailure with the remedy if there is none.
Secret load_token(const ClientOptions& options);

class Api {
 public:
  Api(Http& http, Secret token, std::string hub_url);

  // Any status; throws only if there is no answer: exit_refused if nothing was sent, exit_unknown otherwise.
  net::HttpResponse call(std::string_view method, std::string_view target, const std::string& body = {},
                         milliseconds timeout = milliseconds{30'000});
  // These throw on any status but 2xx.
  json get(std::string_view target);
  json post(std::string_view target, const json& body);
  void remove(std::string_view target);
  // Follows the Link headers to the end, or to `limit` objects if it is not 0.
  std::vector<json> list(std::string_view target, std::size_t limit = 0);

  // The sentence for an answer that is not 2xx: causes that differ only in the value they are about are told once, with
  // the first few values, and of different ones only a handful. `names` says what a person calls an id.
  static std::string explain(const net::HttpResponse& response, const std::map<std::string, std::string>& names = {});

 private:
  json checked(const net::HttpResponse& response) const;
  Http& http_;
  Secret token_;
  std::string hub_url_;
};

// The target ("/api/v1/groups?after=…") of rel="next" in a Link header; empty if there is none.
std::string next_page(const net::HttpResponse& response);
// obj["a"]["b"] as text, or empty: answers come from another program.
std::string text_at(const json& object, std::initializer_list<std::string_view> path);

}  // namespace dirbridge::app
