#include "hub/gateway/agent_session.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.hpp"
#include "hub/system_log.hpp"

namespace dirbridge::hub {
namespace {

// An agent keeps one or two open; more than this is a mistake or an attack.
constexpr std::size_t max_open_polls = 16;
// A frame is closed once it holds this much: the biggest single job still fits behind it.
constexpr std::size_t full_frame_bytes = 2u << 20;
// hello and proof are small; more from a stranger is no agent of ours.
constexpr std::size_t max_stranger_bytes = 64 << 10;
// Of this process: sessions of one agent are told apart. Loop thread only.
std::uint64_t last_session = 0;

// Okta knows no other events for an agent's link than these: two for LDAP, and one for Active Directory, which fails
// when the link has ended.
LogFacts link_event(Store& store, const ConnectedAgent::State& agent, bool up) {
  const auto directory = store.views().directory(agent.directory);
  const bool is_ad = directory && directory->kind == "AD";
  LogFacts event;
  event.type = is_ad ? "system.agent.ad.connect" : up ? "system.agent.ldap.reconnect" : "system.agent.ldap.disconnect";
  event.message = std::string{is_ad ? "AD" : "LDAP"} + (up ? " agent connected" : " agent disconnected");
  if (!up) event.failure = "the agent's connection has ended";
  event.targets = {{agent.id.str(), "Agent", agent.name}, {agent.directory.str(), "AppInstance", ""}};
  return event;
}

// What an agent runs outlives its session, and the hub: told again only when it is another.
void keep_software(Store& store, const ConnectedAgent::State& agent) {
  const auto row = store.views().agent(agent.id);
  if (!row || agent.software.empty() || row->software == agent.software) return;
  store.append_soon(agent.directory, ledger::AgentSoftware{agent.id, agent.software},
                    [id = agent.id](const result<std::uint64_t>& refused) {
                      log::warn("agent.software.lost", {{"agent", id}, {"reason", refused.error().message()}});
                    });
}

}  // namespace

AgentSession::AgentSession(GatewayParts parts, std::unique_ptr<net::WebSocket> socket)
    : parts_(parts), socket_(std::move(socket)), poll_signal_(parts.executor) {}

std::int64_t AgentSession::monotonic_ms() const {
  return std::chrono::floor<milliseconds>(parts_.clock.now().time_since_epoch()).count();
}

asio::awaitable<void> AgentSession::run() {
  const auto self = shared_from_this();
  socket_->limit_messages(max_stranger_bytes);
  auto admitted = co_await admit(*socket_, parts_.store, parts_.clock, parts_.settings);
  if (!admitted) {
    log::warn("agent.refused", {{"peer", socket_->peer()}, {"reason", admitted.error().message()}});
    const bool final = admitted.error().code == errc::denied;
    send(proto::GoAway{admitted.error().message(), final, 1'000ms});
    co_await socket_->close(admitted.error().message(), 1'000ms);
    co_return;
  }
  state_ = {.id = admitted->agent,
            .directory = admitted->directory,
            .name = admitted->name,
            .software = admitted->software,
            .instance = admitted->instance,
            .version = admitted->version,
            .session = ++last_session,
            .peer = socket_->peer(),
            .since = parts_.clock.wall_now(),
            .last_seen = parts_.clock.wall_now()};
  socket_->limit_messages(parts_.settings.http.web_socket.max_message_bytes);
  previous_instance_ = parts_.registry.add(self);
  last_frame_ = std::chrono::steady_clock::now();
  keep_software(parts_.store, state_);
  log_event(parts_.store, link_event(parts_.store, state_, true), state_.directory);
  log::info("agent.connected", {{"agent", state_.id}, {"directory", state_.directory}, {"peer", state_.peer}});
  send(proto::Welcome{state_.directory, parts_.epoch, monotonic_ms(), parts_.settings.heartbeat,
                      parts_.settings.silence});

  asio::co_spawn(
      parts_.executor, [self]() -> asio::awaitable<void> { return self->watch_silence(); }, asio::detached);
  asio::co_spawn(
      parts_.executor, [self]() -> asio::awaitable<void> { return self->answer_empty_polls(); }, asio::detached);
  co_await serve();
  leaving_ = true;
  poll_signal_.notify();
  socket_->abort();
  parts_.registry.remove(*this);
  parts_.imports.agent_left(state_.id);
  log_event(parts_.store, link_event(parts_.store, state_, false), state_.directory);
  if (parts_.reads) parts_.reads->agent_left(state_.session);
  if (parts_.previews) parts_.previews->agent_left(state_.session);
  log::info("agent.disconnected", {{"agent", state_.id}, {"directory", state_.directory}});
}

asio::awaitable<void> AgentSession::serve() {
  for (;;) {
    auto text = co_await socket_->read();
    if (!text) {
      log::debug("agent.read.ended", {{"agent", state_.id}, {"reason", text.error().message()}});
      co_return;
    }
    last_frame_ = std::chrono::steady_clock::now();
    state_.last_seen = parts_.clock.wall_now();
    auto frame = proto::parse_agent_frame(*text);
    std::string problem;
    if (!frame)
      problem = frame.error().message();
    else if (on_frame(std::move(*frame), problem))
      continue;
    log::warn("agent.protocol", {{"agent", state_.id}, {"reason", problem}});
    send(proto::GoAway{problem, false, 1'000ms});
    co_await socket_->close("protocol error", 1'000ms);
    co_return;
  }
}

bool AgentSession::on_frame(proto::AgentFrame frame, std::string& problem) {
  if (const auto* held = std::get_if<proto::OpenJobs>(&frame)) return on_open_jobs(*held);
  if (const auto* poll = std::get_if<proto::Poll>(&frame)) return on_poll(*poll, problem);
  if (const auto* report = std::get_if<proto::Report>(&frame)) {
    on_report(*report);
    return true;
  }
  if (const auto* renew = std::get_if<proto::Renew>(&frame)) {
    for (const auto& lease : renew->leases) parts_.book.renew(state_.id, lease);
    return true;
  }
  if (const auto* beat = std::get_if<proto::Heartbeat>(&frame)) {
    state_.directory_state = beat->directory_state;
    state_.directory_detail = beat->directory_detail;
    send(proto::HeartbeatAck{beat->sent, monotonic_ms()});
    return true;
  }
  if (state_.version < 3 && is_of_version_3(frame)) {
    problem = std::string{proto::frame_type(frame)} + " holds keys of version 3, and the agent said version " +
              std::to_string(state_.version);
    return false;
  }
  if (auto* begin = std::get_if<proto::ImportBegin>(&frame)) {
    parts_.imports.begin(state_.id, state_.directory, *begin);
    return true;
  }
  if (auto* batch = std::get_if<proto::ImportBatch>(&frame)) {
    parts_.imports.batch(shared_from_this(), std::move(*batch));
    return true;
  }
  if (const auto* end = std::get_if<proto::ImportEnd>(&frame)) {
    parts_.imports.end(state_.id, *end);
    return true;
  }
  if (const auto* failed = std::get_if<proto::ImportFailed>(&frame)) {
    parts_.imports.failed(state_.id, *failed);
    return true;
  }
  if (auto* read = std::get_if<proto::ReadResult>(&frame); read && state_.version >= 2) {
    if (parts_.reads) parts_.reads->answered(state_.session, std::move(*read));
    return true;
  }
  if (auto* preview = std::get_if<proto::PreviewResult>(&frame);
      preview && state_.version >= proto::previewing_version) {
    if (parts_.previews) parts_.previews->answered(state_.session, std::move(*preview));
    return true;
  }
  problem = std::string{proto::frame_type(frame)} + " is not expected after welcome";
  return false;
}

bool AgentSession::on_open_jobs(const proto::OpenJobs& held) {
  const bool same_process = !previous_instance_.empty() && previous_instance_ == state_.instance;
  auto settlement = parts_.book.reconnect(state_.id, state_.directory, held.jobs, same_process);
  send(proto::OpenJobsAck{std::move(settlement.keep), std::move(settlement.drop)});
  settled_ = true;
  deliver();
  return true;
}

bool AgentSession::on_poll(const proto::Poll& poll, std::string& problem) {
  if (!settled_) {
    problem = "poll before open_jobs";
    return false;
  }
  if (polls_.size() >= max_open_polls) {
    problem = "more than " + std::to_string(max_open_polls) + " open polls";
    return false;
  }
  if (std::ranges::any_of(polls_, [&](const OpenPoll& open) { return open.poll == poll.poll; })) {
    problem = "poll " + std::to_string(poll.poll) + " is open already";
    return false;
  }
  const auto wait = std::min(poll.wait, parts_.settings.max_poll_wait);
  polls_.push_back({poll.poll, poll.credit, std::chrono::steady_clock::now() + wait});
  state_.polls = polls_.size();
  deliver();
  poll_signal_.notify();
  return true;
}

void AgentSession::deliver() {
  while (settled_ && !leaving_ && !polls_.empty()) {
    auto frame = fill(polls_.front());
    if (frame.jobs.empty()) return;
    polls_.pop_front();
    state_.polls = polls_.size();
    send(std::move(frame));
  }
}

proto::Jobs AgentSession::fill(const OpenPoll& poll) {
  proto::Jobs frame{poll.poll, monotonic_ms(), {}};
  const auto now = parts_.clock.now();
  for (std::size_t bytes = 0; frame.jobs.size() < poll.credit && bytes < full_frame_bytes;) {
    const auto deliveries = parts_.book.lease(state_.id, state_.directory, 1);
    if (deliveries.empty()) break;
    const auto& delivery = deliveries.front();
    const auto remaining = std::chrono::floor<milliseconds>(delivery.job->deadline - now);
    bytes += delivery.job->change.text().size();
    frame.jobs.push_back({.job = delivery.job->id,
                          .lease = delivery.lease,
                          .delivery = delivery.delivery,
                          .reconcile = delivery.reconcile,
                          .lease_time = std::chrono::floor<milliseconds>(delivery.lease_until - now),
                          .remaining = std::max(remaining, 0ms),
                          .request = delivery.job->request,
                          .change = delivery.job->change});
  }
  return frame;
}

void AgentSession::on_report(const proto::Report& report) {
  parts_.book.report(state_.id, report, [weak = weak_from_this(), lease = report.lease](proto::ReportStatus status) {
    if (const auto self = weak.lock()) self->acknowledge({lease, status});
  });
}

// At the end of this turn of the loop: the callers, who wait for the same event, are answered first.
void AgentSession::acknowledge(proto::ReportAck ack) {
  acks_.push_back(ack);
  if (acks_.size() > 1) return;
  asio::post(parts_.executor, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    for (const auto& one : std::exchange(self->acks_, {})) self->send(one);
  });
}

void AgentSession::send(const proto::HubFrame& frame) {
  if (!leaving_) socket_->send(proto::to_json(frame));
}

void AgentSession::dismiss(std::string reason, bool final) {
  if (leaving_) return;
  send(proto::GoAway{reason, final, 500ms});
  leaving_ = true;
  poll_signal_.notify();
  parts_.registry.remove(*this);
  asio::co_spawn(
      parts_.executor,
      [self = shared_from_this(), reason]() -> asio::awaitable<void> { return self->socket_->close(reason, 1'000ms); },
      asio::detached);
}

asio::awaitable<void> AgentSession::watch_silence() {
  while (!leaving_) {
    const auto until = last_frame_ + parts_.settings.silence;
    if (std::chrono::steady_clock::now() >= until) {
      log::warn("agent.silent", {{"agent", state_.id}, {"ms", parts_.settings.silence.count()}});
      socket_->abort();
      co_return;
    }
    co_await poll_signal_.wait(until);
  }
}

asio::awaitable<void> AgentSession::answer_empty_polls() {
  while (!leaving_) {
    const auto now = std::chrono::steady_clock::now();
    auto next = TimePoint::max();
    for (auto poll = polls_.begin(); poll != polls_.end();) {
      if (poll->until > now) {
        next = std::min(next, poll->until);
        ++poll;
        continue;
      }
      send(proto::Jobs{poll->poll, monotonic_ms(), {}});
      poll = polls_.erase(poll);
    }
    state_.polls = polls_.size();
    co_await poll_signal_.wait(next);
  }
}

}  // namespace dirbridge::hub
