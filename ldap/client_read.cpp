// The reading half of a Client: values of an entry, searches to their proven end.
#include <algorithm>
#include <deque>
#include <functional>
#include <unordered_set>
#include <utility>

#include "base/text.hpp"
#include "ldap/client_impl.hpp"
#include "ldap/filter.hpp"
#include "ldap/member_value.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::ldap {
namespace {

using State = Operation::State;

constexpr int referral = 10;

TimePoint now() { return std::chrono::steady_clock::now(); }

// Is it worth another connection? Only if nothing was heard on this one: it may have ended while nobody looked.
bool had_ended(const Operation& operation) { return operation.state == State::failed && !operation.is_refused; }

Error no_answer(const Connection& connection) {
  return {errc::timed_out, connection.url().text() + " did not answer a read in time"};
}

// "member;range=0-1499": AD's way to return a part of the values. nullopt: not ranged.
struct Range {
  std::string name;  // "member"
  std::uint64_t first = 0;
  std::optional<std::uint64_t> last;  // nullopt: "*", the last part
  // As many values as it says, and not none.
  bool fits(const std::vector<std::string>& values) const {
    return !last || (!values.empty() && *last >= first && *last - first == values.size() - 1);
  }
};
std::optional<std::uint64_t> bound_of(const std::string& text) {
  if (text.empty() || text.size() > 12 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoull(text);
}
std::optional<Range> range_of(const std::string& description) {
  const auto at = to_lower(description).find(";range=");
  if (at == std::string::npos) return std::nullopt;
  const std::string bounds = description.substr(at + 7);
  const auto dash = bounds.find('-');
  if (dash == std::string::npos) return std::nullopt;
  const auto first = bound_of(bounds.substr(0, dash));
  if (!first) return std::nullopt;
  Range range{description.substr(0, at), *first, std::nullopt};
  const std::string last = bounds.substr(dash + 1);
  if (last == "*") return range;
  range.last = bound_of(last);
  if (!range.last) return std::nullopt;
  return range;
}

// Of all values of one entry that came in parts. Millions of members; a server that never comes to an end is left.
constexpr std::size_t max_ranged_bytes = 256 << 20;
std::size_t memory_of(const std::vector<std::string>& values) {
  std::size_t bytes = 0;
  for (const auto& value : values) bytes += sizeof value + value.size();
  return bytes;
}

// Pages in a row without an entry: directories that search for long send some.
constexpr int max_empty_pages = 1'000;

// A turn at paging, given back whatever happens.
struct PageTurn {
  bool& taken;
  net::Signal& next;
  ~PageTurn() {
    taken = false;
    next.notify();
  }
};

}  // namespace

asio::awaitable<result<std::vector<bool>>> Client::Impl::has_values(const Dn& target, const std::string& attribute,
                                                                    const std::vector<Dn>& values, TimePoint deadline) {
  if (!is_attribute_description(attribute)) co_return Error{errc::malformed, "not an attribute: " + attribute};
  const std::function<SearchRequest(std::size_t)> question = [&](std::size_t i) {
    const auto filter = Filter::equality(attribute, wire_name(values[i], known_kind()));
    return SearchRequest{wire_name(target, known_kind()), Scope::base, filter.text(), {"1.1"}, 0};
  };
  auto found = co_await probe(values.size(), question, false, deadline);
  if (!found || std::ranges::find(*found, false) == found->end()) co_return found;
  co_return co_await prove_absent(target, attribute, values, std::move(*found), deadline);
}

asio::awaitable<result<std::vector<bool>>> Client::Impl::each(std::size_t count, const StartOne& start,
                                                              const JudgeOne& judge, TimePoint deadline) {
  for (bool again = false;; again = true) {
    const auto connection = co_await acquire(reading, deadline);
    if (!connection) co_return connection.error();
    std::vector<bool> said;
    std::deque<ReadGuard> under_way;
    std::size_t next = 0;
    bool ended = false;
    while (said.size() < count && !ended) {
      for (; next < count && under_way.size() < settings.window; ++next)
        under_way.emplace_back(*connection, start(**connection, next));
      Operation& first = *under_way.front();
      const TimePoint limit = std::min(deadline, now() + settings.operation_timeout);
      while (!first.is_over() && now() < limit) co_await first.changed.wait(limit);
      if (!first.is_over()) co_return no_answer(**connection);
      if (first.state == State::failed) {
        if (again || !had_ended(first)) co_return first.error;
        ended = true;
        continue;
      }
      const auto one = judge(first, said.size());
      if (!one) co_return one.error();
      said.push_back(*one);
      under_way.pop_front();
    }
    if (!ended) co_return said;
  }
}

asio::awaitable<result<std::vector<bool>>> Client::Impl::probe(
    std::size_t count, const std::function<SearchRequest(std::size_t)>& question, bool absent_is_no,
    TimePoint deadline) {
  const StartOne start = [&](Connection& connection, std::size_t i) { return connection.start_search(question(i)); };
  const JudgeOne judge = [absent_is_no](const Operation& over, std::size_t) -> result<bool> {
    if (over.result.ok()) return !over.entries.empty();
    auto refusal = to_error(over.result);
    // A referral object has taken the name: whatever is there, it is not the entry that was.
    const bool is_absent = refusal.code == condition::not_found || over.result.code == referral;
    if (absent_is_no && is_absent) return false;
    return refusal;
  };
  co_return co_await each(count, start, judge, deadline);
}

asio::awaitable<result<ServerKind>> Client::Impl::ask_kind(TimePoint deadline) {
  if (kind) co_return *kind;
  // Connected first: to connect may change the server.
  const auto connection = co_await acquire(reading, deadline);
  if (!connection) co_return connection.error();
  const auto asked = choice.current();
  Entry root;
  EntrySink sink = [&root](Entry entry) -> asio::awaitable<void> {
    root = std::move(entry);
    co_return;
  };
  SearchRequest request{"", Scope::base, "(objectClass=*)", root_dse_attributes(), 0};
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - now());
  const auto read =
      co_await net::with_deadline(search(std::move(request), sink, std::max(left, milliseconds{1})), deadline);
  if (!read) co_return Error{errc::timed_out, "the server's description of itself took too long"};
  if (!*read) co_return read->error();
  if (**read > 1) co_return Error{errc::protocol, "the server sent several entries for its root DSE"};
  const auto found = kind_of(root);
  if (asked == choice.current()) {
    kind = presumed = found;
    tracks = takes_session_tracking(root);
  }
  co_return found;
}

asio::awaitable<result<std::uint64_t>> Client::Impl::search(SearchRequest request, const EntrySink& sink,
                                                            milliseconds idle) {
  std::optional<PageTurn> turn;
  if (request.page_size > 0) {
    const TimePoint limit = now() + idle;
    while (paging && now() < limit && !stopped) co_await page_turn.wait(limit);
    if (paging) co_return Error{errc::timed_out, "another paged search of this directory is still under way"};
    paging = true;
    turn.emplace(paging, page_turn);
  }
  std::uint64_t count = 0;
  std::string cookie;
  std::shared_ptr<Connection> connection;
  int empty_pages = 0;
  for (bool first = true, again = false;;) {
    if (first) {
      // A cookie is worth nothing on another connection: only the first page may change it.
      auto acquired = co_await acquire(reading, now() + idle);
      if (!acquired) co_return acquired.error();
      connection = std::move(*acquired);
    }
    PageRequest page{request.page_size, cookie};
    const auto got = co_await search_page(*connection, request, std::move(page), sink, idle, cookie);
    if (!got) {
      const bool stale = first && !again && got.error().code == errc::closed && !connection->is_open() && !stopped;
      if (!stale) co_return got.error();
      again = true;
      continue;
    }
    first = false;
    count += *got;
    if (cookie.empty()) co_return count;
    empty_pages = *got == 0 ? empty_pages + 1 : 0;
    if (empty_pages > max_empty_pages)
      co_return Error{errc::protocol, connection->url().text() + " sends one empty page after another"};
  }
}

asio::awaitable<result<std::uint64_t>> Client::Impl::search_page(Connection& connection, const SearchRequest& request,
                                                                 PageRequest page, const EntrySink& sink,
                                                                 milliseconds idle, std::string& cookie) {
  const std::string previous = page.cookie;
  const ReadGuard operation{connection.shared_from_this(), connection.start_search(request, std::move(page))};
  std::uint64_t count = 0;
  for (;;) {
    const TimePoint limit = now() + std::min(idle, settings.operation_timeout);
    while (operation->entries.empty() && !operation->is_over() && now() < limit)
      co_await operation->changed.wait(limit);
    if (!operation->entries.empty()) {
      Entry entry = operation->take_entry();
      connection.resume();
      if (auto complete = co_await complete_ranges(connection, entry, idle); !complete) co_return complete.error();
      ++count;
      co_await sink(std::move(entry));
      continue;
    }
    if (!operation->is_over()) co_return no_answer(connection);
    if (operation->state == State::failed) {
      // Entries have gone to the sink: this must not look like a connection that was dead from the start.
      if (count > 0 && operation->error.code == errc::closed)
        co_return Error{errc::unavailable, operation->error.message()};
      co_return operation->error;
    }
    if (!operation->result.ok()) co_return to_error(operation->result);
    cookie = operation->cookie;
    if (!cookie.empty() && cookie == previous && count == 0)
      co_return Error{errc::protocol, connection.url().text() + " sends the same empty page again and again"};
    co_return count;
  }
}

asio::awaitable<result<void>> Client::Impl::complete_ranges(Connection& connection, Entry& entry, milliseconds idle) {
  std::size_t bytes = 0;
  const auto unfit = [&](const Range& range) {
    return Error{errc::protocol, connection.url().text() + " does not send the values of " + range.name + " of " +
                                     entry.dn + " in the parts that it announces"};
  };
  std::vector<std::string> completed;
  for (auto& ranged : entry.attributes) {
    auto range = range_of(ranged.name);
    if (!range) continue;
    completed.push_back(to_lower(range->name));
    Attribute whole{range->name, std::move(ranged.values)};
    if (range->first != 0 || !range->fits(whole.values)) co_return unfit(*range);
    bytes += memory_of(whole.values);
    while (range->last) {
      const std::uint64_t from = *range->last + 1;
      if (bytes > max_ranged_bytes)
        co_return Error{errc::too_large, connection.url().text() + " sends more and more values of " + range->name +
                                             " of " + entry.dn + ": " + std::to_string(from) + " so far"};
      SearchRequest request;
      request.base = entry.dn;
      request.scope = Scope::base;
      request.attributes = {range->name + ";range=" + std::to_string(from) + "-*"};
      const ReadGuard part{connection.shared_from_this(), connection.start_search(std::move(request))};
      const TimePoint limit = now() + std::min(idle, settings.operation_timeout);
      while (!part->is_over() && now() < limit) co_await part->changed.wait(limit);
      if (!part->is_over()) co_return no_answer(connection);
      if (part->state == State::failed) co_return part->error;
      if (!part->result.ok()) co_return to_error(part->result);
      std::optional<Range> next;
      for (auto& found : part->entries)
        for (auto& attribute : found.attributes) {
          auto got = range_of(attribute.name);
          if (!got || !equals_ignore_case(got->name, range->name)) continue;
          if (next || got->first != from || !got->fits(attribute.values)) co_return unfit(*range);
          next = std::move(got);
          bytes += memory_of(attribute.values);
          std::move(attribute.values.begin(), attribute.values.end(), std::back_inserter(whole.values));
        }
      if (!next)
        co_return Error{errc::protocol,
                        connection.url().text() + " does not send the rest of " + range->name + " of " + entry.dn};
      range = std::move(next);
    }
    ranged = std::move(whole);
  }
  if (completed.empty()) co_return result<void>{};
  // AD sends an empty attribute of the plain name along with the first range.
  std::ranges::sort(completed);
  std::erase_if(entry.attributes, [&](const Attribute& attribute) {
    return attribute.values.empty() && std::ranges::binary_search(completed, to_lower(attribute.name));
  });
  co_return result<void>{};
}

}  // namespace dirbridge::ldap
