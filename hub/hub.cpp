#include "hub/hub.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <future>

#include "base/log.hpp"
#include "base/text.hpp"
#include "hub/api/api.hpp"
#include "hub/first_start.hpp"
#include "hub/gateway/agent_session.hpp"
#include "hub/http/service.hpp"
#include "hub/import_report.hpp"

namespace dirbridge::hub {
namespace {

// Start-up only: nothing runs on the loop yet, so waiting for the ledger's thread is allowed.
result<std::uint64_t> append_now(ledger::Ledger& ledger, std::vector<ledger::Record> records) {
  std::promise<result<std::uint64_t>> promise;
  ledger.append(std::move(records), [&promise](result<std::uint64_t> done) { promise.set_value(std::move(done)); });
  return promise.get_future().get();
}

}  // namespace

struct Hub::Impl {
  Impl(asio::any_io_executor e, HubSettings s, const Clock& c, std::unique_ptr<ledger::Ledger> ledger,
       std::unique_ptr<ledger::Views> views, std::uint64_t started_epoch)
      : executor(e),
        settings(std::move(s)),
        clock(c),
        epoch(started_epoch),
        store(e, std::move(ledger), std::move(views), c),
        access(store),
        // Rule "State": an agent that could hold a job speaks up by then, or lease and operation have both run out.
        book(e, c, store, settings.queue, epoch, settings.queue.lease * 2),
        imports(e, store, registry),
        memberships(e, c, store, book, registry, {settings.max_waiting_requests}, settings.contract),
        reads(c, registry, {.lifetime = settings.read_lifetime}),
        previews(e, c, registry),
        hooks(e, c, store, settings.hook_ca_file),
        parts{c, settings, store, access, book, registry, imports, memberships, reads, previews, hooks, nullptr, {}},
        stopped(e) {}

  asio::awaitable<void> run_agent(std::unique_ptr<net::WebSocket> socket);
  void deliver_soon();

  asio::any_io_executor executor;
  HubSettings settings;
  const Clock& clock;
  std::uint64_t epoch;
  Store store;
  Access access;
  AgentRegistry registry;
  JobBook book;
  ImportService imports;
  MembershipService memberships;
  ReadService reads;
  PreviewService previews;
  HookService hooks;
  api::Parts parts;
  std::unique_ptr<oauth::TokenService> tokens;
  std::unique_ptr<HttpService> service;
  std::unique_ptr<net::HttpServer> plain;
  std::unique_ptr<net::HttpServer> secure;
  net::Signal stopped;
  bool stopping = false;
  bool delivery_posted = false;
};

// Jobs that become ready in one turn of the loop go out in one frame: a frame each would wake the agent each time.
void Hub::Impl::deliver_soon() {
  if (std::exchange(delivery_posted, true)) return;
  asio::post(executor, [this] {
    delivery_posted = false;
    for (const auto& agent : registry.all()) agent->deliver();
  });
}

asio::awaitable<void> Hub::Impl::run_agent(std::unique_ptr<net::WebSocket> socket) {
  const GatewayParts gateway{executor, clock, settings, epoch, store, book, registry, imports, &reads, &previews};
  co_await std::make_shared<AgentSession>(gateway, std::move(socket))->run();
}

Hub::Hub(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Hub::~Hub() = default;
std::uint16_t Hub::port() const { return impl_->plain ? impl_->plain->port() : 0; }
std::uint16_t Hub::tls_port() const { return impl_->secure ? impl_->secure->port() : 0; }

result<std::unique_ptr<Hub>> Hub::open(asio::any_io_executor executor, HubSettings settings, const Clock& clock) {
  if (auto checked = to_result(problems_of(settings)); !checked) return checked.error();
  if (auto made = make_data_dir(settings.data_dir); !made) return made.error();
  const auto file = settings.data_dir + "/ledger.sqlite";
  auto ledger = ledger::open_sqlite_ledger({.path = file});
  if (!ledger) return ledger.error();
  auto views = ledger::open_sqlite_views(file);
  if (!views) return views.error();

  const auto now = clock.wall_now();
  const auto epoch = (*views)->last_epoch() + 1;
  std::vector<ledger::Record> records;
  records.push_back({0, {}, now, ledger::EpochStarted{epoch}});
  for (const auto& import : (*views)->running_imports()) {
    const std::string reason = "the hub was restarted before the import was complete";
    auto event = import_event("complete", import.id, import.directory);
    event.failure = reason;
    records.push_back({0, import.directory, now, ledger::ImportDropped{import.id, reason}});
    records.push_back({0, import.directory, now, ledger::EventLogged{to_text(event, random_uuid())}});
  }
  const auto token_file = settings.data_dir + "/" + std::string{operator_token_file};
  std::optional<Access::NewToken> token;
  if ((*views)->tokens().empty()) {
    token = Access::make_token("operator", {std::string{scope::operate}});
    records.push_back({0, {}, now, token->record});
  }
  if (auto done = append_now(**ledger, std::move(records)); !done) return done.error();
  if (token) {
    if (auto done = write_file(token_file, token->token.reveal() + "\n", 0600); !done) return done.error();
    log::info("hub.operator.token", {{"file", token_file}});
  }

  auto impl =
      std::make_unique<Impl>(executor, std::move(settings), clock, std::move(*ledger), std::move(*views), epoch);
  auto* hub = impl.get();
  hub->book.connect([hub] { hub->deliver_soon(); },
                    [hub](const queue::CancelLease& lease) {
                      if (const auto agent = hub->registry.find(lease.agent))
                        agent->send(proto::Cancel{lease.job, lease.lease, "deadline"});
                    });
  hub->book.recover(hub->store.views().open_jobs());

  std::shared_ptr<net::TlsServerContext> tls;
  if (hub->settings.tls) {
    auto identity = load_or_make_identity(hub->settings);
    if (!identity) return identity.error();
    hub->parts.authority_pem = identity->authority_pem;
    auto context = net::TlsServerContext::make(identity->identity);
    if (!context) return context.error();
    tls = std::move(*context);
  }
  auto tokens = oauth::TokenService::open(hub->store, clock, hub->settings.data_dir, hub->settings.public_url);
  if (!tokens) return tokens.error();
  hub->tokens = std::move(*tokens);
  hub->parts.tokens = hub->tokens.get();
  hub->access.connect(*hub->tokens);
  Router router;
  api::add_health(router, hub->parts);
  api::add_directories_integration(router, hub->parts);
  api::add_group_queries(router, hub->parts);
  api::add_groups(router, hub->parts);
  api::add_okta_groups(router, hub->parts);
  api::add_users(router, hub->parts);
  api::add_apps(router, hub->parts);
  api::add_app_features(router, hub->parts);
  api::add_agent_pools(router, hub->parts);
  api::add_system_log(router, hub->parts);
  api::add_event_hooks(router, hub->parts);
  api::add_operator_directories(router, hub->parts);
  api::add_operator_tokens(router, hub->parts);
  api::add_operator_previews(router, hub->parts);
  api::add_operator_jobs(router, hub->parts);
  api::add_oauth(router, hub->parts);
  api::add_operator_apps(router, hub->parts);
  hub->service = std::make_unique<HttpService>(
      clock, hub->settings, hub->access, std::move(router),
      [hub](std::unique_ptr<net::WebSocket> socket) { return hub->run_agent(std::move(socket)); },
      [hub] { return !hub->stopping && hub->registry.size() < hub->settings.max_agents; });
  const auto serve = [&](std::unique_ptr<net::HttpServer>& server, const net::ListenAddress& address,
                         std::shared_ptr<net::TlsServerContext> context) {
    server = std::make_unique<net::HttpServer>(executor, *hub->service, hub->settings.http, std::move(context),
                                               std::string{proto::subprotocol});
    return server->listen(address);
  };
  if (hub->settings.plain)
    if (auto done = serve(hub->plain, hub->settings.listen, nullptr); !done) return done.error();
  if (tls)
    if (auto done = serve(hub->secure, hub->settings.listen_tls, tls); !done) return done.error();
  log::info("hub.open", {{"epoch", epoch}, {"open_jobs", hub->book.size()}, {"file", file}});
  return std::unique_ptr<Hub>(new Hub{std::move(impl)});
}

asio::awaitable<void> Hub::run() {
  auto* hub = impl_.get();
  using namespace asio::experimental::awaitable_operators;
  const auto serve = [](net::HttpServer* server) -> asio::awaitable<void> {
    if (server) co_await server->run();
  };
  for (auto* server : {hub->plain.get(), hub->secure.get()})
    if (server) asio::co_spawn(hub->executor, serve(server), asio::detached);
  const auto until_stopped = [](Impl* impl) -> asio::awaitable<void> {
    while (!impl->stopping) co_await impl->stopped.wait();
  };
  co_await (hub->book.run() || until_stopped(hub));
}

asio::awaitable<void> Hub::stop() {
  auto* hub = impl_.get();
  if (std::exchange(hub->stopping, true)) co_return;
  // Callers first: while their jobs can still end, the agents stay.
  for (auto* server : {hub->plain.get(), hub->secure.get()})
    if (server) co_await server->stop(hub->settings.stop_grace);
  for (const auto& agent : hub->registry.all()) agent->dismiss("the hub is stopping", false);
  hub->store.flush();
  hub->stopped.notify();
}

}  // namespace dirbridge::hub
