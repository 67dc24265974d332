// What a Client's server says of a modify that is not made.
#include <utility>

#include "ldap/client_impl.hpp"
#include "ldap/own_rights.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::ldap {
namespace {

using State = Operation::State;
using Foretold = result<std::optional<Forecast>>;

constexpr int insufficient_rights = 50;

TimePoint now() { return std::chrono::steady_clock::now(); }

// Of an attempt under the No-Op control. nullopt: this server, or this database of it, does not know the control.
Foretold read_attempt(Result answer) {
  constexpr int unavailable_critical_extension = 12;
  constexpr int referral = 10;
  if (answer.code == unavailable_critical_extension) return std::optional<Forecast>{};
  if (answer.code == Attempt::would_be_done) answer = {};
  const auto error = to_error(answer);
  // 53 and 10 of a copy, 51 of a busy one: no word about this change, and the change would wait for another moment.
  if (!answer.ok() && (error.code == condition::transient || answer.code == referral)) return error;
  return std::optional<Forecast>{Forecast{std::move(answer), true}};
}

}  // namespace

asio::awaitable<result<Client::Impl::Said>> Client::Impl::ask(Start start, TimePoint deadline) {
  for (bool again = false;; again = true) {
    const auto connection = co_await acquire(reading, deadline);
    if (!connection) co_return connection.error();
    auto operation = start(**connection);
    const ReadGuard guard{*connection, operation};
    const TimePoint limit = std::min(deadline, now() + settings.operation_timeout);
    Said said;
    said.server = choice.current();
    for (;;) {
      while (!operation->entries.empty()) {
        said.entry = operation->take_entry();
      }
      (*connection)->resume();
      if (operation->is_over() || now() >= limit) break;
      co_await operation->changed.wait(limit);
    }
    if (!operation->is_over())
      co_return Error{errc::timed_out, (*connection)->url().text() + " did not say in time what it would do"};
    if (operation->state == State::answered) {
      said.result = operation->result;
      said.value = operation->value;
      co_return said;
    }
    // It may have ended while nobody looked; asking twice changes as little as asking once.
    if (again || operation->is_refused) co_return operation->error;
  }
}

asio::awaitable<Foretold> Client::Impl::attempt(ModifyRequest request, TimePoint deadline) {
  for (auto left = settings.urls.size();; --left) {
    Start start = [&request](Connection& connection) { return connection.start_attempt(request); };
    const auto answer = co_await ask(std::move(start), deadline);
    if (!answer) co_return answer.error();
    const auto elsewhere = judge_read_only(answer->server, answer->result);
    if (!elsewhere || left <= 1) co_return read_attempt(answer->result);
  }
}

asio::awaitable<result<std::optional<OwnRights>>> Client::Impl::ask_rights(const Dn& target, TimePoint deadline) {
  const auto server_kind = known_kind();
  std::string identity;
  if (server_kind == ServerKind::ds389) {
    Start who = [](Connection& connection) { return connection.start_who_am_i(); };
    const auto answer = co_await ask(std::move(who), deadline);
    if (!answer) co_return answer.error();
    identity = dn_of_identity(answer->value);
  }
  const auto question = ask_own_rights(server_kind, identity);
  if (!question) co_return std::optional<OwnRights>{};
  Start look = [&](Connection& connection) {
    SearchRequest search{wire_name(target, server_kind), Scope::base, "(objectClass=*)", question->attributes, 0};
    return connection.start_search(std::move(search), {}, question->controls);
  };
  const auto answer = co_await ask(std::move(look), deadline);
  if (!answer) co_return answer.error();
  if (!answer->result.ok() || !answer->entry) co_return std::optional<OwnRights>{};
  auto rights = own_rights(server_kind, *answer->entry);
  if (rights && rights->attributes.empty()) rights.reset();
  co_return rights;
}

asio::awaitable<Foretold> Client::Impl::forecast(ModifyRequest request, TimePoint deadline) {
  const auto server_kind = co_await ask_kind(deadline);
  if (!server_kind) co_return server_kind.error();
  request.kind = *server_kind;
  if (*server_kind == ServerKind::openldap) co_return co_await attempt(std::move(request), deadline);
  const auto rights = co_await ask_rights(request.target, deadline);
  if (!rights) co_return rights.error();
  if (!*rights) co_return std::optional<Forecast>{};
  Forecast told{forecast_of(**rights, request), false};
  told.is_certain = *server_kind != ServerKind::ds389 || told.result.code != insufficient_rights;
  co_return std::optional<Forecast>{std::move(told)};
}

asio::awaitable<Foretold> Client::forecast(ModifyRequest request, TimePoint deadline) {
  const auto impl = impl_;
  co_return co_await impl->forecast(std::move(request), deadline);
}

}  // namespace dirbridge::ldap
