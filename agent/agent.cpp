#include "agent/agent.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "agent/entry_reader.hpp"
#include "agent/hub_link.hpp"
#include "agent/identity.hpp"
#include "agent/importer.hpp"
#include "agent/job_runner.hpp"
#include "agent/previewer.hpp"
#include "base/log.hpp"
#include "net/deadline.hpp"
#include "net/http_client.hpp"

namespace dirbridge::agent {
namespace {

constexpr std::string_view socket_path = "/_dirbridge/v1/agent";
// How often a directory that is not connected is asked for a sign of life, so that what `dirbridge agents` shows is
// true even when there are no jobs.
constexpr milliseconds probe_interval{5'000};
constexpr milliseconds probe_timeout{5'000};

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "agent";
}

RunnerSettings runner_settings(const AgentSettings& settings) {
  RunnerSettings runner;
  runner.plan.most = {settings.max_values_per_modify, settings.max_bytes_per_modify};
  // Until the server's kind is known, and as far as its rules let it grow, every server is taken for a careful one.
  const auto& careful = rules_of(ldap::ServerKind::generic);
  runner.plan.limits = {std::min(settings.max_values_per_modify, careful.max_values),
                        std::min(settings.max_bytes_per_modify, careful.max_bytes)};
  runner.plan.settle = settings.settle;
  runner.plan.settle_interval = settings.settle_interval;
  runner.max_batches = settings.max_parallel_groups;
  runner.group_bases = settings.groups.bases;
  runner.user_bases = settings.users.bases;
  runner.plan.last_member = LastMember::parse(settings.last_member).value();  // checked by check()
  return runner;
}

ImportSettings import_settings(const AgentSettings& settings) {
  ImportSettings import;
  import.users = settings.users;
  import.groups = settings.groups;
  import.page_size = settings.page_size;
  import.timeout = settings.import_timeout;
  import.stand_in = LastMember::parse(settings.last_member).value().stand_in;
  return import;
}

LinkSettings link_settings(const AgentSettings& settings) {
  LinkSettings link;
  link.times.reconnect_base = settings.reconnect_base;
  link.times.reconnect_max = settings.reconnect_max;
  link.poll_wait = settings.poll_wait;
  link.polls = settings.polls;
  link.credit = settings.credit;
  link.report_margin = settings.report_margin;
  link.name = settings.name.empty() ? host_name() : settings.name;
  link.software = "dirbridge/" DIRBRIDGE_VERSION;
  link.enrol_code = settings.enrol_code;
  return link;
}

struct Dialling {
  net::Url url;
  net::ClientSettings client;
};

result<Dialling> dialling(const AgentSettings& settings) {
  auto url = net::parse_url(settings.hub_url);
  if (!url) return url.error();
  if (url->path.empty() || url->path == "/") url->path = socket_path;
  Dialling dial{std::move(*url), {}};
  if (dial.url.secure()) {
    net::TlsClientSettings tls;
    tls.ca_file = settings.hub_ca_file;
    auto context = net::TlsClientContext::make(tls);
    if (!context) return context.error();
    dial.client.tls = std::move(*context);
  }
  if (!settings.proxy_url.empty()) {
    auto proxy = net::parse_url(settings.proxy_url);
    if (!proxy) return proxy.error();
    dial.client.proxy = net::Proxy{std::move(*proxy), settings.proxy_user, settings.proxy_password};
  }
  return dial;
}

asio::awaitable<result<std::unique_ptr<net::WebSocket>>> connect(asio::any_io_executor executor, Dialling dial,
                                                                 TimePoint deadline) {
  auto opened =
      co_await net::connect_web_socket(executor, dial.url, std::string{proto::subprotocol}, dial.client, {}, deadline);
  if (!opened && net::is_unknown_authority(opened.error()))
    opened = Error{opened.error().code,
                   opened.error().message() + "; agent.hub_ca_file must name the hub's authority (its ca.pem)"};
  co_return opened;
}

}  // namespace

struct Agent::Impl final : LinkOwner {
  Impl(asio::any_io_executor executor_, AgentSettings settings_, Identity identity_, Dialling dial, const Clock& clock_)
      : executor(executor_),
        settings(std::move(settings_)),
        identity(std::move(identity_)),
        clock(clock_),
        directory(std::make_shared<ldap::Client>(executor, settings.directory)),
        runner(executor, directory, runner_settings(settings), clock,
               [this](proto::Report report) { link.report(std::move(report)); }),
        importer(executor, directory, import_settings(settings),
                 [this](const proto::AgentFrame& frame) { return link.send(frame); }),
        reader(executor, directory, runner_settings(settings).group_bases,
               [this](const proto::AgentFrame& frame) { return link.send(frame); }),
        previewer(executor, directory, {runner_settings(settings), settings.report_margin}, clock,
                  [this](const proto::AgentFrame& frame) { return link.send(frame); }),
        link(
            executor, link_settings(settings), identity, *this,
            [executor_, dial](TimePoint deadline) { return connect(executor_, dial, deadline); }, clock) {}

  // ---- LinkOwner ----
  void deliver(std::vector<JobPtr> jobs) override { runner.accept(std::move(jobs)); }
  void cancel(const proto::Cancel& cancel) override { runner.cancel(cancel); }
  void drop(const proto::Fence& lease) override { runner.drop(lease); }
  std::vector<proto::OpenJobs::Held> held() const override { return runner.held(); }
  ldap::DirectoryStatus directory_status() const override { return directory->status(); }
  void read_requested(const proto::Read& read) override { reader.start(read); }
  void preview_requested(const proto::Preview& preview) override { previewer.start(preview); }
  void import_requested(const proto::ImportRequest& request) override { importer.request(request); }
  void import_acknowledged(const proto::ImportAck& ack) override { importer.acknowledged(ack); }
  void session_ended() override { importer.session_ended(); }

  // Static, and with everything it needs: it may outlive the agent by the length of one probe.
  static asio::awaitable<void> probe(std::shared_ptr<ldap::Directory> directory, std::shared_ptr<net::Signal> wake,
                                     std::shared_ptr<bool> ended, std::string base) {
    while (!*ended) {
      if (directory->status().state != ldap::DirectoryState::connected) {
        ldap::SearchRequest request{base, ldap::Scope::base, "(objectClass=*)", {"1.1"}, 0};
        ldap::EntrySink sink = [](ldap::Entry) -> asio::awaitable<void> { co_return; };
        const auto found = co_await directory->search(std::move(request), std::move(sink), probe_timeout);
        if (*ended) co_return;
        const auto status = directory->status();
        if (found)
          log::info("directory.connected", {{"directory", status.server}});
        else
          log::warn("directory.away", {{"reason", status.detail.empty() ? found.error().message() : status.detail}});
      }
      co_await wake->wait(std::chrono::steady_clock::now() + probe_interval);
    }
  }

  asio::any_io_executor executor;
  AgentSettings settings;
  Identity identity;
  const Clock& clock;
  std::shared_ptr<ldap::Client> directory;
  JobRunner runner;
  Importer importer;
  EntryReader reader;
  Previewer previewer;
  HubLink link;
  std::shared_ptr<net::Signal> probe_wake = std::make_shared<net::Signal>(executor);
  std::shared_ptr<bool> ended = std::make_shared<bool>(false);
};

Agent::Agent(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Agent::~Agent() {
  *impl_->ended = true;
  impl_->probe_wake->notify();
}

result<std::unique_ptr<Agent>> Agent::open(asio::any_io_executor executor, AgentSettings settings, const Clock& clock) {
  if (auto checked = check(settings); !checked) return checked.error();
  auto dial = dialling(settings);
  if (!dial) return Error{errc::configuration, dial.error().message()};
  auto identity = Identity::open(settings.state_dir);
  if (!identity) return identity.error();
  if (!identity->is_enrolled() && settings.enrol_code.empty())
    return Error{
        errc::configuration,
        "this agent is not enrolled (" + settings.state_dir +
            "/agent.json is not there) and enrol_code is not set: get a code with `dirbridge agent enrol-code`"};
  auto impl =
      std::make_unique<Impl>(std::move(executor), std::move(settings), std::move(*identity), std::move(*dial), clock);
  return std::unique_ptr<Agent>{new Agent{std::move(impl)}};
}

asio::awaitable<result<void>> Agent::run() {
  auto& impl = *impl_;
  asio::co_spawn(impl.executor,
                 Impl::probe(impl.directory, impl.probe_wake, impl.ended, impl.settings.groups.bases.front()),
                 asio::detached);
  auto outcome = co_await impl.link.run();
  *impl.ended = true;
  impl.probe_wake->notify();
  co_return outcome;
}

asio::awaitable<void> Agent::stop() {
  auto& impl = *impl_;
  const auto now = impl.clock.now();
  const auto grace = impl.settings.stop_grace;
  const auto last = now + grace;
  log::info("agent.stopping", {{"holding", impl.runner.size()}, {"ms", grace.count()}});
  impl.link.stop_polling();
  impl.importer.stop("the agent is stopping");
  // Most of the time is for finishing; the rest for giving back what could not be, and for the hub's acks.
  if (!co_await impl.runner.drain(now + grace * 3 / 4)) {
    impl.runner.give_back("The agent is stopping; it is delivered again, here or to another agent.");
    co_await impl.runner.drain(now + grace * 9 / 10);
  }
  const bool flushed = co_await impl.link.flush(last);
  if (impl.runner.size() > 0 || !flushed)
    log::warn("agent.stopped.early", {{"holding", impl.runner.size()}, {"flushed", flushed}});
  co_await impl.link.close(1'000ms);
}

}  // namespace dirbridge::agent
