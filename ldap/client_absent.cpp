// That a value is not there, when a filter has not found it. An account that may not search for a value is told the
// same as of one that is not there; whoever took that for an absence would call a member removed who is one.
#include <algorithm>
#include <utility>

#include "ldap/client_impl.hpp"
#include "ldap/filter.hpp"
#include "ldap/member_value.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::ldap {
namespace {

constexpr int compare_false = 5;
constexpr int compare_true = 6;
constexpr int no_such_attribute = 16;
constexpr int insufficient_rights = 50;

TimePoint now() { return std::chrono::steady_clock::now(); }

Error hidden(const std::string& attribute) {
  return {errc::denied, "the agent's account may not see all values of " + attribute +
                            " of this group: grant it the rights to search for and to read that attribute"};
}

}  // namespace

asio::awaitable<result<std::vector<bool>>> Client::Impl::prove_absent(const Dn& target, const std::string& attribute,
                                                                      const std::vector<Dn>& values,
                                                                      std::vector<bool> found, TimePoint deadline) {
  switch (known_kind()) {
    // It knows no right to search, and hides an attribute whole, from few.
    case ServerKind::active_directory: co_return found;
    case ServerKind::openldap: co_return co_await compare_each(target, attribute, values, std::move(found), deadline);
    case ServerKind::ds389:
    case ServerKind::generic: break;
  }
  co_return co_await see_any(target, attribute, values, std::move(found), deadline);
}

asio::awaitable<result<std::vector<bool>>> Client::Impl::compare_each(const Dn& target, const std::string& attribute,
                                                                      const std::vector<Dn>& values,
                                                                      std::vector<bool> found, TimePoint deadline) {
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!found[i]) asked.push_back(i);
  const auto name = wire_name(target, known_kind());
  const StartOne start = [&](Connection& connection, std::size_t i) {
    return connection.start_compare(name, attribute, wire_name(values[asked[i]], known_kind()));
  };
  std::vector<std::size_t> untold;
  bool is_denied = false;
  const JudgeOne judge = [&](const Operation& over, std::size_t i) -> result<bool> {
    if (i == 0) untold.clear();  // it may begin again, on another connection
    switch (over.result.code) {
      case compare_true: return true;
      case compare_false:
      case no_such_attribute: return false;
      case insufficient_rights: is_denied = true; break;
      default:
        if (auto refusal = to_error(over.result); refusal.code == condition::not_found) return refusal;
    }
    untold.push_back(asked[i]);
    return false;
  };
  const auto told = co_await each(asked.size(), start, judge, deadline);
  if (!told) co_return told.error();
  for (std::size_t i = 0; i < asked.size(); ++i) found[asked[i]] = (*told)[i];
  if (untold.empty()) co_return found;
  // One that takes no compares is a server like others.
  if (!is_denied) co_return co_await see_any(target, attribute, values, std::move(found), deadline);
  const auto keys = co_await read_keys(target, attribute, deadline);
  if (!keys) co_return keys.error();
  for (const auto i : untold) {
    found[i] = keys->contains(key_for(values[i], known_kind()));
    if (!found[i]) co_return hidden(attribute);
  }
  co_return found;
}

asio::awaitable<result<std::vector<bool>>> Client::Impl::see_any(const Dn& target, const std::string& attribute,
                                                                 const std::vector<Dn>& values, std::vector<bool> found,
                                                                 TimePoint deadline) {
  const auto name = wire_name(target, known_kind());
  const std::function<SearchRequest(std::size_t)> any = [&](std::size_t) {
    return SearchRequest{name, Scope::base, Filter::present(attribute).text(), {"1.1"}, 0};
  };
  const auto can_search = co_await probe(1, any, false, deadline);
  if (!can_search) co_return can_search.error();
  if (can_search->front()) co_return found;
  // It has no values, or none that we may search for.
  const auto keys = co_await read_keys(target, attribute, deadline);
  if (!keys) co_return keys.error();
  for (std::size_t i = 0; i < values.size(); ++i)
    found[i] = found[i] || keys->contains(key_for(values[i], known_kind()));
  if (!keys->empty()) co_return found;
  const auto rights = co_await ask_rights(target, deadline);
  if (!rights) co_return rights.error();
  if (*rights && known_kind() == ServerKind::ds389 && (*rights)->hides(attribute)) co_return hidden(attribute);
  co_return found;
}

asio::awaitable<result<std::unordered_set<std::string>>> Client::Impl::read_keys(const Dn& target,
                                                                                 const std::string& attribute,
                                                                                 TimePoint deadline) {
  std::unordered_set<std::string> keys;
  const bool as_spelled = compares_bytes(known_kind());
  EntrySink sink = [&](Entry entry) -> asio::awaitable<void> {
    for (const auto& one : entry.attributes)
      for (const auto& value : one.values)
        if (const auto member = Dn::parse(dn_of_member(value, attribute)))
          keys.insert(as_spelled ? member->key_as_spelled() : member->canonical());
    co_return;
  };
  SearchRequest request{wire_name(target, known_kind()), Scope::base, "(objectClass=*)", {attribute}, 0};
  const auto left = std::max(std::chrono::duration_cast<milliseconds>(deadline - now()), milliseconds{1});
  const auto read = co_await net::with_deadline(search(std::move(request), sink, left), deadline);
  if (!read) co_return Error{errc::timed_out, "the values of " + attribute + " could not be read in time"};
  if (!*read) co_return read->error();
  co_return keys;
}

}  // namespace dirbridge::ldap
