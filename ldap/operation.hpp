// One LDAP operation on its way: encoded when the writer takes it, completed by the reader. Internal to ldap/.
#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "ldap/session.hpp"
#include "net/deadline.hpp"

namespace dirbridge::ldap {

// About what an entry keeps allocated.
inline std::size_t memory_of(const Entry& entry) {
  std::size_t bytes = sizeof(Entry) + entry.dn.size();
  for (const auto& attribute : entry.attributes) {
    bytes += sizeof(Attribute) + attribute.name.size();
    for (const auto& value : attribute.values) bytes += sizeof(std::string) + value.size();
  }
  return bytes;
}

struct Operation {
  enum class State {
    queued,    // no byte of it has left
    sent,      // handed to the socket, no final answer yet
    answered,  // `result` (and `cookie`) are the server's word
    failed,    // it never will be; `error` says why, `was_sent` whether it may have run
  };
  using Encode = std::function<dirbridge::result<int>(Session&)>;

  Operation(const asio::any_io_executor& executor, Session::Message::Kind kind, Encode encoder)
      : answer(kind), encode(std::move(encoder)), changed(executor) {}
  bool is_over() const { return state == State::answered || state == State::failed; }
  void add_entry(Entry entry) {
    entry_bytes += memory_of(entry);
    entries.push_back(std::move(entry));
  }
  Entry take_entry() {
    Entry entry = std::move(entries.front());
    entries.pop_front();
    entry_bytes -= std::min(entry_bytes, memory_of(entry));
    return entry;
  }

  const Session::Message::Kind answer;  // the kind of its final message
  Encode encode;                        // called once, at the send
  State state = State::queued;
  bool was_sent = false;
  bool is_refused = false;  // failed because it cannot be encoded: another connection would not help
  int msgid = 0;
  std::deque<Entry> entries;    // not taken yet
  std::size_t entry_bytes = 0;  // of memory, about
  Result result;
  std::string cookie;
  std::string value;  // of an extended operation
  std::vector<Control> controls;
  Error error;
  net::Signal changed;  // state or entries
};

}  // namespace dirbridge::ldap
