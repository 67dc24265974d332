#include "agent/link_fsm.hpp"

#include <algorithm>

namespace dirbridge::agent {
namespace {

// What a hub may ask of us: below, heartbeats would be a load; above, a dead hub would be noticed too late.
constexpr milliseconds least_heartbeat{10};
constexpr milliseconds most_heartbeat{60'000};
constexpr milliseconds most_silence{600'000};
constexpr milliseconds most_retry_after{300'000};

}  // namespace

TimePoint LinkFsm::connecting(TimePoint now) {
  state_ = State::connecting;
  go_away_.reset();
  return now + times_.connect_timeout;
}

void LinkFsm::connected(TimePoint now) {
  state_ = State::greeting;
  greeted_by_ = now + times_.greeting_timeout;
}

void LinkFsm::welcomed(const proto::Welcome& welcome, TimePoint now) {
  state_ = State::open;
  heartbeat_ = std::clamp(welcome.heartbeat, least_heartbeat, most_heartbeat);
  // Silence shorter than two heartbeats would end healthy sessions.
  silence_ = std::clamp(welcome.silence, heartbeat_ * 2, std::max(most_silence, heartbeat_ * 2));
  welcomed_at_ = last_frame_ = last_heartbeat_ = now;
}

void LinkFsm::told_to_go(const proto::GoAway& go_away) { go_away_ = go_away; }

void LinkFsm::ended(TimePoint now, double chance) {
  if (go_away_ && go_away_->final) {
    state_ = State::refused;
    reason_ = go_away_->reason;
    return;
  }
  if (state_ == State::open && now - welcomed_at_ >= times_.proven_after) failures_ = 0;
  state_ = State::away;
  auto wait = times_.reconnect_base;
  for (int i = 0; i < failures_ && wait < times_.reconnect_max; ++i) wait *= 2;
  wait = std::min(wait, times_.reconnect_max);
  if (failures_ < 62) ++failures_;
  // Half fixed, half chance: never at once, never all together.
  auto delay = wait / 2 + milliseconds{static_cast<std::int64_t>(static_cast<double>(wait.count()) / 2 * chance)};
  if (go_away_) delay += std::clamp(go_away_->retry_after, milliseconds{0}, most_retry_after);
  connect_at_ = now + delay;
}

LinkFsm::Action LinkFsm::tick(TimePoint now) {
  if (state_ == State::greeting) return now >= greeted_by_ ? Action::give_up : Action::none;
  if (state_ != State::open) return Action::none;
  if (now - last_frame_ >= silence_) return Action::give_up;
  if (now - last_heartbeat_ < heartbeat_) return Action::none;
  last_heartbeat_ = now;
  return Action::heartbeat;
}

TimePoint LinkFsm::next_tick() const {
  if (state_ == State::greeting) return greeted_by_;
  if (state_ != State::open) return TimePoint::max();
  return std::min(last_frame_ + silence_, last_heartbeat_ + heartbeat_);
}

}  // namespace dirbridge::agent
