#include "agent/previewer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "agent/final_word.hpp"
#include "agent/rehearsal.hpp"
#include "base/log.hpp"
#include "ldap/ldif.hpp"
#include "ldap/server_kind.hpp"
#include "net/deadline.hpp"

namespace dirbridge::agent {
namespace {

using proto::PreviewStatus;
using proto::Verdict;

constexpr auto rights_unknown =
    "Whether the agent's account may write this group: this server does not foretell it (`dirbridge doctor` tries what "
    "it can). ";
constexpr auto always_unknown =
    "What the directory's own constraints, plug-ins and limits say, whether its server takes writes at this moment, "
    "and what others change meanwhile.";

proto::PreviewResult without_verdicts(const proto::PreviewId& id, PreviewStatus status, std::string reason,
                                      int code = 0) {
  proto::PreviewResult answer;
  answer.preview = id;
  answer.status = status;
  answer.reason = std::move(reason);
  answer.code = code;
  return answer;
}

proto::PreviewResult failed(const proto::PreviewId& id, const Error& error) {
  const auto status = is_final_word(error) ? PreviewStatus::refused : PreviewStatus::unavailable;
  return without_verdicts(id, status, error.message(), code_of_server(error));
}

// Why nothing can be said, in the words of the first value of which nothing can.
std::string why_untold(const proto::Outcome& outcome) {
  for (const auto& finding : outcome.findings()) {
    if (finding.verdict == Verdict::applied || finding.verdict == Verdict::already) continue;
    if (!finding.diagnostic.empty()) return finding.diagnostic;
    if (!finding.advice.empty()) return finding.advice;
  }
  return "no word in time";
}

// What an answer about rights is worth on 389 DS: Get Effective Rights tells the same in all three cases.
constexpr auto rights_doubtful =
    "The server says that the agent's account may not write this attribute of the group, and mostly this would be "
    "refused. It cannot be known from reads: the server says the same where its rules allow some values only "
    "(targattrfilters), and while its database is read-only.";

// Nothing was sent: whatever is known was read.
proto::Outcome from_reads(const proto::Outcome& outcome, bool doubts_rights) {
  constexpr int insufficient_rights = 50;
  auto findings = outcome.findings();
  for (auto& finding : findings)
    if (doubts_rights && finding.code == insufficient_rights && finding.evidence == proto::Evidence::result)
      finding = {Verdict::unknown, proto::Evidence::none, finding.code, {}, rights_doubtful, finding.values};
  for (auto& finding : findings)
    if (finding.evidence == proto::Evidence::result) finding.evidence = proto::Evidence::read_back;
  return proto::Outcome::make(std::move(findings), outcome.count()).value();
}

proto::PreviewResult to_result(const proto::PreviewId& id, const Rehearsal& rehearsal, const proto::Outcome& outcome) {
  if (rehearsal.failure()) return failed(id, *rehearsal.failure());
  const auto verdict = outcome.verdict();
  if (verdict != Verdict::applied && verdict != Verdict::already && verdict != Verdict::refused)
    return without_verdicts(id, PreviewStatus::unavailable, why_untold(outcome));
  proto::PreviewResult answer;
  answer.preview = id;
  answer.status = PreviewStatus::told;
  answer.outcome = from_reads(outcome, rehearsal.doubts_rights());
  answer.unpredicted = (rehearsal.knows_rights() ? std::string{} : rights_unknown) + always_unknown;
  std::size_t bytes = 0;
  for (const auto& modify : rehearsal.carried_out()) {
    const auto& dn = ldap::dn_for(modify.target, modify.kind);
    answer.changes.push_back({dn, modify.add.size(), modify.remove.size(), ldap::to_ldif(modify)});
    bytes += answer.changes.back().ldif.size();
  }
  if (bytes > proto::max_preview_bytes || answer.changes.size() > proto::max_preview_changes)
    return without_verdicts(id, PreviewStatus::refused,
                            "the LDIF of this change is too large to be told: ask for fewer users at once");
  return answer;
}

}  // namespace

asio::awaitable<proto::PreviewResult> preview_change(asio::any_io_executor executor,
                                                     std::shared_ptr<ldap::Directory> directory,
                                                     PreviewSettings settings, const Clock& clock,
                                                     proto::Preview preview) {
  const auto rehearsal = std::make_shared<Rehearsal>(executor, std::move(directory), settings.runner.all_bases());
  settings.runner.is_rehearsal = true;
  proto::DeliveredJob delivered;
  delivered.job = JobId{preview.preview.str()};
  delivered.lease_time = preview.remaining;
  delivered.remaining = preview.remaining;
  delivered.request = preview.request;
  delivered.change = std::move(preview.change);
  const auto now = clock.now();
  const auto job = make_job(std::move(delivered), now, now, settings.report_margin);

  std::optional<proto::Outcome> outcome;
  net::Signal told{executor};
  JobRunner runner{executor, rehearsal, std::move(settings.runner), clock, [&](proto::Report report) {
                     if (!report.final) return;
                     outcome = std::move(report.outcome);
                     told.notify();
                   }};
  runner.accept({job});
  while (!outcome && clock.now() < job->deadline) co_await told.wait(job->deadline);
  if (!outcome) co_return without_verdicts(preview.preview, PreviewStatus::unavailable, "no word in time");
  co_return to_result(preview.preview, *rehearsal, *outcome);
}

struct Previewer::Impl {
  asio::any_io_executor executor;
  std::shared_ptr<ldap::Directory> directory;
  PreviewSettings settings;
  const Clock& clock;
  Send send;
  std::size_t running = 0;
  bool ended = false;

  static asio::awaitable<void> run(std::shared_ptr<Impl> self, proto::Preview preview) {
    const auto start = std::chrono::steady_clock::now();
    const auto id = preview.preview;
    const auto group = preview.change.group.dn;
    const auto request = preview.request;
    proto::PreviewResult answer;
    try {
      answer =
          co_await preview_change(self->executor, self->directory, self->settings, self->clock, std::move(preview));
    } catch (const std::exception& error) {
      answer = without_verdicts(id, PreviewStatus::unavailable, error.what());
    }
    --self->running;
    if (self->ended) co_return;
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    log::info("preview", {{"op", id.str()},
                          {"group", group},
                          {"reason", std::string{proto::to_text(answer.status)}},
                          {"ms", took.count()},
                          {"request", request}});
    self->send(proto::AgentFrame{std::move(answer)});
  }
};

Previewer::Previewer(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory,
                     PreviewSettings settings, const Clock& clock, Send send)
    : impl_(std::make_shared<Impl>(
          Impl{std::move(executor), std::move(directory), std::move(settings), clock, std::move(send), 0, false})) {}

Previewer::~Previewer() { impl_->ended = true; }

void Previewer::start(const proto::Preview& preview) {
  if (impl_->running >= max_running) {
    impl_->send(without_verdicts(preview.preview, PreviewStatus::unavailable, "too many dry runs are under way"));
    return;
  }
  ++impl_->running;
  asio::co_spawn(impl_->executor, Impl::run(impl_, preview), asio::detached);
}

}  // namespace dirbridge::agent
