// The servers of a Client: which one is connected to, and when another takes its place.
#include <utility>

#include "base/log.hpp"
#include "ldap/client_impl.hpp"
#include "ldap/connection_settings.hpp"

namespace dirbridge::ldap {
namespace {

TimePoint now() { return std::chrono::steady_clock::now(); }

}  // namespace

asio::awaitable<Opened> Client::Impl::try_servers(const std::string& credentials) {
  if (auto checked = check(settings); !checked) co_return Opened{nullptr, checked.error(), true};
  std::optional<Opened> failed;
  std::optional<Opened> wrong_secret;
  for (const auto index : choice.order(now())) {
    if (stopped) break;
    auto& refusals = refused[index];
    if (refusals.rests(now()) && refusals.are(credentials)) {
      if (!wrong_secret) wrong_secret = Opened{nullptr, refusals.why(), true, true};
      continue;
    }
    auto wanted = connection_settings(*ServerUrl::parse(settings.urls[index]));
    if (!wanted) co_return Opened{nullptr, wanted.error(), true};
    auto opened = co_await Connection::open(executor, std::move(*wanted));
    if (!opened.connection) {
      choice.is_away(index, opened.error.message(), now());
      if (opened.is_wrong_secret) refusals.refused(credentials, opened.error, pause_for_a_person(), now());
      (opened.is_wrong_secret ? wrong_secret : failed) = std::move(opened);
      continue;
    }
    refusals.forget();
    if (choice.serves(index, now())) {
      kind.reset();
      follow();
      log::warn("ldap.server", {{"server", settings.urls[index]}, {"reason", "the one before did not serve us"}});
    }
    co_return opened;
  }
  if (!wrong_secret || !failed) co_return std::move(wrong_secret ? wrong_secret : failed).value_or(Opened{});
  // A person is told of the password; but the other servers may be back before it is put right, and are tried as if
  // they were all there are.
  co_return Opened{nullptr, wrong_secret->error, failed->needs_a_person};
}

// "ldap://b serves; ldap://a takes no changes (…)"
std::string Client::Impl::passed_over() const {
  std::string text;
  for (const auto& passed : choice.passed_over()) text += "; " + state_of(passed);
  return text.empty() ? text : settings.urls[choice.current()] + " serves" + text;
}

std::string Client::Impl::state_of(const ServerChoice::Passed& passed) const {
  return settings.urls[passed.server] + (passed.read_only ? " takes no changes (" : " is away (") + passed.why + ")";
}

// Beside what `said` tells already.
std::string Client::Impl::other_failures(const std::string& said) const {
  std::string text;
  if (settings.urls.size() < 2) return text;
  for (const auto& failing : choice.failing())
    if (said.find(failing.why) == std::string::npos) text += "; " + state_of(failing);
  return text;
}

void Client::Impl::follow() {
  const auto& url = settings.urls[choice.current()];
  for (auto* channel : {&writing, &reading}) {
    if (!channel->connection || channel->connection->url().text() == ServerUrl::parse(url)->text()) continue;
    channel->connection->retire();
    channel->connection.reset();
    channel->changed.notify();
  }
}

void Client::Impl::leave_if_frozen() {
  if (settings.urls.size() < 2 || !reading.connection || !reading.connection->is_open()) return;
  // Changes may take long; a read that does not get a word in this time has failed already.
  const auto silence = reading.connection->silent_for(now());
  if (silence < settings.operation_timeout) return;
  const auto server = choice.current();
  const auto why = "has answered nothing for " + std::to_string(silence.count()) + " ms";
  choice.is_away(server, why, now());
  if (writing.connection && !writing.connection->is_idle()) choice.wrote(server, now());
  log::warn("ldap.server", {{"server", settings.urls[server]}, {"reason", why}});
  for (auto* channel : {&writing, &reading}) {
    if (!channel->connection) continue;
    channel->connection->retire();
    channel->connection.reset();
    channel->changed.notify();
  }
}

// A better server may be back. The one in use serves on until that is sure.
asio::awaitable<void> Client::Impl::try_better(std::shared_ptr<Impl> self, std::size_t index) {
  Opened opened;
  std::string credentials;
  try {
    credentials = credentials_fingerprint(self->settings);
    const auto& refusals = self->refused[index];
    auto wanted = self->connection_settings(*ServerUrl::parse(self->settings.urls[index]));
    if (refusals.rests(now()) && refusals.are(credentials))
      opened.error = refusals.why();
    else if (wanted)
      opened = co_await Connection::open(self->executor, std::move(*wanted));
    else
      opened.error = wanted.error();
  } catch (const std::exception& error) {
    opened.error = {errc::unavailable, error.what()};
  }
  self->trying_better = false;
  if (opened.is_wrong_secret)
    self->refused[index].refused(std::move(credentials), opened.error, self->pause_for_a_person(), now());
  if (opened.connection) self->refused[index].forget();
  if (!opened.connection) {
    self->choice.is_away(index, opened.error.message(), now());
  } else if (self->stopped || self->paging || self->writing.connecting) {  // pages are of one server
    opened.connection->retire();
  } else if (self->choice.serves(index, now())) {
    log::info("ldap.server", {{"server", self->settings.urls[index]}, {"reason", "it is back, and preferred"}});
    self->kind.reset();
    self->follow();
    self->on_opened(self->writing, std::move(opened));
  }
}

std::optional<Error> Client::Impl::judge(std::size_t server, bool tracked, const Operation& over) {
  const Result& result = over.result;
  // A refused change was not made: only what was, or may have been, has to reach the copies.
  if (over.state != Operation::State::answered || result.ok()) choice.wrote(server, now());
  if (over.state != Operation::State::answered) return std::nullopt;
  if (result.ok()) choice.takes_changes(server);
  constexpr int protocol_error = 2;
  constexpr int unavailable_critical_extension = 12;
  const auto& url = settings.urls[server];
  if (tracked && (result.code == protocol_error || result.code == unavailable_critical_extension)) {
    tracks = false;
    log::info("ldap.tracking", {{"server", url}, {"reason", to_error(result).message()}});
    return Error{errc::unavailable, url + " does not take the session tracking control"};
  }
  return judge_read_only(server, result);
}

std::optional<Error> Client::Impl::judge_read_only(std::size_t server, const Result& result) {
  constexpr int referral = 10;
  constexpr int unwilling_to_perform = 53;
  const auto& url = settings.urls[server];
  // Active Directory says 53 of values.
  const bool read_only =
      result.code == referral || (result.code == unwilling_to_perform && known_kind() != ServerKind::active_directory);
  if (!read_only) return std::nullopt;
  const auto why = to_error(result).message();
  if (server != choice.current()) return Error{errc::unavailable, url + " takes no changes: " + why};
  if (!choice.is_read_only(server, why, now())) return std::nullopt;
  kind.reset();
  follow();
  const auto& next = settings.urls[choice.current()];
  log::warn("ldap.server", {{"server", next}, {"reason", url + " takes no changes: " + why}});
  return Error{errc::unavailable, url + " takes no changes: " + why + "; the next to be asked is " + next};
}

}  // namespace dirbridge::ldap
