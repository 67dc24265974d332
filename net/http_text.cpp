#include "net/http_text.hpp"

#include <algorithm>
#include <boost/beast/http/status.hpp>

namespace dirbridge::net {
namespace {

void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\t') out += c;
  }
}

bool is_ours(std::string_view name) {
  return equals_ignore_case(name, "content-length") || equals_ignore_case(name, "transfer-encoding") ||
         equals_ignore_case(name, "connection");
}

void append_headers(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (is_ours(name)) continue;
    append_clean(out, name);
    out += ": ";
    append_clean(out, value);
    out += "\r\n";
  }
}

bool forbids_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::optional<WholeTarget> split_target(std::string_view target) {
  WholeTarget whole;
  const auto colon = target.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const auto scheme = target.substr(0, colon);
  whole.secure = equals_ignore_case(scheme, "https");
  if (!whole.secure && !equals_ignore_case(scheme, "http")) return std::nullopt;
  target.remove_prefix(colon + 3);
  const auto end = std::min(target.find_first_of("/?#"), target.size());
  whole.host = target.substr(0, end);
  whole.rest = target.substr(end);
  if (whole.host.empty() || whole.host.front() == ':' || whole.host.find('@') != std::string_view::npos)
    return std::nullopt;
  return whole;
}

bool has_body(int status, std::string_view method) { return method != "HEAD" && !forbids_body(status); }

std::string response_head(const HttpResponse& response, bool keep_alive, unsigned version) {
  namespace http = boost::beast::http;
  std::string out;
  out.reserve(512);
  out += "HTTP/1.1 " + std::to_string(response.status) + ' ';
  const auto words = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(response.status)));
  out.append(words.data(), words.size());
  out += "\r\n";
  append_headers(out, response.headers);
  if (!forbids_body(response.status)) out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  // HTTP/1.1 keeps alive unless told otherwise, HTTP/1.0 the other way round.
  if (!keep_alive) out += "Connection: close\r\n";
  if (keep_alive && version == 10) out += "Connection: keep-alive\r\n";
  out += "\r\n";
  return out;
}

std::string request_head(const HttpRequest& request, std::string_view host) {
  std::string out;
  out.reserve(512);
  append_clean(out, request.method);
  out += ' ';
  append_clean(out, request.target);
  out += " HTTP/1.1\r\nHost: ";
  append_clean(out, host);
  out += "\r\n";
  Headers headers = request.headers;
  headers.erase("Host");
  append_headers(out, headers);
  const bool expects_body = request.method != "GET" && request.method != "HEAD" && request.method != "DELETE";
  if (expects_body || !request.body.empty()) out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  out += "\r\n";
  return out;
}

}  // namespace dirbridge::net
