// Answers the hub's `read`: one base search of one entry, found by its stable id if it was renamed. Never a write.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ldap/directory.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {

namespace asio = boost::asio;

// One thread. Reads under way end without an answer when it is destroyed.
class EntryReader {
 public:
  // False: there is no session to say it in; then nobody waits for it any more.
  using Send = std::function<bool(const proto::AgentFrame&)>;
  static constexpr std::size_t max_running = 128;  // more are answered `unavailable` at once

  // `bases`: below which a renamed entry is looked for.
  EntryReader(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory,
              std::vector<std::string> bases, Send send);
  ~EntryReader();
  void start(const proto::Read& read);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// What is told of an entry: `asked` in its order and spelling, those it has. Values that are not UTF-8 become base64.
// An entry over the limits of a result is `refused`, with the reason. Pure.
proto::ReadResult to_read_result(const proto::ReadId& id, const std::vector<std::string>& asked,
                                 const ldap::Entry& entry);

}  // namespace dirbridge::agent
