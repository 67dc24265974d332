// Where the entries of a batch are, and what stands in for a last member: the third part of batch_plan.cpp.
#include <algorithm>
#include <utility>

#include "agent/batch_plan.hpp"
#include "agent/verdict.hpp"

namespace dirbridge::agent {
namespace {

using proto::Evidence;
using proto::Finding;
using proto::Verdict;
using Place = Whereabouts::Place;
using Membership = Whereabouts::Membership;

// A look is one search per entry.
constexpr milliseconds per_entry{2};
constexpr int max_sends = 3;
constexpr int object_class_violation = 65;
constexpr int insufficient_rights = 50;

bool is_elsewhere(const Whereabouts& seen) { return seen.place == Place::moved || seen.place == Place::outside; }

}  // namespace

void BatchPlan::look_for(Purpose purpose, std::vector<Item> items) {
  purpose_ = purpose;
  asked_ = std::move(items);
  phase_ = Phase::looking;
}

bool BatchPlan::must_look_first() const {
  const auto& now_unit = units_.front();
  const bool has_adds =
      std::ranges::any_of(now_unit.items, [this](const Item& item) { return jobs_[item.job]->is_add(); });
  const bool asks_stand_in = has_adds && settings_.last_member.policy != LastMember::Policy::refuse;
  return !now_unit.looked && (settings_.rules.takes_any_name || asks_stand_in);
}

BatchPlan::Step BatchPlan::begin_look(TimePoint now) {
  Look look;
  look.group = target_;
  look.attribute = jobs_.front()->attribute;
  const auto count = static_cast<std::int64_t>(asked_.size());
  look.deadline = now + settings_.read_timeout + per_entry * count;
  look.find_values = purpose_ != Purpose::before_send || settings_.rules.takes_any_name;
  look.find_group = look.find_values;
  look.other_memberships = purpose_ != Purpose::before_send && settings_.rules.has_other_memberships;
  look.find_foreign = purpose_ == Purpose::refused && look.other_memberships;
  look.adds = static_cast<std::size_t>(
      std::ranges::count_if(asked_, [this](const Item& item) { return jobs_[item.job]->is_add(); }));
  if (purpose_ == Purpose::before_send && look.adds > 0 && settings_.last_member.policy != LastMember::Policy::refuse)
    look.stand_in = settings_.last_member.stand_in;
  look.values.reserve(asked_.size());
  for (const auto& item : asked_) look.values.push_back(value_of(item));
  return look;
}

void BatchPlan::on_looked(result<Sight> sight, TimePoint now) {
  if (sight && sight->values.size() != asked_.size())
    sight = Error{errc::protocol, "the directory's answer does not match the question"};
  if (!sight) {
    switch (purpose_) {
      case Purpose::before_send: phase_ = Phase::ready; return trouble(sight.error().message(), now);
      case Purpose::refused: return judge_refused_places(nullptr);
      case Purpose::absent: break;
    }
    if (trace_ == Trace::none) return not_possible_now(not_now(last_, sight.error().message()), now);
    phase_ = Phase::reading;
    other_since_.reset();
    trouble(sight.error().message(), now);
    return tell_unknown();
  }
  if (sight->group.place == Place::moved) target_ = sight->group.now;
  if (sight->group.place == Place::gone) {
    relocated_ = true;  // its bases were searched
    return group_is_gone();
  }
  switch (purpose_) {
    case Purpose::before_send: return judge_places(*sight);
    case Purpose::absent: return judge_absent(*sight, now);
    case Purpose::refused: return judge_refused_places(&*sight);
  }
}

void BatchPlan::judge_places(const Sight& sight) {
  unit().looked = true;
  unit().stand_in = sight.holds_stand_in ? Unit::StandIn::leaves : Unit::StandIn::untouched;
  phase_ = Phase::ready;
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    const auto item = asked_[i];
    const auto& seen = sight.values[i];
    const bool is_add = jobs_[item.job]->is_add();
    if (seen.place == Place::moved || (seen.place == Place::outside && !is_add))
      jobs_[item.job]->values[item.value] = seen.now;
    if (tracked_[item.job].known[item.value]) continue;
    if (is_add && seen.place == Place::gone) refuse_job(item, member_gone(last_));
    if (is_add && seen.place == Place::outside) refuse_job(item, member_outside(seen.now, last_));
    // What the group holds under this name, if anything, is somebody else's.
    if (!is_add && seen.place == Place::replaced) {
      resolve(item, {Verdict::already, Evidence::read_back, 0, {}, {}, {}});
    }
  }
  drop_known();
}

// Once for all of them: there can be ten thousand.
void BatchPlan::drop_known() {
  std::erase_if(unit().items, [this](const Item& item) { return tracked_[item.job].known[item.value]; });
}

// A removal whose values are not there: done, unless they are there in another way.
void BatchPlan::judge_absent(const Sight& sight, TimePoint now) {
  bool changed = read_dropped_;
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    const auto item = asked_[i];
    const auto& seen = sight.values[i];
    if (tracked_[item.job].known[item.value]) continue;
    if (is_elsewhere(seen)) {
      jobs_[item.job]->values[item.value] = seen.now;
      changed = true;
      continue;
    }
    if (seen.membership != Membership::none) {
      const auto& job = *jobs_[item.job];
      // Without the right to write, what was read need not be all: the right is what is said to be missing.
      const bool lacks_right = seen.membership == Membership::inherited && last_.code == insufficient_rights;
      refuse_job(item, lacks_right ? explain_refusal(job.action, last_, job.values.size(), job.attribute)
                                   : other_membership(job.action, seen.membership, last_));
      changed = true;
      continue;
    }
    resolve(item, {trace_ == Trace::none ? Verdict::already : Verdict::applied, Evidence::read_back, 0, {}, {}, {}});
    changed = true;
  }
  drop_known();
  judge_read(changed, now);
}

void BatchPlan::judge_refused_places(const Sight* sight) {
  auto& now_unit = unit();
  const auto& job = *jobs_[now_unit.items.front().job];
  const auto finding = explain_refusal(job.action, last_, now_unit.items.size(), job.attribute);
  for (std::size_t i = 0; sight != nullptr && i < asked_.size(); ++i) {
    const auto item = asked_[i];
    const auto& seen = sight->values[i];
    // A removal: it was read that the values are there, so that nothing else explains anything.
    if (!job.is_add()) continue;
    if (seen.place == Place::gone) refuse_job(item, member_gone(last_));
    if (seen.membership == Membership::primary) refuse_job(item, other_membership(job.action, seen.membership, last_));
    if (seen.is_foreign && says_it_is_there(last_.code)) refuse_job(item, foreign_principal(last_));
  }
  resolve_rest(finding);
  finish_unit();
}

// The directory demands a member (65), or somebody took the stand-in away while it was being replaced: once more.
bool BatchPlan::try_stand_in() {
  auto& now_unit = unit();
  if (now_unit.sends > max_sends) return false;
  if (now_unit.stand_in == Unit::StandIn::leaves) {
    now_unit.stand_in = Unit::StandIn::untouched;
    phase_ = Phase::ready;
    return true;
  }
  const bool removes =
      std::ranges::any_of(now_unit.items, [this](const Item& item) { return !jobs_[item.job]->is_add(); });
  if (last_.code != object_class_violation || !removes || now_unit.stand_in == Unit::StandIn::comes ||
      settings_.last_member.policy == LastMember::Policy::refuse)
    return false;
  now_unit.stand_in = Unit::StandIn::comes;
  now_unit.looked = true;  // nothing has been sent: what was seen still holds
  phase_ = Phase::ready;
  return true;
}

}  // namespace dirbridge::agent
