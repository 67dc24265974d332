#include "hub/api/api.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/text.hpp"
#include "hub/http/service.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::hub::api {
namespace {

asio::awaitable<net::HttpResponse> settle_first(Parts& parts, Call& call, Handler handler) {
  const auto done = co_await parts.store.settle();
  if (!done) co_return to_response(proto::service_unavailable(done.error().message()));
  co_return co_await handler(parts, call);
}

}  // namespace

Endpoint settled(Parts& parts, Handler handler) {
  return [&parts, handler](Call& call) { return settle_first(parts, call, handler); };
}

net::HttpResponse json_response(const Json& json, int status) {
  // Text of a directory may not be UTF-8 everywhere: an answer with a replacement character beats a 500.
  return {status,
          {{"Content-Type", "application/json"}},
          json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

std::string base_url(const Parts& parts, const Call& call) {
  if (!parts.settings.public_url.empty()) return parts.settings.public_url;
  // RFC 9112 section 3.2; what is no host and port does not come back in links.
  const auto host = call.request.header("Host");
  const bool is_host = !host.empty() && std::ranges::all_of(host, [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view{"-._~%:[]"}.find(static_cast<char>(c)) != std::string_view::npos;
  });
  return (call.request.secure ? "https://" : "http://") + std::string{is_host ? host : "localhost"};
}

boost::system::result<ledger::Page, proto::OktaError> page_of(const Call& call, const Paging& paging) {
  ledger::Page page{call.request.parameter(paging.cursor).value_or(""), paging.fallback};
  if (!page.after.empty() && !paging.is_cursor(page.after)) return proto::invalid_cursor(paging.cursor);
  const auto text = call.request.parameter(paging.limit);
  if (!text || (!paging.no_limit.empty() && *text == paging.no_limit)) return page;
  const auto* end = text->data() + text->size();
  const auto [at, ec] = std::from_chars(text->data(), end, page.limit);
  const bool is_number = ec == std::errc{} && at == end && page.limit >= 1;
  if (!is_number || (paging.above == Above::refused && page.limit > paging.max))
    return proto::validation_failed(
        std::string{paging.limit},
        {std::string{paging.limit} + ": must be a number from 1 to " + std::to_string(paging.max)});
  page.limit = std::min(page.limit, paging.max);
  return page;
}

bool is_id(std::string_view text, std::string_view prefix) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return text.size() == 20 && text.starts_with(prefix) && std::ranges::all_of(text, is_alphanumeric);
}

boost::system::result<std::string, proto::OktaError> name_of(const Json& body) {
  const auto refuse = [](std::string why) { return proto::validation_failed("name", {"name: " + std::move(why)}); };
  const auto found = body.is_object() ? body.find("name") : body.end();
  if (found == body.end() || !found->is_string()) return refuse("a text of 1 to 256 bytes is needed");
  const auto& name = found->get_ref<const std::string&>();
  if (trim(name).empty() || name.size() > 256) return refuse("a text of 1 to 256 bytes is needed");
  if (trim(name).size() != name.size()) return refuse("must not begin or end with a blank");
  if (proto::has_control(name) || proto::has_invisible(name))
    return refuse("must not hold control characters or marks that turn the direction of text");
  return name;
}

void add_links(net::HttpResponse& response, const Parts& parts, const Call& call, const std::string& next) {
  const auto base = base_url(parts, call);
  response.headers.emplace("Link", "<" + base + call.request.target + ">; rel=\"self\"");
  if (next.empty()) return;
  std::string query;
  for (const auto part : split(call.request.query(), '&'))
    if (!part.empty() && !part.starts_with("after=")) query += std::string{part} + "&";
  response.headers.emplace("Link", "<" + base + std::string{call.request.path()} + "?" + query +
                                       "after=" + percent_encode(next) + ">; rel=\"next\"");
}

}  // namespace dirbridge::hub::api
