#include "hub/job_book.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "base/log.hpp"
#include "hub/explain.hpp"

namespace dirbridge::hub {
namespace {

// How long a closing record that the ledger refused (disk full) waits before it is tried again.
constexpr auto close_retry = 1'000ms;
// Enough for any honest job; a job that is delivered again and again must not grow without bound.
constexpr std::size_t max_story = 64;

std::string lease_text(const queue::Fence& lease) { return proto::to_text(lease); }

}  // namespace

JobBook::JobBook(asio::any_io_executor executor, const Clock& clock, Store& store, queue::QueueSettings settings,
                 std::uint64_t epoch, milliseconds recovery)
    : executor_(executor),
      clock_(clock),
      store_(store),
      queue_(settings, epoch),
      recovery_(recovery),
      timer_(executor, TimePoint::max()) {}

void JobBook::connect(OnWork on_work, OnCancel on_cancel) {
  on_work_ = std::move(on_work);
  on_cancel_ = std::move(on_cancel);
}

void JobBook::recover(const std::vector<ledger::JobRow>& rows) {
  const auto now = clock_.now();
  const auto wall = clock_.wall_now();
  for (const auto& row : rows) {
    auto& open = open_[row.id];
    open.directory = row.directory;
    proto::SharedChange change{row.change};
    open.wait = std::make_shared<JobWait>(executor_, change);
    open.story = row.story;
    tell(row.id, "the hub was restarted; the job may have been delivered before and is being settled");
    queue_.recover({.id = row.id,
                    .directory = row.directory,
                    .principal = row.principal,
                    .request = row.requests.empty() ? RequestId{} : row.requests.front(),
                    .change = std::move(change),
                    .deadline = now + (row.deadline - wall)},
                   now + recovery_);
  }
  rearm();
}

asio::awaitable<void> JobBook::run() {
  for (;;) {
    armed_ = queue_.next_expiry();
    timer_.expires_at(armed_);
    co_await timer_.async_wait(net::as_result);
    // Named first: g++ 12 traps where the awaited value is part of a condition inside a loop.
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return;
    tick();
  }
}

void JobBook::rearm() {
  // run() asks anew after every wake-up; it needs one only if something became due earlier than it sleeps for.
  if (queue_.next_expiry() < armed_) timer_.cancel();
}

void JobBook::tick() { carry_out(queue_.expire(clock_.now())); }

std::shared_ptr<JobWait> JobBook::enqueue(queue::Job job) {
  const auto id = job.id;
  const auto directory = job.directory;
  const auto change = job.change;
  if (!queue_.enqueue(std::move(job))) return nullptr;
  auto& open = open_[id];
  open.directory = directory;
  open.wait = std::make_shared<JobWait>(executor_, change);
  rearm();
  on_work_();
  return open.wait;
}

std::optional<JobId> JobBook::find_joinable(const DirectoryId& directory, std::string_view principal,
                                            const proto::MembershipChange& change) const {
  return queue_.find_joinable(directory, principal, change);
}

std::shared_ptr<JobWait> JobBook::join(const JobId& job, const RequestId& request, TimePoint deadline) {
  const auto found = open_.find(job);
  if (found == open_.end()) return nullptr;
  queue_.extend(job, deadline);
  tell(job, "joined by request " + request.str());
  rearm();
  return found->second.wait;
}

std::vector<queue::Delivery> JobBook::lease(const AgentId& agent, const DirectoryId& directory, std::size_t credit) {
  auto deliveries = queue_.lease(agent, directory, credit, clock_.now());
  for (const auto& delivery : deliveries) {
    tell(delivery.job->id, "leased to " + agent.str() + " (delivery " + std::to_string(delivery.delivery) + ", lease " +
                               lease_text(delivery.lease) + (delivery.reconcile ? ", to be reconciled)" : ")"));
    log::debug("job.lease", {{"job", delivery.job->id},
                             {"lease", lease_text(delivery.lease)},
                             {"agent", agent},
                             {"delivery", delivery.delivery},
                             {"request", delivery.job->request}});
  }
  if (!deliveries.empty()) rearm();
  return deliveries;
}

bool JobBook::has_work(const AgentId& agent, const DirectoryId& directory) const {
  return queue_.has_work(agent, directory, clock_.now());
}

void JobBook::renew(const AgentId& agent, queue::Fence lease) { queue_.renew(agent, lease, clock_.now()); }

void JobBook::report(const AgentId& agent, const proto::Report& report,
                     std::function<void(proto::ReportStatus)> acknowledge) {
  queue::Step step;
  const auto before = queue_.view(report.job);
  const auto status = queue_.report(agent, report.job, report.lease, report.final, report.outcome, clock_.now(), step);
  const auto verdict = std::string{proto::to_text(report.outcome.verdict())};
  log::debug("job.report", {{"job", report.job},
                            {"lease", lease_text(report.lease)},
                            {"agent", agent},
                            {"op", verdict},
                            {"ms", report.took.count()}});
  if (status == queue::AckStatus::accepted) {
    tell(report.job, agent.str() + " reports " + verdict + (report.final ? "" : ", still at it") + " after " +
                         std::to_string(report.took.count()) + " ms" +
                         (report.operation.empty() ? "" : ": " + report.operation));
    const auto found = open_.find(report.job);
    if (auto reason = reason_of(report.outcome); found != open_.end() && !reason.empty())
      found->second.wait->reason = std::move(reason);
    carry_out(std::move(step), agent, report.operation, [acknowledge] { acknowledge(proto::ReportStatus::accepted); });
    return;
  }
  const auto word = status == queue::AckStatus::late ? proto::ReportStatus::late : proto::ReportStatus::stale;
  log::warn("job.report.kept", {{"job", report.job},
                                {"lease", lease_text(report.lease)},
                                {"agent", agent},
                                {"status", word == proto::ReportStatus::late ? "late" : "stale"}});
  ledger::JobEvidence evidence{report.job, agent, lease_text(report.lease),
                               word == proto::ReportStatus::late ? "late" : "stale", report.outcome};
  auto done = [acknowledge, word] { acknowledge(word); };
  if (before) {
    keep_evidence(before->job->directory, std::move(evidence), std::move(done));
    return;
  }
  store_.settle([this, evidence = std::move(evidence), done = std::move(done)](const result<std::uint64_t>& settled) {
    if (!settled) return;  // not acknowledged: the agent reports again
    if (const auto row = store_.views().job(evidence.job)) {
      keep_evidence(row->directory, evidence, done);
    } else {
      done();  // of no job we know: nothing to keep it with
    }
  });
}

void JobBook::keep_evidence(const DirectoryId& directory, ledger::JobEvidence evidence, std::function<void()> durable) {
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(std::move(evidence));
  store_.append(directory, std::move(bodies), [durable = std::move(durable)](const result<std::uint64_t>& done) {
    if (done) durable();
  });
}

queue::JobQueue::Settlement JobBook::reconnect(const AgentId& agent, const DirectoryId& directory,
                                               const std::vector<proto::OpenJobs::Held>& held, bool same_process) {
  queue::Step step;
  auto settlement = queue_.reconnect(agent, directory, held, same_process, clock_.now(), step);
  for (const auto& job : held)
    tell(job.job, agent.str() + " is back and holds it (lease " + lease_text(job.lease) +
                      (job.state == proto::Holding::sent ? ", given to the directory)" : ", not started)"));
  if (heard_[directory].insert(agent).second && have_all_been_heard(directory))
    queue_.release_recovered(directory, true, clock_.now(), step);
  carry_out(std::move(step));
  return settlement;
}

bool JobBook::have_all_been_heard(const DirectoryId& directory) {
  for (const auto& agent : store_.views().agents(directory))
    if (!agent.revoked && !heard_[directory].contains(agent.id)) return false;
  return true;
}

void JobBook::carry_out(queue::Step step, const AgentId& reporter, const std::string& operation,
                        std::function<void()> durable) {
  for (const auto& job : step.due) tell(job, "deadline: the callers are answered 504");
  for (const auto& lease : step.cancel) {
    tell(lease.job, "told " + lease.agent.str() + " to cancel it");
    on_cancel_(lease);
  }
  // A report closes at most its own job; what else is in the step was due anyway and has nobody to acknowledge to.
  auto acknowledge = std::move(durable);
  for (auto& closing : step.close) {
    const auto found = open_.find(closing.job);
    if (found == open_.end()) continue;
    found->second.wait->closing = true;
    tell(closing.job, "closed: " + std::string{queue::to_text(closing.disposition)});
    ledger::JobClosed closed{closing.job,     std::string{queue::to_text(closing.disposition)},
                             closing.outcome, reporter,
                             operation,       found->second.story};
    close(closing.job, std::move(closed), closing.disposition, std::exchange(acknowledge, nullptr));
  }
  if (acknowledge) acknowledge();
  rearm();
  // Whatever it was (a closed job, a lapsed lease, a back-off that is over, a job given back), it may have made
  // something leasable, and an open poll is waiting for that.
  on_work_();
}

void JobBook::close(const JobId& job, ledger::JobClosed closed, queue::Disposition disposition,
                    std::function<void()> durable) {
  const auto found = open_.find(job);
  if (found == open_.end()) return;
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(closed);
  store_.append(
      found->second.directory, std::move(bodies),
      [this, job, closed, disposition, durable](const result<std::uint64_t>& done) mutable {
        const auto at = open_.find(job);
        if (at == open_.end()) return;
        if (done) {
          // Keep the wait alive: the callers look at it after this entry is gone.
          const auto wait = at->second.wait;
          open_.erase(at);
          wait->ending = JobWait::Ending{disposition, std::move(closed.outcome)};
          wait->signal.notify();
          if (durable) durable();
          return;
        }
        log::error("job.close.refused", {{"job", job}, {"reason", done.error().message()}});
        at->second.wait->closing = false;  // nobody is answered 200 for what may be forgotten
        auto timer = std::make_shared<asio::steady_timer>(executor_, close_retry);
        timer->async_wait([this, timer, job, closed = std::move(closed), disposition, durable = std::move(durable)](
                              error_code) mutable { close(job, std::move(closed), disposition, std::move(durable)); });
      });
}

void JobBook::tell(const JobId& job, std::string what) {
  const auto found = open_.find(job);
  if (found == open_.end() || found->second.story.size() >= max_story) return;
  found->second.story.push_back({clock_.wall_now(), std::move(what)});
}

std::vector<ledger::JobEvent> JobBook::story(const JobId& job) const {
  const auto found = open_.find(job);
  return found == open_.end() ? std::vector<ledger::JobEvent>{} : found->second.story;
}

}  // namespace dirbridge::hub
