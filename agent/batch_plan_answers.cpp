// What a directory's answers mean for the plan: the second half of batch_plan.cpp.
#include <algorithm>
#include <utility>

#include "agent/batch_plan.hpp"
#include "agent/verdict.hpp"

namespace dirbridge::agent {
namespace {

using ldap::ModifyReply;
using proto::Evidence;
using proto::Finding;
using proto::Verdict;

// A modify that was lost so often is not tried again by this delivery: it may be what ends the connections.
constexpr int max_sends = 3;

}  // namespace

void BatchPlan::on_reply(ModifyReply reply, TimePoint now) {
  touched_ |= reply.fate != ModifyReply::Fate::not_sent;
  switch (reply.fate) {
    case ModifyReply::Fate::answered: return take_answer(reply.result, now);
    case ModifyReply::Fate::not_sent:
      --unit().sends;
      other_since_.reset();  // nothing was read meanwhile
      phase_ = Phase::ready;
      return trouble(reply.error.message(), now);
    case ModifyReply::Fate::pending:
      // Look for the late result first: it is the better evidence.
      phase_ = trace_ == Trace::pending ? Phase::reading : Phase::waiting;
      trace_ = Trace::pending;
      unit().disproved = false;
      trouble_ = "no answer in time";
      return tell_unknown();
    case ModifyReply::Fate::lost:
      trace_ = Trace::lost;
      unit().disproved = false;
      phase_ = Phase::reading;
      other_since_.reset();
      trouble_ = reply.error.message();
      return;
  }
}

void BatchPlan::take_answer(const ldap::Result& result, TimePoint now) {
  trace_ = Trace::none;
  other_since_.reset();
  trouble_.clear();
  if (result.ok()) {
    resolve_rest({Verdict::applied, Evidence::result, 0, {}, {}, {}});
    finish_unit();
    return grow(std::chrono::ceil<milliseconds>(now - sent_at_));
  }
  last_ = result;
  switch (classify(result.code)) {
    case Refusal::read:
      if (!cut_back()) phase_ = Phase::reading;
      return;
    case Refusal::busy:
    case Refusal::referral: return not_possible_now(not_now(result), now);
    case Refusal::connection: phase_ = Phase::ready; return trouble(ldap::to_error(result).message(), now);
  }
}

// Retryable means "nothing changed", which cannot be said while an earlier delivery may still run: that is settled
// first.
void BatchPlan::not_possible_now(const Finding& finding, TimePoint now) {
  if (unit().haunted) {
    trace_ = Trace::elsewhere;
    phase_ = Phase::reading;
    trouble(finding.diagnostic, now);
    return tell_unknown();
  }
  resolve_rest(finding);
  finish_unit();
}

void BatchPlan::trouble(const std::string& words, TimePoint now) {
  trouble_ = words;
  if (trace_ != Trace::none) {
    paused_until_ = now + settings_.settle_interval;
    return;
  }
  backoff_ = std::min(backoff_ == milliseconds{} ? settings_.retry_base : backoff_ * 2, settings_.retry_max);
  auto until = now + backoff_;
  for (const auto& item : unit().items) {
    const auto end = jobs_[item.job]->startable_until();
    if (end > now) until = std::min(until, end);
  }
  paused_until_ = until;
}

void BatchPlan::on_read(result<std::vector<bool>> state, TimePoint now) {
  touched_ |= state.has_value();
  if (state && state->size() != unit().items.size())
    state = Error{errc::protocol, "the directory's answer does not match the question"};
  if (!state) {
    if (state.error().code == ldap::condition::not_found) {
      if (relocated_ || jobs_.front()->group.stable_id.empty()) return group_is_gone();
      phase_ = Phase::locating;
      return;
    }
    if (trace_ == Trace::none && state.error().code == errc::denied && !unit().haunted)
      return judge_unseen(state.error().message());
    if (trace_ == Trace::none) return not_possible_now(not_now(last_, state.error().message()), now);
    // A server that does not answer may be one that was stopped with our modify in its queue: the count starts again.
    other_since_.reset();
    if (trace_ == Trace::pending)
      phase_ = Phase::waiting;
    else
      trouble(state.error().message(), now);
    return tell_unknown();
  }

  bool dropped = false;
  std::size_t i = 0;
  std::vector<Item> absent;
  std::erase_if(unit().items, [&](const Item& item) {
    const auto& job = *jobs_[item.job];
    if ((*state)[i++] != job.is_add()) return false;
    if (!job.is_add() && settings_.rules.looks_twice && !value_of(item).stable_id().empty()) {
      absent.push_back(item);
      return false;
    }
    resolve(item, {trace_ == Trace::none ? Verdict::already : Verdict::applied, Evidence::read_back, 0, {}, {}, {}});
    return dropped = true;
  });
  if (absent.empty()) return judge_read(dropped, now);
  read_dropped_ = dropped;
  look_for(Purpose::absent, std::move(absent));
}

// The server refused it, and what the group holds is hidden from us: only its own words count, where they are of one
// value.
void BatchPlan::judge_unseen(const std::string& why) {
  if (try_stand_in()) return;
  if (!unit().single_job()) return split_unit();
  const auto& items = unit().items;
  const auto& job = *jobs_[items.front().job];
  if (items.size() == 1 && says_it_is_so(job.action, last_.code)) {
    resolve_rest({Verdict::already, Evidence::result, last_.code, last_.diagnostic, {}, {}});
  } else {
    resolve_rest(unseen(job.action, last_, items.size(), job.attribute, why));
  }
  finish_unit();
}

void BatchPlan::reads_elsewhere() {
  if (trace_ != Trace::lost) return;
  trace_ = Trace::elsewhere;
  unit().haunted = true;
}

// What was done is out of the unit: what about the rest?
void BatchPlan::judge_read(bool dropped, TimePoint now) {
  if (!unit().items.empty()) return trace_ == Trace::none ? judge_refused(dropped) : judge_trace(now);
  // Success is proved, but the operation itself may still be in some queue: it must not undo what comes next.
  if (trace_ == Trace::pending) hold_until_ = now + settings_.settle;
  finish_unit();
}

void BatchPlan::judge_refused(bool dropped) {
  auto& now_unit = unit();
  if (dropped && now_unit.sends <= max_sends) {
    phase_ = Phase::ready;
    return;
  }
  if (try_stand_in()) return;
  if (!now_unit.single_job()) return split_unit();
  if (!dropped) {
    if (settings_.rules.has_other_memberships) return look_for(Purpose::refused, now_unit.items);
    return judge_refused_places(nullptr);
  }
  const auto& job = *jobs_[now_unit.items.front().job];
  auto finding = explain_refusal(job.action, last_, now_unit.items.size(), job.attribute);
  finding.verdict = Verdict::retryable;
  finding.advice = "The group is being changed by others faster than it can be read; it is tried again.";
  resolve_rest(finding);
  finish_unit();
}

// Reading showed the other state for what is left of the unit.
void BatchPlan::judge_trace(TimePoint now) {
  auto& now_unit = unit();
  if (!other_since_) other_since_ = now;
  const bool settled = (trace_ == Trace::lost && !now_unit.haunted) || now - *other_since_ >= settings_.settle;
  if (settled) {
    trace_ = Trace::none;
    now_unit.haunted = false;
    now_unit.disproved = true;
    phase_ = Phase::ready;
    if (cut_back() || now_unit.sends < max_sends) return;
    if (!now_unit.single_job()) return split_unit();
    resolve_rest({Verdict::retryable,
                  Evidence::read_back,
                  0,
                  trouble_,
                  "The connection ended each time this was sent; reading showed that nothing was changed.",
                  {}});
    return finish_unit();
  }
  if (trace_ == Trace::pending) {
    phase_ = Phase::waiting;
    return;
  }
  if (any_may_start(now)) {
    // To send the same change again does no harm; its opposite must wait until the old one cannot run any more.
    hold_until_ = *other_since_ + settings_.settle;
    if (trace_ == Trace::lost) paused_until_ = now + settings_.settle_interval;
    trace_ = Trace::none;
    phase_ = Phase::ready;
    return;
  }
  tell_unknown();
  paused_until_ = now + settings_.settle_interval;
}

void BatchPlan::on_located(result<std::optional<ldap::Dn>> found, TimePoint now) {
  if (!found) {
    if (trace_ == Trace::none) return not_possible_now(not_now(last_, found.error().message()), now);
    other_since_.reset();
    trouble(found.error().message(), now);
    return tell_unknown();
  }
  relocated_ = true;
  if (!*found) return group_is_gone();
  target_ = **found;
  phase_ = trace_ == Trace::none ? Phase::ready : Phase::reading;
}

void BatchPlan::group_is_gone() {
  const auto finding = group_gone(last_, relocated_);
  while (!units_.empty()) {
    resolve_rest(finding);
    finish_unit();
  }
}

}  // namespace dirbridge::agent
