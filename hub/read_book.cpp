#include "hub/read_book.hpp"

#include <algorithm>

namespace dirbridge::hub {

bool ReadBook::add(const proto::ReadId& id, Entry entry, TimePoint now) {
  tick(now);
  const auto running = std::ranges::count_if(entries_, [&](const auto& item) {
    return item.second.directory == entry.directory && item.second.state == State::running;
  });
  if (static_cast<std::size_t>(running) >= limits_.running) return false;
  const auto directory = entry.directory;
  entries_.emplace(id, std::move(entry));
  make_room(directory);
  return true;
}

bool ReadBook::answered(std::uint64_t session, proto::ReadResult result, TimePoint now) {
  tick(now);
  const auto found = entries_.find(result.read);
  if (found == entries_.end() || found->second.session != session || found->second.state != State::running)
    return false;
  auto& entry = found->second;
  end(entry, State::answered, now);
  for (const auto& attribute : result.attributes)
    for (const auto& value : attribute.values) entry.bytes += value.size();
  entry.result = std::move(result);
  make_room(DirectoryId{entry.directory});
  return true;
}

void ReadBook::agent_left(std::uint64_t session, TimePoint now) {
  tick(now);
  for (auto& [id, entry] : entries_)
    if (entry.session == session && entry.state == State::running) end(entry, State::agent_left, now);
}

const ReadBook::Entry* ReadBook::find(const DirectoryId& directory, const GroupId& group, const proto::ReadId& id,
                                      TimePoint now) {
  tick(now);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.directory != directory || found->second.group != group) return nullptr;
  return &found->second;
}

void ReadBook::tick(TimePoint now) {
  for (auto& [id, entry] : entries_)
    if (entry.state == State::running && now >= entry.deadline) end(entry, State::timed_out, entry.deadline);
  std::erase_if(entries_,
                [&](const auto& item) { return item.second.state != State::running && now >= item.second.expires; });
}

void ReadBook::end(Entry& entry, State state, TimePoint now) {
  entry.state = state;
  entry.expires = now + limits_.lifetime;
}

void ReadBook::make_room(const DirectoryId& directory) {
  for (;;) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    auto oldest = entries_.end();
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
      if (at->second.directory != directory) continue;
      ++count;
      bytes += at->second.bytes;
      if (at->second.state == State::running) continue;
      if (oldest == entries_.end() || at->second.expires < oldest->second.expires) oldest = at;
    }
    if ((count <= limits_.kept && bytes <= limits_.kept_bytes) || oldest == entries_.end()) return;
    entries_.erase(oldest);
  }
}

}  // namespace dirbridge::hub
