// GET /api/v1/logs (contract C5).
#include "hub/system_log.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "hub/api/api.hpp"
#include "hub/http/service.hpp"
#include "hub/log_query.hpp"

namespace dirbridge::hub::api {
namespace {

constexpr std::string_view read_logs = "okta.logs.read";
// Read between two turns of the loop, and looked through for one answer: what was not reached is behind the next link.
constexpr std::size_t slice = 200;
constexpr std::size_t max_scanned = 20'000;

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  auto query = read_log_query(call.request, parts.clock.wall_now());
  if (!query) co_return to_response(query.error());
  const auto executor = co_await asio::this_coro::executor;
  const auto newest = parts.store.views().last_sequence();
  auto found = Json::array();
  auto range = query->range;
  range.limit = slice;
  bool more = query->range.limit > 0;
  for (std::size_t scanned = 0; more && found.size() < query->range.limit && scanned < max_scanned;) {
    const auto rows = parts.store.views().events(range);
    more = rows.size() == slice;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ++scanned;
      range.cursor = rows[i].sequence;
      auto event = read_log_event(rows[i].json, rows[i].at);
      if (!event || !query->matches(*event)) continue;
      found.push_back(std::move(*event));
      if (found.size() < query->range.limit) continue;
      more = more || i + 1 < rows.size();
      break;
    }
    co_await asio::post(executor, asio::use_awaitable);
  }
  auto response = json_response(found);
  const bool has_next = query->polling || more;
  // Nothing so far: what is polled for comes after what there is now, not after the beginning.
  if (query->polling && query->range.limit > 0 && !more && range.cursor == 0) range.cursor = newest;
  add_links(response, parts, call, has_next ? query->cursor(range.cursor) : std::string{});
  co_return response;
}

}  // namespace

void add_system_log(Router& router, Parts& parts) {
  router.add("GET", "/api/v1/logs", read_logs, settled(parts, list));
}

}  // namespace dirbridge::hub::api
