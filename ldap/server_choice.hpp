// Which of a directory's servers serves us: in order of priority, away from one that is gone or takes no writes, back
// to a better one later. Pure: time is an argument.
//
// Replicas follow each other with a delay. What was written on one server may not be readable on the next one yet, and
// a read there would prove the wrong thing; so another server is used only `replica_lag` after the last write.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace dirbridge::ldap {

struct ServerChoiceSettings {
  // One for each server, the smallest first; equal ones are as good as each other, and the one in use is kept. Empty:
  // the order of the list.
  std::vector<int> priorities;
  milliseconds return_after{60'000};  // a server that failed us is tried again after this
  milliseconds replica_lag{2'000};    // how far replicas are behind each other at most
};

class ServerChoice {
 public:
  ServerChoice(std::size_t count, ServerChoiceSettings settings);

  std::size_t current() const { return current_; }
  // Whom to connect to, in this order: every server once, those that failed us lately last.
  std::vector<std::size_t> order(TimePoint now) const;
  // It let us in: the one in use from now on. True if that is another one than before. Whether it still takes no
  // changes is asked again once its time has come.
  bool serves(std::size_t server, TimePoint now);
  // It did not let us in.
  void is_away(std::size_t server, std::string why, TimePoint now);
  // It refused a write because it is a copy. True: another server may take it, and is the one in use from now on.
  bool is_read_only(std::size_t server, std::string why, TimePoint now);
  // One with a better priority than the current one, when it is time to try it.
  std::optional<std::size_t> better(TimePoint now) const;
  // It made a change: it is no copy (any more).
  void takes_changes(std::size_t server) { servers_[server].read_only = false; }
  // It made a change, or may have: the connection ended before its answer.
  void wrote(std::size_t server, TimePoint now);
  // Before that, a read there could show what was before the last write.
  TimePoint usable_from(std::size_t server) const;
  // What does not serve us as it should, and why.
  struct Passed {
    std::size_t server;
    bool read_only;
    std::string why;
  };
  // Servers with a better priority than the current one, and the current one if it takes no changes.
  std::vector<Passed> passed_over() const;
  // All of them.
  std::vector<Passed> failing() const;

 private:
  struct State {
    int priority = 0;
    bool away = false;
    bool read_only = false;
    TimePoint until{};  // of away or read_only
    std::string why;
    bool fails(TimePoint now) const { return (away || read_only) && now < until; }
  };
  std::vector<State> servers_;
  ServerChoiceSettings settings_;
  std::size_t current_ = 0;
  std::optional<std::size_t> written_;
  TimePoint written_at_{};
};

}  // namespace dirbridge::ldap
