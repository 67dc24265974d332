#include "ldap/client.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <charconv>
#include <random>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "ldap/client_impl.hpp"
#include "ldap/connection_settings.hpp"
#include "ldap/kerberos_fetch.hpp"

namespace dirbridge::ldap {
namespace {

using State = Operation::State;

TimePoint now() { return std::chrono::steady_clock::now(); }

// Between half and the whole: many agents must not come back in one moment.
milliseconds jittered(milliseconds full) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return milliseconds{std::uniform_int_distribution<std::int64_t>{full.count() / 2, full.count()}(random)};
}

class NotSent final : public PendingModify {
 public:
  explicit NotSent(Error error) : error_(std::move(error)) {}
  asio::awaitable<ModifyReply> wait(TimePoint) override {
    co_return ModifyReply{ModifyReply::Fate::not_sent, {}, error_};
  }

 private:
  Error error_;
};

// Holds its connection open for as long as somebody may ask for the answer.
class SentModify final : public PendingModify {
 public:
  // An answer that says nothing about the change, and that the change was not made.
  using Judge = std::function<std::optional<Error>(const Operation&)>;
  SentModify(std::shared_ptr<Connection> connection, std::shared_ptr<Operation> operation, std::string server,
             Judge judge)
      : connection_(std::move(connection)),
        operation_(std::move(operation)),
        server_(std::move(server)),
        judge_(std::move(judge)) {}

  asio::awaitable<ModifyReply> wait(TimePoint deadline) override {
    while (!operation_->is_over() && now() < deadline) co_await operation_->changed.wait(deadline);
    if (operation_->is_over())
      if (const auto judge = std::exchange(judge_, {})) elsewhere_ = judge(*operation_);
    if (elsewhere_) co_return ModifyReply{ModifyReply::Fate::not_sent, operation_->result, *elsewhere_, server_};
    if (operation_->state == State::answered)
      co_return ModifyReply{ModifyReply::Fate::answered, operation_->result, {}, server_};
    if (operation_->state == State::failed)
      co_return ModifyReply{ModifyReply::Fate::lost, {}, operation_->error, server_};
    Error error{errc::timed_out, connection_->url().text() + " has not answered yet"};
    co_return ModifyReply{ModifyReply::Fate::pending, {}, std::move(error), server_};
  }

 private:
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<Operation> operation_;
  std::string server_;  // as it was configured
  Judge judge_;
  std::optional<Error> elsewhere_;
};

// Whoever stops waiting for the send must not leave the modify behind in the queue.
struct WithdrawGuard {
  Connection& connection;
  Operation& operation;
  ~WithdrawGuard() { connection.withdraw(operation); }
};

// "agent@example.org" or "EXAMPLE\agent": Active Directory takes these in place of a DN.
bool is_principal_name(std::string_view text) {
  const auto mark = text.find_first_of("@\\");
  return mark != std::string_view::npos && mark > 0 && mark + 1 < text.size() &&
         text.find('=') == std::string_view::npos;
}

std::optional<int> priority_of(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

ServerChoiceSettings with_priorities(const ClientSettings& settings) {
  auto choice = settings.choice;
  for (const auto& text : settings.priorities) choice.priorities.push_back(priority_of(text).value_or(0));
  return choice;
}

}  // namespace

Problems problems_of(const ClientSettings& settings) {
  Problems problems;
  const auto wrong = [&](std::string_view key, std::string what) {
    problems.push_back({"ldap." + std::string{key}, std::move(what)});
  };
  if (settings.urls.empty()) wrong("urls", "at least one server is needed");
  const bool has_password = !settings.bind_dn.empty();
  if (has_password && settings.sasl_external) wrong("sasl_external", "it and ldap.bind_dn exclude each other");
  if (has_password && settings.bind_password_file.empty()) wrong("bind_password_file", "needed with ldap.bind_dn");
  if (has_password)
    if (auto dn = Dn::parse(settings.bind_dn); !dn && !is_principal_name(settings.bind_dn))
      wrong("bind_dn", dn.error().message());
  const bool has_keytab = !settings.kerberos.keytab_file.empty();
  if (has_keytab && has_password) wrong("keytab_file", "it and ldap.bind_dn exclude each other");
  if (has_keytab && settings.sasl_external) wrong("keytab_file", "it and ldap.sasl_external exclude each other");
  if (!has_keytab && !settings.kerberos.principal.empty()) wrong("principal", "needs ldap.keytab_file");
  if (!has_keytab && !settings.kerberos.kdcs.empty()) wrong("kdcs", "needs ldap.keytab_file");
  if (const auto& name = settings.kerberos.principal; !name.empty() && name.find('@') == std::string::npos)
    wrong("principal", "name the realm as well: " + name + "@EXAMPLE.ORG");
  for (const auto& kdc : settings.kerberos.kdcs)
    if (auto parsed = parse_kdc(kdc); !parsed) wrong("kdcs", parsed.error().message());
  if (settings.certificate_file.empty() != settings.key_file.empty())
    wrong(settings.key_file.empty() ? "certificate_file" : "key_file",
          "ldap.certificate_file and ldap.key_file belong together");
  if (settings.window < 1 || settings.window > 900) wrong("window", "1 to 900 (slapd ends a session at 1000)");
  if (!settings.priorities.empty() && settings.priorities.size() != settings.urls.size())
    wrong("priorities", std::to_string(settings.priorities.size()) + " numbers for " +
                            std::to_string(settings.urls.size()) + " ldap.urls; give one for each, or none");
  for (const auto& text : settings.priorities)
    if (!priority_of(text)) wrong("priorities", "\"" + text + "\" is not a number from 0 to 65535");
  for (const auto& text : settings.urls) {
    const auto url = ServerUrl::parse(text);
    if (!url) {
      wrong("urls", url.error().message());
      continue;
    }
    const bool plain = url->transport == ServerUrl::Transport::plain;
    if (settings.starttls && !plain) wrong("starttls", "only with ldap://, not with " + text);
    if (has_keytab && (!plain || settings.starttls))
      wrong(settings.starttls ? "starttls" : "urls",
            "Kerberos (ldap.keytab_file) signs and seals by itself, over ldap:// without TLS; inside TLS Active "
            "Directory refuses that. Use ldap://, or TLS with ldap.bind_dn and a password");
    if (plain && !settings.starttls && has_password && !settings.allow_cleartext && !url->is_loopback())
      wrong("urls", text + " would carry the password in clear; use ldaps://, ldap.starttls or ldap.allow_cleartext");
  }
  return problems;
}

Client::Impl::Impl(asio::any_io_executor ex, ClientSettings s)
    : executor(std::move(ex)),
      settings(std::move(s)),
      writing(executor),
      reading(executor),
      refused(settings.urls.size()),
      choice(settings.urls.size(), with_priorities(settings)),
      page_turn(executor) {}

void Client::Impl::stop() {
  stopped = true;
  for (auto* channel : {&writing, &reading}) {
    if (channel->connection && channel->connection->is_idle()) {
      channel->connection->retire();
    } else if (channel->connection) {
      channel->connection->end({errc::closed, "the directory client was stopped"});
    }
    channel->connection.reset();
    channel->changed.notify();
  }
  page_turn.notify();
}

// Files are read again at each connect: a renewed certificate heals by itself. The system's store is parsed once, it
// takes tens of milliseconds.
result<ConnectionSettings> Client::Impl::connection_settings(const ServerUrl& url) {
  auto made = ldap::connection_settings(settings, url, system_tls);
  if (made && made->tls && settings.ca_file.empty() && settings.certificate_file.empty()) system_tls = made->tls;
  return made;
}

void Client::Impl::on_opened(Channel& channel, Opened opened) {
  channel.connecting = false;
  if (stopped) {
    if (opened.connection) opened.connection->retire();
  } else if (opened.connection) {
    log::info("ldap.connected",
              {{"server", opened.connection->url().text()}, {"for", &channel == &writing ? "changes" : "reads"}});
    channel.connection = std::move(opened.connection);
    channel.failures = 0;
    channel.needs_a_person = false;
    channel.last = {};
    channel.next_attempt = {};
  } else {
    channel.last = std::move(opened.error);
    channel.needs_a_person = opened.needs_a_person;
    const auto doubled = settings.reconnect_base * (1LL << std::min(channel.failures, 20));
    auto pause = opened.needs_a_person ? pause_for_a_person()
                                       : jittered(std::min<milliseconds>(doubled, settings.reconnect_max));
    if (opened.is_wrong_secret) {
      const auto first = std::ranges::min(refused, {}, &RefusedCredentials::until).until();
      pause = std::max(std::chrono::ceil<milliseconds>(first - now()), milliseconds{0});
    }
    ++channel.failures;
    channel.next_attempt = now() + pause;
    log::warn("ldap.unreachable", {{"reason", channel.last.message()}, {"again_ms", pause.count()}});
  }
  channel.changed.notify();
}

asio::awaitable<void> Client::Impl::connect(std::shared_ptr<Impl> self, Channel& channel) {
  Opened opened;
  try {
    const auto credentials = credentials_fingerprint(self->settings);
    opened = co_await self->try_servers(credentials);
  } catch (const std::exception& error) {  // no memory, no descriptors: an attempt that failed, not a dead channel
    opened = {nullptr, {errc::unavailable, error.what()}, false};
  }
  self->on_opened(channel, std::move(opened));
}

std::optional<Error> Client::Impl::rest_of_credentials() {
  const auto rests = [](const RefusedCredentials& one) { return one.rests(now()); };
  if (std::ranges::none_of(refused, rests)) return std::nullopt;
  const auto shown = credentials_fingerprint(settings);
  bool changed = false;
  for (auto& one : refused) {
    if (!rests(one) || one.are(shown)) continue;
    one.forget();
    changed = true;
  }
  if (changed)
    for (auto* channel : {&writing, &reading}) channel->next_attempt = {};
  if (!std::ranges::all_of(refused, rests)) return std::nullopt;
  return refused[choice.current()].why();
}

asio::awaitable<result<std::shared_ptr<Connection>>> Client::Impl::acquire(Channel& channel, TimePoint deadline) {
  for (;;) {
    if (stopped) co_return Error{errc::cancelled, "the directory client was stopped"};
    if (const auto better = choice.better(now()); better && !trying_better && !paging) {
      trying_better = true;
      asio::co_spawn(executor, try_better(shared_from_this(), *better), asio::detached);
    }
    leave_if_frozen();
    if (channel.connection && channel.connection->is_open()) {
      const auto from = choice.usable_from(choice.current());
      if (now() >= from) co_return channel.connection;
      if (from >= deadline)
        co_return Error{errc::timed_out, "the copies of the directory have not had time to follow the last change"};
      co_await channel.changed.wait(from);
      continue;
    }
    if (now() >= deadline) {
      if (channel.failures > 0) co_return channel.last;
      co_return Error{errc::timed_out, "the directory could not be reached in time"};
    }
    if (!channel.connecting) {
      if (auto resting = rest_of_credentials()) co_return std::move(*resting);
      if (now() < channel.next_attempt) {
        // Credentials do not heal within a deadline, and more tries could lock the account.
        if (channel.needs_a_person || channel.next_attempt >= deadline) co_return channel.last;
        co_await channel.changed.wait(channel.next_attempt);
        continue;
      }
      channel.connecting = true;
      // On its own: the attempt must not die with the one who asked first.
      asio::co_spawn(executor, connect(shared_from_this(), channel), asio::detached);
    }
    // An attempt may end before it first waits (a password file that is not there).
    if (channel.connecting) co_await channel.changed.wait(deadline);
  }
}

Client::Client(asio::any_io_executor executor, ClientSettings settings)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(settings))) {}

Client::~Client() { impl_->stop(); }

asio::awaitable<std::unique_ptr<PendingModify>> Client::modify(ModifyRequest request, TimePoint deadline) {
  const auto impl = impl_;
  for (;;) {
    const auto connection = co_await impl->acquire(impl->writing, deadline);
    if (!connection) co_return std::make_unique<NotSent>(connection.error());
    request.kind = impl->known_kind();
    request.tracked = impl->tracks;
    const auto server = impl->choice.current();
    const auto operation = (*connection)->start_modify(request);
    const WithdrawGuard guard{**connection, *operation};
    while (operation->state == State::queued && now() < deadline) co_await operation->changed.wait(deadline);
    if (operation->was_sent) {
      SentModify::Judge judge = [impl, server, tracked = request.tracked](const Operation& over) {
        return impl->judge(server, tracked, over);
      };
      co_return std::make_unique<SentModify>(*connection, operation, impl->settings.urls[server], std::move(judge));
    }
    if (operation->state == State::queued)
      co_return std::make_unique<NotSent>(
          Error{errc::timed_out, (*connection)->url().text() + ": no room in the window before the deadline"});
    if (operation->is_refused || impl->stopped) co_return std::make_unique<NotSent>(operation->error);
    // The connection ended before the send: nothing has happened, the next connection may carry it.
  }
}

asio::awaitable<result<std::vector<bool>>> Client::has_values(Dn target, std::string attribute, std::vector<Dn> values,
                                                              TimePoint deadline) {
  const auto impl = impl_;
  co_return co_await impl->has_values(target, attribute, values, deadline);
}

asio::awaitable<result<std::vector<bool>>> Client::are_here(std::vector<Dn> names, TimePoint deadline) {
  const auto impl = impl_;
  co_return co_await impl->are_here(names, deadline);
}

asio::awaitable<result<std::uint64_t>> Client::search(SearchRequest request, EntrySink sink, milliseconds idle) {
  const auto impl = impl_;
  co_return co_await impl->search(std::move(request), sink, idle);
}

asio::awaitable<result<ServerKind>> Client::kind(TimePoint deadline) {
  const auto impl = impl_;
  co_return co_await impl->ask_kind(deadline);
}

DirectoryStatus Client::status() const {
  const Impl& impl = *impl_;
  const auto at = now();
  DirectoryStatus status;
  if (!impl.settings.urls.empty()) status.server = impl.settings.urls[impl.choice.current()];
  for (const auto* channel : {&impl.reading, &impl.writing}) {
    const bool is_open = channel->connection && channel->connection->is_open();
    if (is_open && status.state != DirectoryState::unhealthy) status.state = DirectoryState::connected;
    if (channel->connecting && status.state == DirectoryState::disconnected) status.state = DirectoryState::connecting;
    if (channel->failures > 0 && !is_open) {
      status.state = DirectoryState::unhealthy;
      status.detail = channel->last.message();
    }
    // An open socket is no health: a stopped server keeps its own. Its next answer ends this.
    if (!is_open || channel->connection->is_idle()) continue;
    if (const auto silence = channel->connection->silent_for(at); silence >= impl.settings.operation_timeout) {
      status.state = DirectoryState::unhealthy;
      status.detail = channel->connection->url().text() + " has answered nothing for " +
                      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(silence).count()) + " s";
    }
  }
  if (status.state == DirectoryState::connected) status.detail = impl.passed_over();
  if (status.state == DirectoryState::unhealthy) status.detail += impl.other_failures(status.detail);
  return status;
}

}  // namespace dirbridge::ldap
