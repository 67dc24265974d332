// What Okta's lists have in common (contract B4, C1): q, filter, search, limit, and cursors that say nothing to a
// client. A list walks its rows in the order of their keys, a few at a time, keeps those that match and stops when a
// page is full. Between the steps the loop is free, so a filter that meets nothing among many rows holds nobody up.
#pragma once
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "hub/api/api.hpp"
#include "hub/filter/expression.hpp"

namespace dirbridge::hub::api {

// What one list takes. Attributes as filter::Expression::allow_only has them; an empty list: the parameter is refused.
struct ListRules {
  std::size_t fallback;  // limit
  std::size_t max;       // a higher limit is cut to this, as Okta does
  std::initializer_list<std::string_view> filter{};
  std::initializer_list<std::string_view> search{};
  std::string_view limit = "limit";  // the parameter's name
  std::string_view no_limit{};       // stands for the fallback: "-1" of apps
};

// One request for a page, understood.
class ListQuery {
 public:
  // 400: E0000029 for a cursor that this list did not hand out for this question, E0000031 for an expression that is
  // none or asks for an attribute that the list does not know, E0000001 for a limit that is no number from 1 on.
  static boost::system::result<ListQuery, proto::OktaError> parse(const Call& call, const ListRules& rules);

  // The key of the last row of the page before; empty: from the start.
  const std::string& after() const { return after_; }
  std::size_t limit() const { return limit_; }
  const std::string& q() const { return q_; }
  // `text` begins with q, however they are written (fold_case); true without a q.
  bool q_begins(std::string_view text) const;
  bool has_criteria() const { return filter_ || search_; }
  // `exact`: as filter::Expression::matches() has it.
  bool matches(const Json& object, const Json& exact = nullptr) const;
  // The text that every match must have for an attribute, by filter or search; nullptr if they do not say.
  const std::string* required(std::string_view name) const;
  // The cursor for the rows behind `key`: bound to the path, to q, filter and search, and to every other parameter but
  // limit.
  std::string cursor(std::string_view key) const;

 private:
  std::string question_;
  std::string after_;
  std::string q_;
  std::string folded_q_;
  std::size_t limit_ = 0;
  std::optional<filter::Expression> filter_;
  std::optional<filter::Expression> search_;
};

// Rows looked at between two turns of the loop; about a millisecond.
inline constexpr std::size_t rows_per_step = 50;
// Rows looked at for one page. A page that is not full by then ends there, with a link to the rest.
inline constexpr std::size_t max_rows_per_page = 200'000;

// Ends a list: the rows as a JSON array, the links, and a next one if `next` is not empty.
net::HttpResponse list_response(const Parts& parts, const Call& call, std::string rows, const std::string& next);
// Adds a row to the text of an array that is being written.
void add_row(std::string& rows, const Json& row);

// read(after, limit): the rows behind that key, in order. key_of(row): its key, never empty. show(row): its JSON, or
// nullopt if it is not of this list.
template <class Read, class KeyOf, class Show>
asio::awaitable<net::HttpResponse> answer_list(Parts& parts, Call& call, ListQuery query, Read read, KeyOf key_of,
                                               Show show) {
  std::string text = "[", after = query.after(), next;
  std::size_t found = 0, seen = 0;
  for (bool more = true; more && next.empty();) {
    const auto rows = read(after, rows_per_step);
    more = rows.size() == rows_per_step;
    for (const auto& row : rows) {
      const std::optional<Json> shown = show(row);
      // One row beyond the page is looked for, so that the last page has no link to an empty one.
      if (shown && found == query.limit()) {
        next = after;
        break;
      }
      after = key_of(row);
      if (!shown) continue;
      add_row(text, *shown);
      ++found;
    }
    seen += rows.size();
    if (next.empty() && more && seen >= max_rows_per_page) next = after;
    if (more && next.empty()) co_await asio::post(asio::use_awaitable);
  }
  if (!next.empty()) next = query.cursor(next);
  co_return list_response(parts, call, std::move(text), next);
}

}  // namespace dirbridge::hub::api
