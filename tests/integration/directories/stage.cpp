#include "integration/directories/stage.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <span>
#include <stdexcept>

#include "ldap/ldif.hpp"
#include "support/run_until.hpp"

namespace dirbridge::directories {

// Passes everything on and notes what a server answered to each modify.
class Stage::Recorder final : public ldap::Directory {
 public:
  using Fate = ldap::ModifyReply::Fate;
  Recorder(boost::asio::any_io_executor executor, ldap::ClientSettings settings, ldap::ServerKind kind)
      : kind_(kind), client_(std::move(executor), std::move(settings)) {}

  std::vector<std::string> answers;
  std::vector<std::string> carried_out;
  std::function<void()> before_modify;
  bool acted = false;

  ldap::asio::awaitable<std::unique_ptr<ldap::PendingModify>> modify(ldap::ModifyRequest request,
                                                                     TimePoint deadline) override {
    const auto act = std::exchange(before_modify, {});
    if (act) act();
    request.kind = kind_;  // as the client will
    auto ldif = ldap::to_ldif(request);
    auto pending = co_await client_.modify(std::move(request), deadline);
    if (act) acted = true;
    co_return std::make_unique<Pending>(*this, std::move(pending), std::move(ldif));
  }
  ldap::asio::awaitable<result<std::vector<bool>>> has_values(ldap::Dn target, std::string attribute,
                                                              std::vector<ldap::Dn> values,
                                                              TimePoint deadline) override {
    return client_.has_values(std::move(target), std::move(attribute), std::move(values), deadline);
  }
  ldap::asio::awaitable<result<std::vector<bool>>> are_here(std::vector<ldap::Dn> names, TimePoint deadline) override {
    return client_.are_here(std::move(names), deadline);
  }
  ldap::asio::awaitable<result<std::uint64_t>> search(ldap::SearchRequest request, ldap::EntrySink sink,
                                                      milliseconds idle) override {
    return client_.search(std::move(request), std::move(sink), idle);
  }
  ldap::DirectoryStatus status() const override { return client_.status(); }
  ldap::asio::awaitable<result<ldap::ServerKind>> kind(TimePoint deadline) override { return client_.kind(deadline); }
  ldap::asio::awaitable<result<std::optional<ldap::Forecast>>> forecast(ldap::ModifyRequest request,
                                                                        TimePoint deadline) override {
    return client_.forecast(std::move(request), deadline);
  }

 private:
  class Pending final : public ldap::PendingModify {
   public:
    Pending(Recorder& recorder, std::unique_ptr<ldap::PendingModify> inner, std::string ldif)
        : recorder_(recorder), inner_(std::move(inner)), ldif_(std::move(ldif)) {}
    ldap::asio::awaitable<ldap::ModifyReply> wait(TimePoint deadline) override {
      auto reply = co_await inner_->wait(deadline);
      if (reply.fate == Fate::answered) recorder_.answers.push_back(std::to_string(reply.result.code));
      if (reply.fate == Fate::answered && reply.result.ok()) recorder_.carried_out.push_back(ldif_);
      if (reply.fate == Fate::lost) recorder_.answers.push_back("lost");
      co_return reply;
    }

   private:
    Recorder& recorder_;
    std::unique_ptr<ldap::PendingModify> inner_;
    std::string ldif_;
  };
  ldap::ServerKind kind_;
  ldap::Client client_;
};

Stage::Stage(ServerUnderTest& server_under_test) : server(server_under_test) {
  settings.plan.settle = milliseconds{2'000};
  settings.plan.settle_interval = milliseconds{100};
  settings.group_bases = {server.groups_base()};
  settings.user_bases = {server.people_base()};
}

Stage::~Stage() {
  runner_.reset();
  context_.restart();
  context_.run_for(milliseconds{20});
}

Stage::Value Stage::group(const std::vector<int>& people, bool unique) {
  static int number = 0;
  std::vector<std::string> members;
  for (const int one : people) members.push_back(server.person(one));
  if (server.kind() != Server::samba) members.push_back(server.person(200));
  return known(server.make_group("stage-" + std::to_string(++number), members, unique));
}

void Stage::open() {
  if (runner_) return;
  auto login = account_ == Account::agent ? server.agent_settings() : server.reader_settings();
  if (client_settings_) login = *client_settings_;
  recorder_ = std::make_shared<Recorder>(context_.get_executor(), std::move(login), server.protocol_kind());
  runner_ = std::make_unique<agent::JobRunner>(context_.get_executor(), recorder_, settings, clock_,
                                               [this](proto::Report report) {
                                                 final_[report.job] = report.final;
                                                 reports_[report.job] = std::move(report);
                                               });
}

void Stage::deliver(const std::vector<Change>& changes) {
  open();
  std::vector<agent::JobPtr> batch;
  for (const auto& change : changes) {
    const auto number = jobs_.size() + 1;
    proto::DeliveredJob job;
    job.job = JobId{"ADS" + std::to_string(number)};
    job.lease = {1, number};
    job.lease_time = milliseconds{300'000};
    job.remaining = change.remaining;
    job.request = RequestId{"r" + std::to_string(number)};
    job.change = to_change(change);
    batch.push_back(agent::make_job(std::move(job), clock_.now(), clock_.now(), milliseconds{100}));
    jobs_.push_back(batch.back());
  }
  runner_->accept(std::move(batch));
}

proto::MembershipChange Stage::to_change(const Change& change) {
  proto::MembershipChange made;
  made.group = {"00g", change.group.dn, change.group.stable_id};
  made.action = change.action;
  made.attribute = change.attribute;
  for (std::size_t i = 0; i < change.values.size(); ++i)
    made.members.push_back({"00u" + std::to_string(i), change.values[i].dn, change.values[i].stable_id});
  return made;
}

proto::PreviewResult Stage::preview(const Change& change) {
  open();
  std::optional<proto::PreviewResult> answer;
  proto::Preview asked{proto::PreviewId{"dry1"}, change.remaining, {}, to_change(change)};
  boost::asio::co_spawn(context_,
                        agent::preview_change(context_.get_executor(), recorder_, {settings, milliseconds{100}}, clock_,
                                              std::move(asked)),
                        [&](std::exception_ptr, proto::PreviewResult told) { answer = std::move(told); });
  if (!run_until([&] { return answer.has_value(); })) throw std::runtime_error("no dry run within three minutes");
  return std::move(*answer);
}

const std::vector<std::string>& Stage::carried_out() const {
  static const std::vector<std::string> none;
  return recorder_ ? recorder_->carried_out : none;
}

template <class Condition>
bool Stage::run_until(Condition condition) {
  return test::run_until(context_, condition, std::chrono::seconds{180});
}

bool Stage::is_finished() const {
  return std::ranges::all_of(jobs_, [this](const agent::JobPtr& job) {
    const auto found = final_.find(job->id);
    return found != final_.end() && found->second;
  });
}

bool Stage::finish() {
  return run_until([this] { return is_finished(); });
}

bool Stage::wait_until_unhealthy() {
  return run_until([this] { return status().state == ldap::DirectoryState::unhealthy; });
}

bool Stage::wait_until_told(const std::string& words) {
  return test::run_until(
      context_,
      [&] {
        const auto now = status();
        return now.state == ldap::DirectoryState::unhealthy && now.detail.find(words) != std::string::npos;
      },
      std::chrono::seconds{10});
}

ldap::DirectoryStatus Stage::status() const { return recorder_->status(); }

bool Stage::wait_until_sent() {
  return run_until([this] { return recorder_->acted; });
}

bool Stage::wait_until_unknown() {
  return run_until([this] {
    const auto found = reports_.find(jobs_.back()->id);
    return found != reports_.end() && found->second.outcome.verdict() == proto::Verdict::unknown;
  });
}

bool Stage::wait_past_deadline() {
  return run_until([this] { return clock_.now() > jobs_.back()->deadline; });
}

void Stage::before_modify(std::function<void()> action) {
  open();
  recorder_->before_modify = std::move(action);
}

std::string Stage::play(const std::vector<Change>& changes) {
  deliver(changes);
  if (!finish()) throw std::runtime_error("no final report within a minute");
  return verdicts();
}

std::string Stage::verdicts(std::size_t from) const {
  std::string out;
  for (const auto& job : std::span{jobs_}.subspan(from)) {
    const auto& outcome = reports_.at(job->id).outcome;
    std::string of_job{to_text(outcome.of(0).verdict)};
    bool equal = true;
    std::string all = of_job;
    for (std::size_t i = 1; i < outcome.count(); ++i) {
      equal &= outcome.of(i).verdict == outcome.of(0).verdict;
      all += ", " + std::string{to_text(outcome.of(i).verdict)};
    }
    out += (out.empty() ? "" : "; ") + (equal ? of_job : all);
  }
  return out;
}

const proto::Outcome& Stage::outcome(std::size_t number) const { return reports_.at(jobs_.at(number)->id).outcome; }

std::string Stage::codes() const {
  std::string out;
  if (recorder_)
    for (const auto& answer : recorder_->answers) out += (out.empty() ? "" : " › ") + answer;
  return out.empty() ? "–" : out;
}

std::size_t Stage::modifies() const { return recorder_ ? recorder_->answers.size() : 0; }

}  // namespace dirbridge::directories
