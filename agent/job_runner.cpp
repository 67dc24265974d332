#include "agent/job_runner.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <deque>
#include <map>
#include <unordered_map>

#include "agent/cancel_book.hpp"
#include "agent/group_lane.hpp"
#include "agent/run_log.hpp"
#include "agent/whereabouts.hpp"
#include "base/log.hpp"
#include "net/deadline.hpp"

namespace dirbridge::agent {
namespace {

// How late an expired or released job may be noticed; the caller has its 504 from the hub meanwhile.
constexpr milliseconds sweep_interval{250};
// How long frames that the hub sent before it read our report may still arrive.
constexpr milliseconds returning_window{1'000};

}  // namespace

struct JobRunner::Impl : std::enable_shared_from_this<Impl> {
  struct Lane {
    Lane(LaneLimits limits, asio::any_io_executor executor) : queue(limits), wake(std::move(executor)) {}
    GroupLane queue;
    net::Signal wake;     // a job of the batch under way was cancelled
    bool listed = false;  // in `ready`
    // Jobs given back to the hub that it will deliver again. What contradicts one of them must not be carried out
    // before it: delivered anew, the earlier job would undo the later.
    struct Returned {
      JobPtr job;
      TimePoint until;
    };
    std::vector<Returned> returned;

    bool is_idle(TimePoint now) {
      std::erase_if(returned, [now](const Returned& one) { return one.until <= now; });
      return returned.empty() && !listed && queue.is_idle(now);
    }
    bool must_give_way(const Job& job, TimePoint now) const {
      return std::ranges::any_of(returned, [&](const Returned& one) {
        return one.until > now && one.job->id != job.id && contradicts(*one.job, job);
      });
    }
  };
  struct Held {
    JobPtr job;
    std::shared_ptr<Lane> lane;
    bool in_batch = false;
    std::string operation;
  };

  Impl(asio::any_io_executor executor_, std::shared_ptr<ldap::Directory> directory_, RunnerSettings settings_,
       const Clock& clock_, ReportSink sink)
      : executor(executor_),
        directory(std::move(directory_)),
        settings(std::move(settings_)),
        clock(clock_),
        report_sink(std::move(sink)),
        changed(executor_) {}

  void report(const JobPtr& job, bool final, proto::Outcome outcome) {
    const auto found = held.find(job->lease);
    if (found == held.end() || closed) return;
    proto::Report report{job->id, job->lease, final, std::move(outcome), {}, found->second.operation};
    report.took = std::chrono::duration_cast<milliseconds>(clock.now() - job->received);
    const auto lane = found->second.lane;
    const auto verdict = report.outcome.verdict();
    if (final) held.erase(found);
    report_sink(std::move(report));
    if (final && (verdict == proto::Verdict::retryable || verdict == proto::Verdict::not_sent)) give_way_to(job, lane);
    if (held.empty()) changed.notify();
  }

  // The hub will deliver `job` again, unless its deadline has passed: what waits behind it and contradicts it goes back
  // too.
  void give_way_to(const JobPtr& job, const std::shared_ptr<Lane>& lane) {
    const auto now = clock.now();
    if (job->cancelled || now >= job->deadline) return;
    lane->returned.push_back({job, now + returning_window});
    std::vector<JobPtr> behind;
    for (const auto& waiting : lane->queue.jobs())
      if (contradicts(*job, *waiting)) behind.push_back(waiting);
    for (const auto& waiting : behind)
      if (lane->queue.drop(waiting->lease)) report_giving_way(waiting);
  }

  void report_giving_way(const JobPtr& job) {
    report(job, true,
           proto::Outcome::all(job->values.size(), proto::Verdict::not_sent, proto::Evidence::none, 0, {},
                               "an earlier change that it contradicts was given back and goes first"));
  }

  void report_not_sent(const std::vector<JobPtr>& dead, TimePoint now) {
    for (const auto& job : dead)
      report(job, true,
             proto::Outcome::all(job->values.size(), proto::Verdict::not_sent, proto::Evidence::none, 0, {},
                                 job->why_not_started(now)));
  }

  // Puts the lane in the line if it has something to do.
  void list(const std::shared_ptr<Lane>& lane) {
    if (lane->listed || lane->queue.is_shut() || lane->queue.waiting() == 0) return;
    lane->listed = true;
    ready.push_back(lane);
  }

  void start_batches() {
    while (active < settings.max_batches && !ready.empty() && !closed) {
      const auto lane = ready.front();
      ready.pop_front();
      lane->listed = false;
      const auto now = clock.now();
      report_not_sent(lane->queue.take_dead(now), now);
      auto batch = lane->queue.take_batch(now);
      if (batch.empty()) continue;
      for (const auto& job : batch) held.at(job->lease).in_batch = true;
      ++active;
      asio::co_spawn(
          executor,
          [](std::shared_ptr<Impl> self, std::shared_ptr<Lane> its, BatchPlan plan) -> asio::awaitable<void> {
            co_await self->run_batch(std::move(its), std::move(plan));
          }(shared_from_this(), lane, BatchPlan{std::move(batch), settings.plan}),
          asio::detached);
    }
  }

  // What the plan may do depends on the directory's kind; until that is known nothing is sent and nothing read.
  asio::awaitable<error_code> learn_kind(BatchPlan& plan, Lane& lane, std::string& trouble) {
    try {
      const auto kind = co_await directory->kind(clock.now() + sweep_interval);
      if (kind) {
        plan.adopt(rules_of(*kind));
        lane.queue.limit(plan.limits());
        co_return error_code{};
      }
      trouble = kind.error().message();
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    co_return make_error_code(errc::unavailable);
  }

  void publish(BatchPlan& plan) {
    for (auto& progress : plan.take_progress()) report(progress.job, progress.final, std::move(progress.outcome));
  }

  asio::awaitable<void> run_batch(std::shared_ptr<Lane> lane, BatchPlan plan) {
    const auto self = shared_from_this();
    bool has_place = true;
    std::unique_ptr<ldap::PendingModify> pending;
    bool knows_kind = false;
    std::string sent_to;  // the server of the latest modify
    std::string trouble;
    while (!closed) {
      if (!knows_kind) knows_kind = !co_await learn_kind(plan, *lane, trouble);
      auto step = plan.next(clock.now());
      publish(plan);
      if (std::holds_alternative<BatchPlan::Done>(step)) break;
      // What waits for a silent directory must not keep other groups from being tried.
      if (has_place && (plan.is_unknown() || std::holds_alternative<BatchPlan::Pause>(step))) {
        has_place = false;
        --active;
        start_batches();
      }
      if (!knows_kind && std::holds_alternative<BatchPlan::Send>(step)) {
        plan.on_reply({ldap::ModifyReply::Fate::not_sent, {}, Error{errc::unavailable, trouble}}, clock.now());
      } else if (!knows_kind && std::holds_alternative<BatchPlan::Read>(step)) {
        plan.on_read(Error{errc::unavailable, trouble}, clock.now());
      } else if (auto* send = std::get_if<BatchPlan::Send>(&step)) {
        auto reply = co_await carry_out(*send, pending);
        sent_to = reply.server;
        plan.on_reply(std::move(reply), clock.now());
      } else if (const auto* wait = std::get_if<BatchPlan::Wait>(&step)) {
        auto reply = co_await wait_for(pending, wait->until);
        if (reply.fate != ldap::ModifyReply::Fate::pending) log_late_reply(*plan.jobs().front(), reply);
        plan.on_reply(std::move(reply), clock.now());
      } else if (auto* read = std::get_if<BatchPlan::Read>(&step)) {
        auto state = co_await read_state(*read);
        if (!sent_to.empty() && sent_to != directory->status().server) plan.reads_elsewhere();
        plan.on_read(std::move(state), clock.now());
      } else if (const auto* locate = std::get_if<BatchPlan::Locate>(&step)) {
        auto found = co_await find_entry(directory, settings.group_bases, locate->stable_id, locate->deadline);
        plan.on_located(std::move(found), clock.now());
      } else if (auto* wanted = std::get_if<BatchPlan::Look>(&step)) {
        auto sight = co_await look(executor, directory, settings.all_bases(), std::move(*wanted));
        plan.on_looked(std::move(sight), clock.now());
      } else if (const auto* pause = std::get_if<BatchPlan::Pause>(&step)) {
        co_await lane->wake.wait(pause->until);
      }
      publish(plan);
    }
    if (closed) co_return;
    if (has_place) --active;
    if (const auto pace = plan.pace()) settings.plan.pace = *pace;
    lane->queue.reopen();
    if (plan.hold_until()) lane->queue.hold(plan.jobs(), *plan.hold_until());
    list(lane);
    forget_if_idle(lane_key(*plan.jobs().front()));
    start_batches();
  }

  asio::awaitable<ldap::ModifyReply> carry_out(BatchPlan::Send& send, std::unique_ptr<ldap::PendingModify>& pending) {
    const auto operation = describe(send);
    for (const auto& job : send.jobs)
      if (const auto found = held.find(job->lease); found != held.end()) found->second.operation = operation;
    const auto started = clock.now();
    ldap::ModifyReply reply;
    std::string failure;
    try {
      pending = co_await directory->modify(send.request, send.send_by);
      reply = co_await pending->wait(send.answer_by);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    if (!failure.empty()) reply = {ldap::ModifyReply::Fate::lost, {}, Error{errc::unavailable, failure}};
    if (!settings.is_rehearsal)
      log_modify(send, reply, std::chrono::duration_cast<milliseconds>(clock.now() - started));
    co_return reply;
  }

  asio::awaitable<ldap::ModifyReply> wait_for(std::unique_ptr<ldap::PendingModify>& pending, TimePoint until) {
    try {
      if (pending) co_return co_await pending->wait(until);
    } catch (const std::exception& error) {
      log::error("modify.wait.failed", {{"reason", error.what()}});
    }
    co_return ldap::ModifyReply{ldap::ModifyReply::Fate::lost, {}, Error{errc::unavailable, "the wait for it failed"}};
  }

  asio::awaitable<result<std::vector<bool>>> read_state(BatchPlan::Read& read) {
    std::string failure;
    try {
      co_return co_await directory->has_values(read.target, read.attribute, std::move(read.values), read.deadline);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    co_return Error{errc::unavailable, failure};
  }

  // While lanes exist: expired jobs are reported, released ones started, idle lanes forgotten.
  asio::awaitable<void> sweep() {
    const auto self = shared_from_this();
    while (!closed && !lanes.empty()) {
      const auto now = clock.now();
      auto next = now + sweep_interval;
      for (auto lane = lanes.begin(); lane != lanes.end();) {
        report_not_sent(lane->second->queue.take_dead(now), now);
        list(lane->second);
        next = std::min(next, std::max(now, lane->second->queue.next_wake()));
        lane = lane->second->is_idle(now) ? lanes.erase(lane) : std::next(lane);
      }
      start_batches();
      co_await sweep_signal.wait(std::max(next, now + milliseconds{1}));
    }
    sweeping = false;
  }

  void forget_if_idle(const std::string& key) {
    const auto found = lanes.find(key);
    if (found != lanes.end() && found->second->is_idle(clock.now())) lanes.erase(found);
  }

  asio::any_io_executor executor;
  std::shared_ptr<ldap::Directory> directory;
  RunnerSettings settings;
  const Clock& clock;
  ReportSink report_sink;
  std::map<proto::Fence, Held> held;
  std::unordered_map<std::string, std::shared_ptr<Lane>> lanes;
  std::deque<std::shared_ptr<Lane>> ready;
  CancelBook cancels;
  std::size_t active = 0;
  net::Signal changed;  // nothing is held any more
  net::Signal sweep_signal{executor};
  bool sweeping = false;
  bool closed = false;
};

std::vector<std::string> RunnerSettings::all_bases() const {
  auto bases = user_bases;
  bases.insert(bases.end(), group_bases.begin(), group_bases.end());
  return bases;
}

JobRunner::JobRunner(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory,
                     RunnerSettings settings, const Clock& clock, ReportSink report)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(directory), std::move(settings), clock,
                                   std::move(report))) {}

JobRunner::~JobRunner() {
  impl_->closed = true;
  for (auto& [key, lane] : impl_->lanes) lane->wake.notify();
  impl_->sweep_signal.notify();
  impl_->changed.notify();
}

void JobRunner::accept(std::vector<JobPtr> jobs) {
  const auto now = impl_->clock.now();
  for (auto& job : jobs) {
    if (impl_->held.contains(job->lease)) continue;
    if (auto reason = impl_->cancels.find(job->lease, now)) {
      job->cancelled = true;
      job->cancel_reason = std::move(*reason);
    }
    auto& lane = impl_->lanes[lane_key(*job)];
    if (!lane) lane = std::make_shared<Impl::Lane>(impl_->settings.plan.limits, impl_->executor);
    impl_->held.emplace(job->lease, Impl::Held{job, lane, false, {}});
    std::erase_if(lane->returned, [&](const auto& one) { return one.job->id == job->id; });
    if (lane->must_give_way(*job, now)) {
      impl_->report_giving_way(job);
      continue;
    }
    lane->queue.push(job);
    impl_->list(lane);
  }
  impl_->start_batches();
  if (impl_->sweeping || impl_->lanes.empty()) return;
  impl_->sweeping = true;
  asio::co_spawn(
      impl_->executor, [](std::shared_ptr<Impl> self) -> asio::awaitable<void> { co_await self->sweep(); }(impl_),
      asio::detached);
}

void JobRunner::cancel(const proto::Cancel& cancel) {
  const auto now = impl_->clock.now();
  const auto found = impl_->held.find(cancel.lease);
  if (found == impl_->held.end()) return impl_->cancels.park(cancel.lease, cancel.reason, now);
  found->second.job->cancelled = true;
  found->second.job->cancel_reason = cancel.reason;
  const auto lane = found->second.lane;
  if (found->second.in_batch) return lane->wake.notify();
  impl_->report_not_sent(lane->queue.take_dead(now), now);
}

void JobRunner::drop(const proto::Fence& lease) {
  const auto found = impl_->held.find(lease);
  if (found == impl_->held.end()) return;
  found->second.job->cancelled = true;
  found->second.job->cancel_reason = "the hub has taken it back";
  if (found->second.in_batch) return found->second.lane->wake.notify();
  found->second.lane->queue.drop(lease);
  impl_->held.erase(found);
  if (impl_->held.empty()) impl_->changed.notify();
}

std::vector<proto::OpenJobs::Held> JobRunner::held() const {
  std::vector<proto::OpenJobs::Held> held;
  held.reserve(impl_->held.size());
  for (const auto& [lease, entry] : impl_->held)
    held.push_back({entry.job->id, lease, entry.in_batch ? proto::Holding::sent : proto::Holding::waiting});
  return held;
}

std::size_t JobRunner::size() const { return impl_->held.size(); }

void JobRunner::give_back(std::string_view advice) {
  for (auto& [key, lane] : impl_->lanes)
    for (const auto& job : lane->queue.take_all())
      impl_->report(job, true,
                    proto::Outcome::all(job->values.size(), proto::Verdict::retryable, proto::Evidence::none, 0, {},
                                        std::string{advice}));
}

asio::awaitable<bool> JobRunner::drain(TimePoint deadline) {
  const auto impl = impl_;
  while (!impl->held.empty() && impl->clock.now() < deadline) co_await impl->changed.wait(deadline);
  co_return impl->held.empty();
}

}  // namespace dirbridge::agent
