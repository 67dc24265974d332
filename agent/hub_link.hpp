// The agent's side of the session with the hub: dials out, proves itself, polls for jobs, reports, and comes back
// whenever the connection is lost. docs/agent-protocol.md has every frame. One thread.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/identity.hpp"
#include "agent/job.hpp"
#include "agent/link_fsm.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"
#include "ldap/directory.hpp"
#include "net/web_socket.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {

namespace asio = boost::asio;

// What the link tells and asks. Called on the loop, from within the reading of a frame; must not wait.
class LinkOwner {
 public:
  virtual ~LinkOwner() = default;
  virtual void deliver(std::vector<JobPtr> jobs) = 0;
  virtual void cancel(const proto::Cancel& cancel) = 0;
  virtual void drop(const proto::Fence& lease) = 0;
  // Everything delivered without a final report.
  virtual std::vector<proto::OpenJobs::Held> held() const = 0;
  virtual ldap::DirectoryStatus directory_status() const = 0;
  virtual void read_requested(const proto::Read& read) = 0;
  virtual void preview_requested(const proto::Preview& preview) = 0;
  virtual void import_requested(const proto::ImportRequest& request) = 0;
  virtual void import_acknowledged(const proto::ImportAck& ack) = 0;
  // The connection is gone: an import that was under way has failed.
  virtual void session_ended() = 0;
};

struct LinkSettings {
  LinkTimes times;
  milliseconds poll_wait{20'000};
  // Kept open; more than one, so that while one is being answered the next job finds another.
  std::size_t polls = 2;
  std::uint32_t credit = 512;  // jobs held at most, those with an unacknowledged final report included
  milliseconds report_margin{250};
  std::string name;
  std::string software;
  Secret enrol_code;
};

class HubLink {
 public:
  // Connects and upgrades by the deadline.
  using Connector = std::function<asio::awaitable<result<std::unique_ptr<net::WebSocket>>>(TimePoint deadline)>;

  // `identity`, `owner` and `clock` outlive run().
  HubLink(asio::any_io_executor executor, LinkSettings settings, Identity& identity, LinkOwner& owner,
          Connector connect, const Clock& clock);
  ~HubLink();

  // Until close(), or until the hub refuses this identity for good (errc::denied with its reason).
  asio::awaitable<result<void>> run();

  // Sent at once if there is a session; kept and sent again until it is acknowledged.
  void report(proto::Report report);
  // For imports. False: there is no session (any more), nothing was sent.
  bool send(const proto::AgentFrame& frame);
  bool is_open() const;
  // No new polls: jobs of the open ones may still come.
  void stop_polling();
  // True when every final report is acknowledged, false at `deadline`.
  asio::awaitable<bool> flush(TimePoint deadline);
  // Says goodbye and ends run().
  asio::awaitable<void> close(milliseconds grace);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace dirbridge::agent
