#include "hub/api/listing.hpp"

#include <algorithm>

#include "base/fold_case.hpp"
#include "base/text.hpp"
#include "hub/cursor.hpp"

namespace dirbridge::hub::api {
namespace {

// Everything that the rows depend on: another list, or another question, has other cursors.
std::string question_of(const Call& call, std::string_view limit) {
  const auto limits = std::string{limit} + "=";
  std::vector<std::string> asked;
  for (const auto part : split(call.request.query(), '&'))
    if (!part.empty() && !part.starts_with("after=") && !part.starts_with(limits)) asked.emplace_back(part);
  // A client may put its parameters in another order on the next page.
  std::ranges::sort(asked);
  std::string question{call.request.path()};
  for (const auto& one : asked) {
    const auto plain = percent_decode(one);
    question += "\n" + (plain ? *plain : one);
  }
  return question;
}

proto::OktaError invalid_criteria(std::string cause) {
  return {400, "E0000031", "Invalid search criteria.", {std::move(cause)}, {}};
}

boost::system::result<std::optional<filter::Expression>, proto::OktaError> expression_of(
    const Call& call, std::string_view parameter, std::initializer_list<std::string_view> allowed) {
  const auto text = call.request.parameter(parameter);
  // A form that is sent with an empty field asks for everything, here as in the System Log.
  if (!text || trim(*text).empty()) return std::optional<filter::Expression>{};
  const auto name = std::string{parameter};
  if (allowed.size() == 0) return invalid_criteria(name + " is not served on this list");
  auto parsed = filter::Expression::parse(*text);
  if (!parsed) return invalid_criteria(name + ": " + parsed.error().detail);
  if (auto known = parsed->allow_only(allowed); !known) return invalid_criteria(name + ": " + known.error().detail);
  return std::optional{std::move(*parsed)};
}

}  // namespace

boost::system::result<ListQuery, proto::OktaError> ListQuery::parse(const Call& call, const ListRules& rules) {
  ListQuery query;
  query.question_ = question_of(call, rules.limit);
  if (const auto cursor = call.request.parameter("after"); cursor && !cursor->empty()) {
    const auto key = from_cursor(*cursor, query.question_);
    if (!key) return proto::invalid_cursor("after");
    query.after_ = *key;
  }
  const auto page = page_of(call, {.fallback = rules.fallback,
                                   .max = rules.max,
                                   .cursor = "no cursor",
                                   .limit = rules.limit,
                                   .no_limit = rules.no_limit});
  if (!page) return page.error();
  query.limit_ = page->limit;
  query.q_ = call.request.parameter("q").value_or("");
  query.folded_q_ = fold_case(query.q_);
  auto filter = expression_of(call, "filter", rules.filter);
  if (!filter) return filter.error();
  query.filter_ = std::move(*filter);
  auto search = expression_of(call, "search", rules.search);
  if (!search) return search.error();
  query.search_ = std::move(*search);
  // Rows come in the order of their ids, whatever is asked: a wrong order would look like a right one.
  const auto sort = call.request.parameter("sortBy").value_or("id");
  // Whatever is not "desc" is ascending: Terraform's provider sends "0".
  const auto order = to_lower(call.request.parameter("sortOrder").value_or("asc"));
  if (sort != "id") return invalid_criteria("sortBy: lists are in the order of their ids only");
  if (order == "desc") return invalid_criteria("sortOrder: lists are in ascending order only");
  return query;
}

bool ListQuery::q_begins(std::string_view text) const { return fold_case(text).starts_with(folded_q_); }

bool ListQuery::matches(const Json& object, const Json& exact) const {
  return (!filter_ || filter_->matches(object, exact)) && (!search_ || search_->matches(object, exact));
}

const std::string* ListQuery::required(std::string_view name) const {
  const auto* found = filter_ ? filter_->required(name) : nullptr;
  return found || !search_ ? found : search_->required(name);
}

std::string ListQuery::cursor(std::string_view key) const { return to_cursor(question_, key); }

void add_row(std::string& rows, const Json& row) {
  if (rows.size() > 1) rows += ",";
  rows += row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

net::HttpResponse list_response(const Parts& parts, const Call& call, std::string rows, const std::string& next) {
  net::HttpResponse response{200, {{"Content-Type", "application/json"}}, std::move(rows) + "]"};
  add_links(response, parts, call, next);
  return response;
}

}  // namespace dirbridge::hub::api
