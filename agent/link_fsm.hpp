// When to connect, to send a heartbeat, to give a silent hub up, and how long to stay away. Pure: time and chance are
// arguments.
#pragma once
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {

struct LinkTimes {
  milliseconds reconnect_base{250};
  milliseconds reconnect_max{30'000};
  milliseconds connect_timeout{15'000};   // TCP, TLS, upgrade
  milliseconds greeting_timeout{15'000};  // hello to welcome
  // A session shorter than this does not prove that the hub is well: the back-off goes on growing.
  milliseconds proven_after{10'000};
};

class LinkFsm {
 public:
  enum class State {
    away,  // waiting for connect_at()
    connecting,
    greeting,  // connected, not welcomed yet
    open,
    refused,  // for good: reason() says why
  };
  enum class Action { none, heartbeat, give_up };

  explicit LinkFsm(LinkTimes times) : times_(times) {}

  State state() const { return state_; }
  const std::string& reason() const { return reason_; }
  TimePoint connect_at() const { return connect_at_; }

  // away → connecting. Returns the deadline of the attempt.
  TimePoint connecting(TimePoint now);
  void connected(TimePoint now);
  void welcomed(const proto::Welcome& welcome, TimePoint now);
  void frame_received(TimePoint now) { last_frame_ = now; }
  // The session ends after it; what it asks for is applied by ended().
  void told_to_go(const proto::GoAway& go_away);
  // The attempt failed or the connection is gone. `chance` in [0, 1) spreads agents that lost the same hub.
  void ended(TimePoint now, double chance);

  // What is due. A heartbeat counts as sent when it is returned.
  Action tick(TimePoint now);
  // A heartbeat went out for another reason (it follows a renew).
  void heartbeat_sent(TimePoint now) { last_heartbeat_ = now; }
  // When tick() next has something to do.
  TimePoint next_tick() const;

 private:
  LinkTimes times_;
  State state_ = State::away;
  TimePoint connect_at_ = TimePoint::min();
  TimePoint greeted_by_;
  TimePoint welcomed_at_;
  TimePoint last_frame_;
  TimePoint last_heartbeat_;
  milliseconds heartbeat_{5'000};
  milliseconds silence_{30'000};
  int failures_ = 0;
  std::optional<proto::GoAway> go_away_;
  std::string reason_;
};

}  // namespace dirbridge::agent
