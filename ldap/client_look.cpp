// Where entries are: the look at many names at once.
//
// slapd needs some 20 µs for each base search, and 10,000 names are a fifth of a second. Its databases know an entry by
// its name without any index, so that one search for sixteen children of one entry, (|(entryDN=…)(entryDN=…)…), costs
// little more than two base searches, and what comes back is the same proof: the name and the stable id of an entry, as
// they are now. What does not come back, for whatever reason, is asked for by itself.
#include <algorithm>
#include <deque>
#include <utility>

#include "ldap/client_impl.hpp"
#include "ldap/filter.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::ldap {
namespace {

using State = Operation::State;

TimePoint now() { return std::chrono::steady_clock::now(); }

constexpr std::size_t worth_it = 64;  // names
constexpr std::size_t together = 16;
// A server that takes so long for one of them goes through its entries, and is asked about each name by itself.
constexpr milliseconds too_slow{50};

// Children of one entry, as indices of names.
struct Children {
  std::string parent;
  std::vector<std::size_t> names;
};

// As they follow each other: the names of one request mostly have one parent.
std::vector<Children> children_of(const std::vector<Dn>& names, const std::vector<std::size_t>& asked) {
  std::vector<Children> all;
  for (const auto i : asked) {
    const auto parent = parent_of(names[i].text());
    if (parent.empty()) continue;
    if (all.empty() || all.back().names.size() == together || all.back().parent != parent)
      all.push_back({std::string{parent}, {}});
    all.back().names.push_back(i);
  }
  std::erase_if(all, [](const Children& one) { return one.names.size() < together / 2; });
  return all;
}

SearchRequest search_for(const Children& children, const std::vector<Dn>& names, ServerKind kind) {
  std::vector<Filter> each;
  for (const auto i : children.names) each.push_back(Filter::equality("entryDN", names[i].text()));
  return {children.parent,
          Scope::one_level,
          Filter::or_(std::move(each)).text(),
          {std::string{stable_id_attribute(kind)}},
          0};
}

// How many of them are where they were; those are marked.
std::size_t mark(const std::deque<Entry>& entries, const Children& children, const std::vector<Dn>& names,
                 ServerKind kind, std::vector<bool>& here) {
  std::size_t marked = 0;
  for (const auto& entry : entries) {
    const auto name = Dn::parse(entry.dn);
    if (!name) continue;
    const auto id = stable_id_of(entry, kind);
    for (const auto i : children.names) {
      if (here[i] || names[i] != *name || names[i].stable_id() != id) continue;
      here[i] = true;
      ++marked;
    }
  }
  return marked;
}

}  // namespace

std::string_view parent_of(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '\\') {
      ++i;
    } else if (name[i] == ',') {
      return name.substr(i + 1);
    }
  }
  return {};
}

asio::awaitable<result<std::vector<bool>>> Client::Impl::are_here(const std::vector<Dn>& names, TimePoint deadline) {
  std::vector<bool> here(names.size(), true);
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].stable_id().empty()) continue;
    here[i] = false;
    asked.push_back(i);
  }
  if (asked.size() >= worth_it && known_kind() == ServerKind::openldap && !slow_by_entry_dn) {
    const auto failure = co_await see_together(names, asked, here, deadline);
    if (failure) co_return *failure;
    std::erase_if(asked, [&](std::size_t i) { return here[i]; });
  }
  const std::function<SearchRequest(std::size_t)> question = [&](std::size_t i) {
    const auto& name = names[asked[i]];
    const auto filter = stable_id_filter(known_kind(), name.stable_id());
    return SearchRequest{wire_name(name, known_kind()), Scope::base, filter.text(), {"1.1"}, 0};
  };
  if (asked.empty()) co_return here;
  const auto found = co_await probe(asked.size(), question, true, deadline);
  if (!found) co_return found.error();
  for (std::size_t i = 0; i < asked.size(); ++i) here[asked[i]] = (*found)[i];
  co_return here;
}

asio::awaitable<std::optional<Error>> Client::Impl::see_together(const std::vector<Dn>& names,
                                                                 const std::vector<std::size_t>& asked,
                                                                 std::vector<bool>& here, TimePoint deadline) {
  const auto groups = children_of(names, asked);
  const auto connection = co_await acquire(reading, deadline);
  if (!connection) co_return connection.error();
  std::deque<ReadGuard> under_way;
  std::size_t next = 0;
  for (std::size_t done = 0; done < groups.size(); ++done) {
    // The first one goes alone: it tells whether the server is as quick at it as it should be.
    const std::size_t window = done == 0 ? 1 : settings.window;
    for (; next < groups.size() && under_way.size() < window; ++next)
      under_way.emplace_back(*connection, (*connection)->start_search(search_for(groups[next], names, known_kind())));
    const auto started = now();
    Operation& first = *under_way.front();
    const TimePoint limit = std::min(deadline, started + (done == 0 ? too_slow : settings.operation_timeout));
    while (!first.is_over() && now() < limit) co_await first.changed.wait(limit);
    // Not proved is not an error: the base searches that follow will meet it, too, and say it.
    if (first.state != State::answered) {
      slow_by_entry_dn = done == 0 && !first.is_over();
      co_return std::nullopt;
    }
    const auto marked = mark(first.entries, groups[done], names, known_kind(), here);
    under_way.pop_front();
    if (done > 0 || marked > 0) continue;
    // Nobody is there, or the agent's account may not search for names.
    co_return std::nullopt;
  }
  co_return std::nullopt;
}

}  // namespace dirbridge::ldap
