#include "hub/api/api.hpp"

#include <charconv>

#include "base/text.hpp"
#include "hub/http/service.hpp"

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
  const auto host = call.request.header("Host");
  return (call.request.secure ? "https://" : "http://") + std::string{host.empty() ? "localhost" : host};
}

result<ledger::Page> page_of(const Call& call, std::size_t fallback, std::size_t max) {
  ledger::Page page{call.request.parameter("after").value_or(""), fallback};
  if (const auto text = call.request.parameter("limit")) {
    const auto* end = text->data() + text->size();
    const auto [at, ec] = std::from_chars(text->data(), end, page.limit);
    if (ec != std::errc{} || at != end || page.limit == 0)
      return Error{errc::malformed, "limit: not a number from 1 to " + std::to_string(max)};
    page.limit = std::min(page.limit, max);
  }
  return page;
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
