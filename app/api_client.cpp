#include "app/api_client.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cstdlib>

#include "base/text.hpp"
#include "net/tls.hpp"

namespace dirbridge::app {
namespace {

// Did the request fail before a byte of it could have arrived?
bool was_never_sent(const error_code& code) {
  namespace error = boost::asio::error;
  return code == error::connection_refused || code == error::host_not_found ||
         code == error::host_not_found_try_again || code == error::network_unreachable ||
         code == error::host_unreachable || code == make_error_code(errc::configuration) ||
         code == make_error_code(errc::unauthenticated) || code == make_error_code(errc::denied);
}

// What an answer says about one value: "values: 00u…: refused, LDAP result 65: …".
constexpr std::string_view about_a_value = "values: ";
constexpr std::size_t max_shown = 5;  // values of one reason, and reasons

std::string and_more(std::size_t count) {
  return count > max_shown ? " and " + std::to_string(count - max_shown) + " more" : "";
}

std::string grouped(const json& causes, const std::map<std::string, std::string>& names) {
  struct Reason {
    std::string words;
    std::vector<std::string> values;
  };
  std::vector<Reason> reasons;
  for (const json& cause : causes) {
    std::string words = text_at(cause, {"errorSummary"});
    if (words.empty()) continue;
    std::string value;
    if (words.starts_with(about_a_value)) {
      const auto end = words.find(": ", about_a_value.size());
      if (end != std::string::npos) {
        value = words.substr(about_a_value.size(), end - about_a_value.size());
        words.erase(0, end + 2);
      }
    }
    auto found = std::ranges::find(reasons, words, &Reason::words);
    if (found == reasons.end()) found = reasons.insert(reasons.end(), {std::move(words), {}});
    if (value.empty()) continue;
    const auto name = names.find(value);
    found->values.push_back(name == names.end() ? std::move(value) : name->second);
  }
  std::string text;
  for (std::size_t i = 0; i < reasons.size() && i < max_shown; ++i) {
    const auto& [words, values] = reasons[i];
    if (i > 0) text += "; ";
    for (std::size_t j = 0; j < values.size() && j < max_shown; ++j) text += (j ? ", " : "") + values[j];
    text += and_more(values.size()) + (values.empty() ? "" : ": ") + words;
  }
  return text + and_more(reasons.size());
}

}  // namespace

Secret load_token(const ClientOptions& options) {
  if (const char* token = std::getenv("DIRBRIDGE_TOKEN"); token && *token) return Secret{token};
  if (options.token_file.empty()) {
    throw CommandFailure(
        exit_usage,
        "no API token: name its file with --token-file or DIRBRIDGE_TOKEN_FILE, or set DIRBRIDGE_TOKEN (the "
        "hub wrote an operator's token to operator.token in its data folder)");
  }
  const auto text = read_file(options.token_file, 4096);
  if (!text) throw CommandFailure(exit_usage, "cannot read the API token: " + text.error().message());
  const std::string_view token = trim(*text);
  if (token.empty()) throw CommandFailure(exit_usage, "the token file " + options.token_file + " is empty");
  return Secret{std::string{token}};
}

Api::Api(Http& http, Secret token, std::string hub_url)
    : http_(http), token_(std::move(token)), hub_url_(std::move(hub_url)) {}

net::HttpResponse Api::call(std::string_view method, std::string_view target, const std::string& body,
                            milliseconds timeout) {
  net::HttpRequest request;
  request.method = method;
  request.target = target;
  request.body = body;
  request.headers.emplace("Accept", "application/json");
  if (!body.empty()) request.headers.emplace("Content-Type", "application/json");
  if (!token_.empty()) request.headers.emplace("Authorization", "SSWS " + token_.reveal());
  auto response = http_.send(std::move(request), timeout);
  if (response) return std::move(*response);
  const Error& error = response.error();
  if (net::is_unknown_authority(error)) {
    throw CommandFailure(exit_refused, "cannot trust the hub at " + hub_url_ + ": " + error.message() +
                                           "; name its authority with --ca (or DIRBRIDGE_CA): ca.pem in the hub's data "
                                           "folder");
  }
  if (was_never_sent(error.code)) {
    throw CommandFailure(exit_refused, "cannot reach the hub at " + hub_url_ + ": " + error.message() +
                                           "; is it running, and is --hub (or DIRBRIDGE_HUB) right?");
  }
  const bool only_reads = method == "GET" || target.ends_with("/groups/preview");
  if (only_reads) throw CommandFailure(exit_unknown, "the hub at " + hub_url_ + " did not answer: " + error.message());
  throw CommandFailure(exit_unknown, "no answer from the hub at " + hub_url_ + ": " + error.message() +
                                         "; it may have been done all the same, see `dirbridge jobs`");
}

json Api::get(std::string_view target) { return checked(call("GET", target)); }
json Api::post(std::string_view target, const json& body) {
  std::string text;
  try {
    text = body.dump();
  } catch (const json::type_error&) {
    throw CommandFailure(exit_usage, "an argument is not UTF-8, and the hub takes nothing else");
  }
  return checked(call("POST", target, std::move(text)));
}
void Api::remove(std::string_view target) { checked(call("DELETE", target)); }

std::vector<json> Api::list(std::string_view target, std::size_t limit) {
  std::vector<json> all;
  std::string next{target};
  while (!next.empty()) {
    const net::HttpResponse response = call("GET", next);
    json page = checked(response);
    if (!page.is_array())
      throw CommandFailure(exit_refused, "the hub answered GET " + next + " with something that is no list");
    for (json& item : page) {
      if (limit != 0 && all.size() == limit) return all;
      all.push_back(std::move(item));
    }
    next = next_page(response);
  }
  return all;
}

json Api::checked(const net::HttpResponse& response) const {
  if (response.status < 200 || response.status > 299) throw CommandFailure(exit_refused, explain(response));
  if (response.body.empty()) return json::object();
  json parsed = json::parse(response.body, nullptr, false);
  if (parsed.is_discarded())
    throw CommandFailure(exit_refused, hub_url_ + " answered with something that is not JSON; is it a Dirbridge hub?");
  return parsed;
}

std::string Api::explain(const net::HttpResponse& response, const std::map<std::string, std::string>& names) {
  const json body = json::parse(response.body, nullptr, false);
  std::string sentence = "the hub answered " + std::to_string(response.status);
  const std::string code = text_at(body, {"errorCode"});
  if (!code.empty()) sentence += " " + code;
  const std::string summary = text_at(body, {"errorSummary"});
  if (!summary.empty()) sentence += ": " + summary;
  if (body.is_object() && body.contains("errorCauses") && body["errorCauses"].is_array()) {
    const std::string causes = grouped(body["errorCauses"], names);
    if (!causes.empty()) sentence += " (" + causes + ")";
  }
  if (response.status == 401) sentence += "; check --token-file, DIRBRIDGE_TOKEN_FILE or DIRBRIDGE_TOKEN";
  if (response.status == 403) sentence += "; the token lacks a scope for this, see `dirbridge token list`";
  if (response.status == 502) sentence += "; see `dirbridge agents`";
  return sentence;
}

std::string next_page(const net::HttpResponse& response) {
  const auto [first, last] = response.headers.equal_range("Link");
  for (auto header = first; header != last; ++header) {
    // <https://hub/api/v1/groups?after=x>; rel="next", <…>; rel="self". A comma may stand inside <…>.
    std::string_view rest = header->second;
    while (true) {
      const auto open = rest.find('<');
      const auto close = rest.find('>', open == std::string_view::npos ? 0 : open);
      if (open == std::string_view::npos || close == std::string_view::npos) break;
      const std::string_view url = rest.substr(open + 1, close - open - 1);
      rest.remove_prefix(close + 1);
      const std::string_view parameters = rest.substr(0, rest.find('<'));
      if (parameters.find("rel=\"next\"") == std::string_view::npos &&
          parameters.find("rel=next") == std::string_view::npos)
        continue;
      const auto scheme = url.find("://");
      if (scheme == std::string_view::npos) return std::string{url};
      const auto path = url.find('/', scheme + 3);
      return path == std::string_view::npos ? "/" : std::string{url.substr(path)};
    }
  }
  return {};
}

std::string text_at(const json& object, std::initializer_list<std::string_view> path) {
  const json* at = &object;
  for (const std::string_view key : path) {
    if (!at->is_object()) return {};
    const auto found = at->find(key);
    if (found == at->end()) return {};
    at = &*found;
  }
  if (at->is_string()) return at->get<std::string>();
  if (at->is_null() || at->is_structured()) return {};
  return at->dump();
}

}  // namespace dirbridge::app
