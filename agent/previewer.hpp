// Answers the hub's `preview`: the agent's own JobRunner carries the change out on a Rehearsal. Never a write.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>

#include "agent/job_runner.hpp"
#include "ldap/directory.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {

namespace asio = boost::asio;

struct PreviewSettings {
  RunnerSettings runner;  // as of the real one: chunks, bases, the last member
  milliseconds report_margin{250};
};

// The verdicts and modifies of one change, from reads alone. Ends by preview.remaining. Jobs of the group
// that are under way are not waited for: it is about the state as it is read. `clock` outlives it.
asio::awaitable<proto::PreviewResult> preview_change(asio::any_io_executor executor,
                                                     std::shared_ptr<ldap::Directory> directory,
                                                     PreviewSettings settings, const Clock& clock,
                                                     proto::Preview preview);

// One thread. Previews under way end without an answer when it is destroyed.
class Previewer {
 public:
  // False: there is no session to say it in; then nobody waits for it any more.
  using Send = std::function<bool(const proto::AgentFrame&)>;
  static constexpr std::size_t max_running = 8;  // each may be 10,000 values; more are answered `unavailable` at once

  Previewer(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory, PreviewSettings settings,
            const Clock& clock, Send send);
  ~Previewer();
  void start(const proto::Preview& preview);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace dirbridge::agent
