// One LDAP operation on its way: encoded when the writer takes it, completed by the reader. Internal to ldap/.
#pragma once
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "ldap/session.hpp"
#include "net/deadline.hpp"

namespace dirbridge::ldap {

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

  const Session::Message::Kind answer;  // the kind of its final message
  Encode encode;                        // called once, at the send
  State state = State::queued;
  bool was_sent = false;
  bool is_refused = false;  // failed because it cannot be encoded: another connection would not help
  int msgid = 0;
  std::deque<Entry> entries;  // not taken yet
  Result result;
  std::string cookie;
  std::string value;  // of an extended operation
  std::vector<Control> controls;
  Error error;
  net::Signal changed;  // state or entries
};

}  // namespace dirbridge::ldap
