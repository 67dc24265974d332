#include "ldap/server_choice.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace dirbridge::ldap {

ServerChoice::ServerChoice(std::size_t count, ServerChoiceSettings settings)
    : servers_(count), settings_(std::move(settings)) {
  for (std::size_t i = 0; i < count; ++i)
    servers_[i].priority = i < settings_.priorities.size() ? settings_.priorities[i] : static_cast<int>(i);
  const auto best = std::ranges::min_element(servers_, {}, &State::priority);
  current_ = best == servers_.end() ? 0 : static_cast<std::size_t>(best - servers_.begin());
}

std::vector<std::size_t> ServerChoice::order(TimePoint now) const {
  std::vector<std::size_t> all(servers_.size());
  std::iota(all.begin(), all.end(), 0);
  // A copy serves reads at least; one that is away serves nothing.
  const auto rank = [&](std::size_t i) {
    const State& state = servers_[i];
    const bool fails = state.fails(now);
    return std::tuple{fails && state.away, fails && state.read_only, i != current_ || fails, state.priority};
  };
  std::ranges::stable_sort(all, [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return all;
}

bool ServerChoice::serves(std::size_t server, TimePoint now) {
  State& state = servers_[server];
  state.away = false;
  if (now >= state.until) state.read_only = false;
  return std::exchange(current_, server) != server;
}

void ServerChoice::is_away(std::size_t server, std::string why, TimePoint now) {
  State& state = servers_[server];
  state.away = true;
  state.until = now + settings_.return_after;
  state.why = std::move(why);
}

bool ServerChoice::is_read_only(std::size_t server, std::string why, TimePoint now) {
  State& state = servers_[server];
  state.read_only = true;
  state.until = now + settings_.return_after;
  state.why = std::move(why);
  const auto next = order(now).front();
  if (servers_[next].fails(now)) return false;
  current_ = next;
  return true;
}

std::optional<std::size_t> ServerChoice::better(TimePoint now) const {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const State& state = servers_[i];
    if (state.fails(now) || state.priority >= servers_[best.value_or(current_)].priority) continue;
    best = i;
  }
  return best;
}

void ServerChoice::wrote(std::size_t server, TimePoint now) {
  written_ = server;
  written_at_ = now;
}

TimePoint ServerChoice::usable_from(std::size_t server) const {
  return !written_ || *written_ == server ? TimePoint{} : written_at_ + settings_.replica_lag;
}

std::vector<ServerChoice::Passed> ServerChoice::failing() const {
  std::vector<Passed> all;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const State& state = servers_[i];
    if (state.away || state.read_only) all.push_back({i, state.read_only && !state.away, state.why});
  }
  return all;
}

std::vector<ServerChoice::Passed> ServerChoice::passed_over() const {
  auto all = failing();
  std::erase_if(all, [this](const Passed& one) {
    if (one.server == current_) return !one.read_only;
    return servers_[one.server].priority >= servers_[current_].priority;
  });
  return all;
}

}  // namespace dirbridge::ldap
