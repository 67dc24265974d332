// Attribute queries under way and their results: in memory, bounded in number, size and time. Pure: time is an
// argument.
//
// A read changes nothing, so nothing is lost with it that asking again does not bring back: no ledger (decision 0021).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "proto/read_frames.hpp"

namespace dirbridge::hub {

struct ReadLimits {
  std::size_t running = 100;           // of one directory
  std::size_t kept = 1000;             // of one directory, those running included
  std::size_t kept_bytes = 16u << 20;  // results of one directory; the oldest go first
  milliseconds lifetime{600'000};      // of a result, from its end
};

class ReadBook {
 public:
  explicit ReadBook(ReadLimits limits) : limits_(limits) {}

  enum class State { running, answered, timed_out, agent_left };
  struct Entry {
    DirectoryId directory;
    GroupId group;
    std::uint64_t session = 0;  // of the agent that was asked: nobody else can answer
    TimePoint deadline;
    std::vector<std::string> attributes;  // as the caller asked for them
    State state = State::running;
    TimePoint expires;
    proto::ReadResult result;
    std::size_t bytes = 0;
  };

  // False: as many of this directory are running as may.
  bool add(const proto::ReadId& id, Entry entry, TimePoint now);
  // False: unknown, not asked of this session, over already, or too late.
  bool answered(std::uint64_t session, proto::ReadResult result, TimePoint now);
  void agent_left(std::uint64_t session, TimePoint now);
  // Null: unknown, expired, or of another group. Valid until the next call.
  const Entry* find(const DirectoryId& directory, const GroupId& group, const proto::ReadId& id, TimePoint now);
  std::size_t size() const { return entries_.size(); }

 private:
  void tick(TimePoint now);
  void end(Entry& entry, State state, TimePoint now);
  void make_room(const DirectoryId& directory);

  ReadLimits limits_;
  std::map<proto::ReadId, Entry> entries_;
};

}  // namespace dirbridge::hub
