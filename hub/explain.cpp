#include "hub/explain.hpp"

#include <algorithm>
#include <array>

namespace dirbridge::hub {
namespace {

using proto::Verdict;
using queue::Disposition;

// Enough to see the pattern in a request of 10,000 values; the job holds them all.
constexpr std::size_t max_causes = 20;

std::size_t count_of(const proto::Finding& finding) {
  std::size_t count = 0;
  for (const auto& range : finding.values) count += range.last - range.first + 1;
  return count;
}

std::vector<std::string> causes_of(const proto::Outcome& outcome, const proto::MembershipChange& change) {
  std::vector<std::string> causes;
  std::size_t in_state = 0;
  std::size_t unlisted = 0;
  for (const auto& finding : outcome.findings()) {
    if (finding.verdict == Verdict::applied || finding.verdict == Verdict::already) {
      in_state += count_of(finding);
      continue;
    }
    for (const auto& range : finding.values) {
      for (auto i = range.first; i <= range.last; ++i) {
        if (causes.size() == max_causes) {
          unlisted += range.last - i + 1;
          break;
        }
        std::string cause = "values: " + (i < change.members.size() ? change.members[i].id : "#" + std::to_string(i)) +
                            ": " + std::string{proto::to_text(finding.verdict)};
        if (finding.code != 0) cause += ", LDAP result " + std::to_string(finding.code);
        if (!finding.diagnostic.empty()) cause += ": " + finding.diagnostic;
        if (!finding.advice.empty()) cause += " (" + finding.advice + ")";
        causes.push_back(std::move(cause));
      }
    }
  }
  if (unlisted > 0) causes.push_back("and " + std::to_string(unlisted) + " more values");
  if (in_state > 0 && in_state < outcome.count())
    causes.push_back(std::to_string(in_state) + " of " + std::to_string(outcome.count()) +
                     " values are in the wanted state");
  return causes;
}

std::vector<std::string> with_job(std::vector<std::string> causes, const JobId& job) {
  causes.push_back("job " + job.str());
  return causes;
}

struct Words {
  std::string_view disposition;
  std::string_view answer;
  std::string_view sentence;
};
constexpr std::array<Words, 8> words{{
    {"open", "pending", "The job is open."},
    {"applied", "200", "The directory said yes before the deadline, and every value is in the wanted state."},
    {"refused", "400", "The directory refused it; see the verdict of each value."},
    {"not_started", "504",
     "It was never given to the directory and never will be: no agent had taken it when its deadline came, or the one "
     "that had gave it back unsent."},
    {"cancelled", "504",
     "An agent had the job when its deadline came, and it had no effect: it was not sent, or the directory was read "
     "and had "
     "not changed. It will not be executed any more."},
    {"applied_late", "504",
     "The answer came too late for the caller, but the directory did it: every value is in the wanted state."},
    {"refused_late", "504", "The directory refused it, after the caller had been answered."},
    {"parked", "503",
     "It was delivered as often as is allowed without a definite word from the directory, and is not tried again."},
}};

const Words& words_of(std::string_view disposition) {
  const auto found = std::ranges::find(words, disposition, &Words::disposition);
  return found == words.end() ? words.front() : *found;
}

}  // namespace

std::string reason_of(const proto::Outcome& outcome) {
  for (const auto& finding : outcome.findings()) {
    if (finding.verdict == Verdict::applied || finding.verdict == Verdict::already) continue;
    // Of what was not sent the advice says no more than that.
    const bool says_why = finding.verdict == Verdict::retryable;
    if (finding.diagnostic.empty() && !says_why) continue;
    std::string words = finding.code == 0 ? "" : "LDAP result " + std::to_string(finding.code);
    for (const auto& more : {finding.diagnostic, says_why ? finding.advice : std::string{}})
      if (!more.empty()) words += (words.empty() ? "" : ": ") + more;
    if (!words.empty()) return words;
  }
  return {};
}

std::optional<proto::OktaError> to_answer(Disposition disposition, const proto::Outcome& outcome,
                                          const proto::MembershipChange& change, const JobId& job,
                                          const std::string& last_reason) {
  switch (disposition) {
    case Disposition::applied: return std::nullopt;
    case Disposition::refused: return proto::validation_failed("values", with_job(causes_of(outcome, change), job));
    case Disposition::parked: {
      auto error = proto::service_unavailable();
      error.causes = with_job(causes_of(outcome, change), job);
      return error;
    }
    default: break;
  }
  std::vector<std::string> causes{std::string{words_of(queue::to_text(disposition)).sentence}};
  const auto words = reason_of(outcome);
  if (!words.empty() || !last_reason.empty())
    causes.push_back("the agent says: " + (words.empty() ? last_reason : words));
  return proto::agent_timed_out(with_job(std::move(causes), job));
}

std::string answer_of(std::string_view disposition) { return std::string{words_of(disposition).answer}; }

std::string explain(std::string_view disposition, const proto::Outcome& outcome, std::size_t requests) {
  std::string sentence{words_of(disposition).sentence};
  if (disposition == "applied" && outcome.verdict() == Verdict::already)
    sentence = "Every value was in the wanted state already; the directory changed nothing.";
  // A 504 of a job that was done in time: in time for the last of them.
  if (requests > 1 && (disposition == "applied" || disposition == "refused"))
    sentence += " " + std::to_string(requests) +
                " requests asked for it: one whose own deadline came first was answered 504 then.";
  return sentence;
}

std::string explain_open(queue::JobState state, bool deadline_passed) {
  switch (state) {
    case queue::JobState::queued:
      return deadline_passed ? "The deadline has passed; the job waits for an agent that can read what became of it."
                             : "The job waits for an agent.";
    case queue::JobState::leased: return "An agent has the job; the caller is waiting.";
    case queue::JobState::overdue:
      return "The caller was answered 504. An agent still holds the job and was told to cancel it; its report will say "
             "what happened.";
    case queue::JobState::reconciling:
      return "An agent had it, and no word came back yet: it may have been given to the directory. The state is read "
             "until it "
             "is certain.";
  }
  return {};
}

}  // namespace dirbridge::hub
