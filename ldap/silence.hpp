// How long a server has owed us an answer and said nothing at all: what tells a frozen one from a slow one. Pure.
#pragma once
#include <chrono>
#include <optional>

#include "base/clock.hpp"

namespace dirbridge::ldap {

class Silence {
 public:
  // A question went out.
  void asked(TimePoint now) {
    if (!since_) since_ = now;
  }
  // Any message came; `waiting`: answers are still owed.
  void heard(TimePoint now, bool waiting) {
    before_ = {};
    since_.reset();
    if (waiting) since_ = now;
  }
  // Nobody waits any more, and nothing came. The next question goes on counting: callers with short deadlines must find
  // a frozen server, too.
  void gave_up(TimePoint now) {
    before_ = lasts(now);
    since_.reset();
  }
  milliseconds lasts(TimePoint now) const {
    return since_ ? before_ + std::chrono::duration_cast<milliseconds>(now - *since_) : before_;
  }

 private:
  std::optional<TimePoint> since_;
  milliseconds before_{};
};

}  // namespace dirbridge::ldap
