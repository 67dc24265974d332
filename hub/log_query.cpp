#include "hub/log_query.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/fold_case.hpp"
#include "base/text.hpp"
#include "hub/cursor.hpp"

namespace dirbridge::hub {
namespace {

constexpr std::size_t default_limit = 100;
constexpr std::size_t max_limit = 1000;
constexpr std::size_t max_keywords = 10;
constexpr std::size_t max_keyword_bytes = 40;
constexpr auto default_span = std::chrono::hours{7 * 24};
const WallTime end_of_time = from_epoch_ms(253'402'300'799'999);  // the year 9999

proto::OktaError invalid(std::string_view parameter, const std::string& why) {
  return proto::validation_failed(parameter, {std::string{parameter} + ": " + why});
}

// A place in the log is the same whatever is looked for, but means the events on its other side in the other order. So
// a client that keeps its place may ask for something else from there on.
std::string question_of(bool newest_first) {
  return newest_first ? "/api/v1/logs\nDESCENDING" : "/api/v1/logs\nASCENDING";
}

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), into);
  return ec == std::errc{} && end == text.data() + text.size();
}

bool occurs(const nlohmann::json& value, std::string_view keyword) {
  if (value.is_string()) return fold_case(value.get_ref<const std::string&>()).find(keyword) != std::string::npos;
  if (!value.is_structured()) return false;
  return std::ranges::any_of(value, [&](const auto& part) { return occurs(part, keyword); });
}

std::optional<proto::OktaError> read_keywords(const std::string& text, LogQuery& query) {
  for (const auto word : split(text, ' ')) {
    if (word.empty()) continue;
    if (word.size() > max_keyword_bytes || query.keywords.size() == max_keywords)
      return invalid("q", "at most 10 keywords of at most 40 bytes");
    query.keywords.push_back(fold_case(word));
  }
  return std::nullopt;
}

std::optional<proto::OktaError> read_filter(const std::string& text, LogQuery& query) {
  auto parsed = filter::Expression::parse(text);
  auto allowed =
      parsed ? parsed->allow_only({"uuid", "published", "eventType", "version", "severity", "displayMessage",
                                   "legacyEventType", "actor.*", "client.*", "outcome.*", "target.*", "transaction.*",
                                   "debugContext.*", "authenticationContext.*", "securityContext.*", "request.*"})
             : result<void>{parsed.error()};
  if (!allowed)
    return proto::OktaError{400, "E0000031", "Invalid search criteria.", {"filter: " + allowed.error().detail}, {}};
  query.filter = std::move(*parsed);
  return std::nullopt;
}

std::optional<proto::OktaError> read_times(const net::HttpRequest& request, WallTime now, LogQuery& query) {
  const auto since = request.parameter("since");
  const auto until = request.parameter("until");
  query.range.until = now;
  for (const auto& [name, text, into] :
       {std::tuple{"until", &until, &query.range.until}, std::tuple{"since", &since, &query.range.since}}) {
    if (!*text) continue;
    const auto time = from_iso8601(**text);
    if (!time) return invalid(name, "must be a time like 2026-11-23T18:44:38.000Z");
    *into = *time;
  }
  // Whoever comes back to a place to poll, however late, misses nothing. Backwards there is an end.
  if (!since && (query.range.cursor == 0 || query.range.newest_first))
    query.range.since = query.range.until - default_span;
  if (since && until && query.range.since > query.range.until) return invalid("since", "is after until");
  query.polling = !until && !query.range.newest_first;
  // What is appended while the answer is made belongs to it.
  if (!until) query.range.until = end_of_time;
  return std::nullopt;
}

}  // namespace

bool LogQuery::matches(const nlohmann::json& event) const {
  return (!filter || filter->matches(event)) &&
         std::ranges::all_of(keywords, [&](const auto& keyword) { return occurs(event, keyword); });
}

boost::system::result<LogQuery, proto::OktaError> read_log_query(const net::HttpRequest& request, WallTime now) {
  LogQuery query;
  query.range.limit = default_limit;
  if (const auto order = request.parameter("sortOrder")) {
    query.range.newest_first = *order == "DESCENDING";
    if (!query.range.newest_first && *order != "ASCENDING")
      return invalid("sortOrder", "must be ASCENDING or DESCENDING");
  }
  if (const auto limit = request.parameter("limit")) {
    if (!read_number(*limit, query.range.limit) || query.range.limit > max_limit)
      return invalid("limit", "must be a number from 0 to 1000");
  }
  if (const auto after = request.parameter("after"); after && !after->empty()) {
    const auto key = from_cursor(*after, question_of(query.range.newest_first));
    if (!key || !read_number(*key, query.range.cursor)) return proto::invalid_cursor("after");
  }
  if (auto problem = read_times(request, now, query)) return std::move(*problem);
  if (const auto q = request.parameter("q"))
    if (auto problem = read_keywords(*q, query)) return std::move(*problem);
  if (const auto text = request.parameter("filter"); text && !trim(*text).empty())
    if (auto problem = read_filter(*text, query)) return std::move(*problem);
  return query;
}

std::string LogQuery::cursor(std::uint64_t sequence) const {
  return to_cursor(question_of(range.newest_first), std::to_string(sequence));
}

}  // namespace dirbridge::hub
