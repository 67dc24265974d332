#include "agent/hub_link.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <map>

#include "agent/hub_clock.hpp"
#include "agent/lease_book.hpp"
#include "agent/report_book.hpp"
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "net/deadline.hpp"

namespace dirbridge::agent {
namespace {

constexpr std::size_t max_unanswered_heartbeats = 64;

// [0, 1)
double random_chance() {
  const auto bytes = random_bytes(4);
  std::uint32_t number = 0;
  for (const unsigned char byte : bytes) number = number << 8 | byte;
  return static_cast<double>(number) / 4294967296.0;
}

}  // namespace

struct HubLink::Impl {
  // How far the greeting has come: hello → (enrolled) → challenge, proof → welcome.
  enum class Greeting { hello_sent, enrolled, proved, done };

  Impl(asio::any_io_executor executor, LinkSettings settings_, Identity& identity_, LinkOwner& owner_,
       Connector connect_, const Clock& clock_)
      : settings(std::move(settings_)),
        identity(identity_),
        owner(owner_),
        connect(std::move(connect_)),
        clock(clock_),
        fsm(settings.times),
        wake(executor),
        flushed(executor) {}

  bool is_open() const { return socket && !over && fsm.state() == LinkFsm::State::open; }
  void write(const proto::AgentFrame& frame) { socket->send(proto::to_json(frame)); }

  // ---- connecting ----

  using Connected = result<std::unique_ptr<net::WebSocket>>;

  asio::awaitable<Connected> try_connect(TimePoint deadline) {
    std::string failure;
    try {
      co_return co_await connect(deadline);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    co_return Error{errc::unavailable, failure};
  }

  asio::awaitable<void> until_closed() {
    while (!closed) co_await wake.wait();
  }

  // ---- one session ----

  asio::awaitable<void> session() {
    using namespace asio::experimental::awaitable_operators;
    over = false;
    fsm.connected(clock.now());
    greeting = Greeting::hello_sent;
    const bool enrolling = !identity.is_enrolled();
    write(proto::Hello{proto::protocol_version, identity.agent(),
                       enrolling ? settings.enrol_code.reveal() : std::string{},
                       enrolling ? identity.public_key() : std::string{}, settings.name, settings.software, instance});
    co_await (read_frames() && keep_time());
    polls.clear();
    heartbeats.clear();
    leases.connection_lost();
    hub_clock.reset();
    owner.session_ended();
    flushed.notify();
  }

  asio::awaitable<void> read_frames() {
    const auto its = socket;
    while (!over) {
      auto text = co_await its->read();
      if (!text) {
        log::info("link.lost", {{"hub", its->peer()}, {"reason", text.error().message()}});
        break;
      }
      std::string problem;
      auto frame = proto::parse_hub_frame(*text);
      if (frame) {
        fsm.frame_received(clock.now());
        problem = take(*frame);
      } else {
        problem = frame.error().message();
      }
      if (problem.empty()) continue;
      log::warn("link.protocol", {{"hub", its->peer()}, {"reason", problem}});
      over = true;
      co_await its->close("protocol error", 1'000ms);
    }
    over = true;
    wake.notify();
  }

  asio::awaitable<void> keep_time() {
    const auto its = socket;
    while (!over) {
      const auto now = clock.now();
      const auto action = fsm.tick(now);
      if (action == LinkFsm::Action::give_up) {
        log::warn("link.silent", {{"hub", its->peer()}});
        over = true;
        its->abort();
        co_return;
      }
      if (is_open()) {
        auto due = leases.due(now);
        if (!due.empty()) write(proto::Renew{due});
        if (!due.empty() || action == LinkFsm::Action::heartbeat) {
          const auto sent = send_heartbeat(now);
          if (!due.empty()) leases.renewed(due, sent, now);
        }
      }
      sleeping_until = std::min(fsm.next_tick(), leases.next_due());
      co_await wake.wait(std::max(sleeping_until, now + milliseconds{1}));
    }
  }

  std::int64_t send_heartbeat(TimePoint now) {
    // Each has its own number even within one millisecond: an ack must name the one it answers.
    last_sent = std::max(last_sent + 1, std::chrono::duration_cast<milliseconds>(now.time_since_epoch()).count());
    const auto status = owner.directory_status();
    std::string state = "connecting";
    if (status.state == ldap::DirectoryState::connected) state = "connected";
    if (status.state == ldap::DirectoryState::unhealthy) state = "unhealthy";
    if (heartbeats.size() >= max_unanswered_heartbeats) heartbeats.erase(heartbeats.begin());
    heartbeats[last_sent] = now;
    write(proto::Heartbeat{last_sent, state, status.detail});
    fsm.heartbeat_sent(now);
    return last_sent;
  }

  // A bug in the handling of one frame costs this session, not the process.
  std::string take(proto::HubFrame& frame) {
    try {
      return fsm.state() == LinkFsm::State::open ? on_frame(frame) : on_greeting(frame);
    } catch (const std::exception& error) {
      return std::string{proto::frame_type(frame)} + " could not be handled: " + error.what();
    }
  }

  // ---- frames; a text that is not empty is what the hub did wrong ----

  std::string on_greeting(const proto::HubFrame& frame) {
    if (const auto* go_away = std::get_if<proto::GoAway>(&frame)) return on(*go_away);
    if (const auto* enrolled = std::get_if<proto::Enrolled>(&frame);
        enrolled != nullptr && greeting == Greeting::hello_sent && !identity.is_enrolled()) {
      greeting = Greeting::enrolled;
      if (auto kept = identity.enrolled(enrolled->agent, enrolled->directory); !kept) {
        // The code is spent and the id would be lost: to go on would only hide it until the next start.
        fatal = kept.error();
        return "the identity could not be kept: " + kept.error().message();
      }
      log::info("link.enrolled", {{"agent", identity.agent()}, {"directory", identity.directory()}});
      return {};
    }
    if (const auto* challenge = std::get_if<proto::Challenge>(&frame);
        challenge != nullptr && (greeting == Greeting::hello_sent || greeting == Greeting::enrolled) &&
        identity.is_enrolled()) {
      greeting = Greeting::proved;
      proved_at = clock.now();
      write(proto::Proof{identity.prove(challenge->nonce, instance)});
      return {};
    }
    if (const auto* welcome = std::get_if<proto::Welcome>(&frame); welcome != nullptr && greeting == Greeting::proved)
      return on(*welcome);
    return std::string{proto::frame_type(frame)} + " is out of order in the greeting";
  }

  std::string on(const proto::Welcome& welcome) {
    greeting = Greeting::done;
    hub_clock.observe(proved_at, welcome.at);
    fsm.welcomed(welcome, clock.now());
    log::info("link.open", {{"hub", socket->peer()}, {"agent", identity.agent()}, {"directory", welcome.directory}});
    proto::OpenJobs open{owner.held()};
    for (auto& held : reports.held()) open.jobs.push_back(std::move(held));
    write(std::move(open));
    for (auto& report : reports.resend()) write(std::move(report));
    send_heartbeat(clock.now());
    top_up_polls();
    wake.notify();
    return {};
  }

  std::string on(const proto::GoAway& go_away) {
    log::warn("link.go_away", {{"reason", go_away.reason}, {"final", go_away.final}});
    fsm.told_to_go(go_away);
    over = true;
    socket->abort();
    return {};
  }

  std::string on_frame(proto::HubFrame& frame) {
    if (auto* jobs = std::get_if<proto::Jobs>(&frame)) return on(*jobs);
    if (const auto* ack = std::get_if<proto::ReportAck>(&frame)) {
      if (reports.acknowledged(ack->lease)) top_up_polls();
      if (ack->status == proto::ReportStatus::stale) log::warn("report.stale", {{"lease", proto::to_text(ack->lease)}});
      if (reports.finals() == 0) flushed.notify();
      return {};
    }
    if (const auto* cancel = std::get_if<proto::Cancel>(&frame)) return owner.cancel(*cancel), std::string{};
    if (const auto* ack = std::get_if<proto::HeartbeatAck>(&frame)) return on(*ack);
    if (const auto* ack = std::get_if<proto::OpenJobsAck>(&frame)) {
      for (const auto& lease : ack->drop) {
        leases.remove(lease);
        owner.drop(lease);
      }
      top_up_polls();
      return {};
    }
    if (const auto* read = std::get_if<proto::Read>(&frame)) return owner.read_requested(*read), std::string{};
    if (const auto* preview = std::get_if<proto::Preview>(&frame))
      return owner.preview_requested(*preview), std::string{};
    if (const auto* request = std::get_if<proto::ImportRequest>(&frame))
      return owner.import_requested(*request), std::string{};
    if (const auto* ack = std::get_if<proto::ImportAck>(&frame)) return owner.import_acknowledged(*ack), std::string{};
    if (const auto* go_away = std::get_if<proto::GoAway>(&frame)) return on(*go_away);
    return std::string{proto::frame_type(frame)} + " after welcome";
  }

  std::string on(const proto::HeartbeatAck& ack) {
    const auto sent = heartbeats.find(ack.sent);
    if (sent == heartbeats.end()) return {};
    hub_clock.observe(sent->second, ack.at);
    leases.acknowledged(ack.sent, clock.now());
    heartbeats.erase(heartbeats.begin(), std::next(sent));
    return {};
  }

  std::string on(proto::Jobs& jobs) {
    const auto poll = polls.find(jobs.poll);
    if (poll == polls.end()) return "jobs for a poll that is not open";
    if (jobs.jobs.size() > poll->second) return "more jobs than the poll had credit for";
    polls.erase(poll);
    if (!jobs.jobs.empty()) {
      const auto now = clock.now();
      const auto leased_at = hub_clock.earliest_local(jobs.at);
      std::vector<JobPtr> made;
      made.reserve(jobs.jobs.size());
      for (auto& delivered : jobs.jobs) {
        made.push_back(make_job(std::move(delivered), leased_at, now, settings.report_margin));
        leases.add(made.back());
      }
      owner.deliver(std::move(made));
      if (leases.next_due() < sleeping_until) wake.notify();
    }
    top_up_polls();
    return {};
  }

  void top_up_polls() {
    if (!is_open() || stopping) return;
    std::size_t taken = leases.size() + reports.finals();
    for (const auto& [poll, credit] : polls) taken += credit;
    while (polls.size() < settings.polls && taken < settings.credit) {
      const auto missing = settings.polls - polls.size();
      const auto share = (settings.credit - taken + missing - 1) / missing;
      const auto credit = static_cast<std::uint32_t>(std::min<std::size_t>(share, proto::max_credit));
      polls[++last_poll] = credit;
      taken += credit;
      write(proto::Poll{last_poll, credit, settings.poll_wait});
    }
  }

  LinkSettings settings;
  Identity& identity;
  LinkOwner& owner;
  Connector connect;
  const Clock& clock;
  const std::string instance = random_id("i", 21);  // of this process, as far as the hub is concerned
  LinkFsm fsm;
  HubClock hub_clock;
  LeaseBook leases;
  ReportBook reports;
  net::Signal wake;
  net::Signal flushed;
  std::shared_ptr<net::WebSocket> socket;
  std::map<std::uint64_t, std::uint32_t> polls;  // open ones and their credit
  std::uint64_t last_poll = 0;
  std::map<std::int64_t, TimePoint> heartbeats;  // not acknowledged yet
  std::int64_t last_sent = 0;
  TimePoint proved_at;
  TimePoint sleeping_until;
  Greeting greeting{};
  Error fatal;
  bool over = true;  // the session
  bool stopping = false;
  bool closed = false;
};

HubLink::HubLink(asio::any_io_executor executor, LinkSettings settings, Identity& identity, LinkOwner& owner,
                 Connector connect, const Clock& clock)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(settings), identity, owner, std::move(connect),
                                   clock)) {}

HubLink::~HubLink() = default;

asio::awaitable<result<void>> HubLink::run() {
  const auto impl = impl_;
  while (!impl->closed) {
    while (!impl->closed && impl->clock.now() < impl->fsm.connect_at())
      co_await impl->wake.wait(impl->fsm.connect_at());
    if (impl->closed) break;
    using namespace asio::experimental::awaitable_operators;
    auto either = co_await (impl->try_connect(impl->fsm.connecting(impl->clock.now())) || impl->until_closed());
    if (impl->closed) break;
    auto& connected = std::get<0>(either);
    if (connected) {
      impl->socket = std::move(*connected);
      co_await impl->session();
      impl->socket.reset();
    } else {
      log::warn("link.connect.failed", {{"reason", connected.error().message()}});
    }
    impl->fsm.ended(impl->clock.now(), random_chance());
    if (impl->fatal.code) co_return impl->fatal;
    if (impl->fsm.state() == LinkFsm::State::refused)
      co_return Error{errc::denied, "the hub refuses this agent: " + impl->fsm.reason()};
  }
  co_return result<void>{};
}

void HubLink::report(proto::Report report) {
  const bool open = impl_->is_open();
  if (report.final) impl_->leases.remove(report.lease);
  if (open) impl_->write(report);
  impl_->reports.put(std::move(report), open);
}

bool HubLink::send(const proto::AgentFrame& frame) {
  if (!impl_->is_open()) return false;
  impl_->write(frame);
  return true;
}

bool HubLink::is_open() const { return impl_->is_open(); }

void HubLink::stop_polling() { impl_->stopping = true; }

asio::awaitable<bool> HubLink::flush(TimePoint deadline) {
  const auto impl = impl_;
  while (impl->reports.finals() > 0 && impl->clock.now() < deadline) co_await impl->flushed.wait(deadline);
  co_return impl->reports.finals() == 0;
}

asio::awaitable<void> HubLink::close(milliseconds grace) {
  const auto impl = impl_;
  impl->closed = impl->stopping = true;
  impl->wake.notify();
  if (const auto socket = impl->socket) co_await socket->close("bye", grace);
}

}  // namespace dirbridge::agent
